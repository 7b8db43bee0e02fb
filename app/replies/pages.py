"""What the composer and one's own replies show, read once for a template."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from app.accounts.permissions import Person
from app.advocates.models import Advocate
from app.advocates.queries import advocate_of
from app.feed import pages as feed
from app.feed import queries as feed_queries
from app.feed.items import FeedItem
from app.feed.models import Claim
from app.foundation.words import _
from app.replies import queries
from app.replies.actions import Hurdle, Sent, signature_of
from app.replies.checks import Checked, Severity, check
from app.replies.models import Reply, ReplyKind, ReplyStatus, ReplyVersion

_WRITABLE = (ReplyStatus.DRAFT, ReplyStatus.RETURNED)
Item = tuple[str, str]
"""Tone and words."""


@dataclass(frozen=True, slots=True)
class Writing:
    """The composer for one post. ``claim`` is None when the writer does not hold it now; ``reply`` before the first word."""

    listed: feed.ListPage
    post: feed.PostPage
    reply: Reply | None
    claim: Claim | None
    text: str
    signature: str
    page: str
    seen_at: datetime | None
    checked: Checked
    hurdle: Hurdle | None = None
    problem: str = ""
    answers_edition: int = 1
    is_paused: bool = False

    @property
    def is_overtaken(self) -> bool:
        """Whether the customer edited the post after this was written."""
        return self.reply is not None and self.answers_edition < self.item.edition

    @property
    def item(self) -> FeedItem:
        return self.post.item

    @property
    def returned_note(self) -> str:
        """Why the reply came back; "" when it did not."""
        return self.reply.returned_note if self.reply is not None and self.reply.status is ReplyStatus.RETURNED else ""

    @property
    def claim_seconds(self) -> int:
        """How long the whole claim is, for its ring."""
        return int((self.claim.expires_at - self.claim.claimed_at).total_seconds()) if self.claim else 0

    @property
    def others(self) -> list[ReplyVersion]:
        """What other tabs of the same writer hold, the newest first."""
        if self.reply is None:
            return []
        kept = [each for each in self.reply.versions if each.sealed_at is None and each.saved_from != self.page]
        return sorted((each for each in kept if each.text != self.text), key=lambda each: each.saved_at, reverse=True)


def own_claim_on(advocate: Advocate, mention_id: int) -> Claim | None:
    """Return the claim an advocate has on a post now, or None."""
    return next((held for held in feed_queries.live_claims(advocate.id) if held.mention_id == mention_id), None)


def is_writable(reply: Reply | None) -> bool:
    """Say whether its writer may still change a reply."""
    return reply is not None and reply.status in _WRITABLE


def writing(
    person: Person, mention_id: int, given: Mapping[str, str], *, role: str, page: str, at: datetime
) -> Writing:
    """Return the composer as it opens: with the draft that was kept.

    Raises:
        NotFound: the post has left the feed.
    """
    advocate = advocate_of(person)
    listed = feed.list_page(person, given, at=at)
    post = feed.post_page(listed.viewer, mention_id, at=at)
    reply = queries.live_reply_on(mention_id=mention_id, writer_id=person.id)
    newest = queries.newest_version(reply) if reply is not None else None
    signature = signature_of(advocate, role=role)
    text = newest.text if newest is not None else ""
    return Writing(
        listed=listed,
        post=post,
        reply=reply,
        claim=own_claim_on(advocate, mention_id),
        text=text,
        signature=signature,
        page=page,
        seen_at=newest.saved_at if newest is not None else None,
        checked=check(text, signature=signature, network=post.item.network),
        answers_edition=newest.target_edition if newest is not None else post.item.edition,
        is_paused=queries.is_paused(mention_id),
    )


def again(shown: Writing, *, text: str, page: str, sent: Sent) -> Writing:
    """Return the composer with what was typed and what stood in the way."""
    return replace(shown, text=text, page=page, checked=sent.checked or shown.checked, hurdle=sent.hurdle)


def refused(shown: Writing, *, text: str, problem: str) -> Writing:
    """Return the composer with what was typed and could not even be kept."""
    return replace(shown, text=text, problem=problem)


def items_of(checked: Checked, *, network: str) -> list[Item]:
    """Return the lines below the composer: what is well, then what is not."""
    codes = {each.code for each in checked.findings}
    found: list[Item] = []
    if not codes & {"too_long", "empty"}:
        found.append(("good", _("Fits on %(network)s with your signature", network=network_name(network))))
    if checked.has_links and not any(code.startswith("link_") for code in codes):
        found.append(("good", _("Every link is on the list")))
    for each in checked.findings:
        if each.code != "empty":
            tone = "danger" if each.severity is Severity.BLOCK else "warn"
            found.append((tone, f"{each.message} {each.fix}".strip()))
    return found


def network_name(kind: str) -> str:
    """Return a network's name as people know it."""
    return {"x": "X"}.get(kind, kind.capitalize())


def state_words(stage: queries.Stage, status: ReplyStatus) -> tuple[str, str, str]:
    """Return where a reply stands, in words, with tone and icon."""
    said = {
        queries.Stage.DRAFT: (_("Draft"), "plain", "pencil"),
        queries.Stage.IN_REVIEW: (_("In review"), "info", "shield-check"),
        queries.Stage.RETURNED: (_("Returned to you"), "warn", "corner-up-left"),
        queries.Stage.POSTING: (_("Approved, being posted"), "brand", "send"),
        queries.Stage.POSTED: (_("Posted"), "good", "circle-check"),
        queries.Stage.THANKED: (_("Posted, and thanked"), "good", "heart-handshake"),
    }
    ended = {
        ReplyStatus.WITHDRAWN: (_("Withdrawn"), "plain", "x"),
        ReplyStatus.REJECTED: (_("Not posted"), "plain", "ban"),
        ReplyStatus.FAILED: (_("The network did not take it"), "danger", "alert-triangle"),
        ReplyStatus.RETRACTED: (_("Taken back"), "plain", "arrow-back-up"),
    }
    return said.get(stage) or ended.get(status) or (_("Ended"), "plain", "minus")


@dataclass(frozen=True, slots=True)
class Can:
    """What its writer can do with a reply now."""

    edit: bool = False
    withdraw: bool = False
    ask_removal: bool = False


NOTHING = Can()


def can_do(reply: Reply) -> Can:
    """Return what the writer of ``reply`` can do with it here; staff's answers are worked on on their case."""
    if reply.kind is ReplyKind.STAFF:
        return NOTHING
    return Can(
        edit=is_writable(reply),
        withdraw=reply.status in (*_WRITABLE, ReplyStatus.SUBMITTED),
        ask_removal=reply.status is ReplyStatus.PUBLISHED,
    )
