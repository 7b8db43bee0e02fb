"""Which replies of the crowd two people let out, and why."""

from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.foundation import terms
from app.foundation.db import session
from app.mentions.models import Author, Mention
from app.replies.checks import RULES
from app.replies.links import find_links
from app.replies.models import Reply, ReplyKind, ReplyStatus, ReplyVersion
from app.reviews.diff import is_mostly_new
from app.reviews.models import LinkedHost
from app.triage.models import TriageVerdict
from app.triage.types import Concern

#: What a wrong answer to costs somebody money, health or a lawsuit.
_WEIGHTY = frozenset({Concern.LEGAL, Concern.SAFETY, Concern.PRESS, Concern.PAYMENT})


class WhyTwo(StrEnum):
    """What makes a reply need a second approval."""

    REWRITTEN = "rewritten"
    SENSITIVE = "sensitive"
    NEW_HOST = "new_host"
    MANY_FOLLOWERS = "many_followers"
    NEW_WRITER = "new_writer"


def why_two(reply: Reply, version: ReplyVersion, written: ReplyVersion) -> tuple[WhyTwo, ...]:
    """Return what makes two people approve ``version``; none where one is enough.

    ``written`` is the newest version in the writer's own words: a reviewer who has replaced more than half of them is the
    writer now. Staff's own sensitive answer has its writer for the first of the two.
    """
    rewritten = version.editor_id != reply.writer_id and is_mostly_new(written.text, version.text)
    found = [WhyTwo.REWRITTEN] if rewritten else []
    if reply.kind is ReplyKind.COMMUNITY:
        found += [WhyTwo.SENSITIVE] if reply.sensitive or _is_weighty(reply.mention_id) else []
        found += [WhyTwo.NEW_HOST] if _new_hosts(version) else []
        found += [WhyTwo.MANY_FOLLOWERS] if _has_many_followers(reply.mention_id) else []
        found += [WhyTwo.NEW_WRITER] if _is_new(reply.writer_id) else []
    return tuple(found)


def _is_weighty(mention_id: int) -> bool:
    newest = select(TriageVerdict.tags).where(TriageVerdict.mention_id == mention_id)
    tags = session.scalar(newest.order_by(TriageVerdict.id.desc()).limit(1))
    return not _WEIGHTY.isdisjoint(tags or ())


def _has_many_followers(mention_id: int) -> bool:
    followers = select(Author.followers).join(Mention, Mention.author_id == Author.id).where(Mention.id == mention_id)
    return (session.scalar(followers) or 0) > terms.chosen().many_followers


def _is_new(writer_id: int) -> bool:
    """Say whether so few replies of a writer have been public; no more of them are counted than matter."""
    enough = terms.chosen().first_replies
    public = select(Reply.id).where(Reply.writer_id == writer_id, Reply.status == ReplyStatus.PUBLISHED).limit(enough)
    return (session.scalar(select(func.count()).select_from(public.subquery())) or 0) < enough


def _new_hosts(version: ReplyVersion) -> set[str]:
    """Return the hosts of the brand that ``version`` leads to and no approved reply did before."""
    hosts = {link.host for link in find_links(version.text, allowed=RULES.link_hosts) if link.fault is None}
    if not hosts:
        return hosts
    return hosts - set(session.scalars(select(LinkedHost.host).where(LinkedHost.host.in_(hosts))))


def know_hosts(version: ReplyVersion) -> None:
    """Remember where an approved version leads to: the next reply that links there needs no second look for it."""
    for host in sorted(_new_hosts(version)):
        try:
            with session.begin_nested():
                session.add(LinkedHost(host=host))
        except IntegrityError:  # another reply with the same link was approved at this very moment
            continue
