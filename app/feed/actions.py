"""Claims: taking a post into one's hands, keeping it, letting it go; and passing posts over.

Two people can never both hold a post: one statement moves it out of the open, and a unique index allows one live claim.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from app.advocates.models import Advocate
from app.cases.actions import open_case
from app.feed import queries
from app.feed.models import Claim, ClaimEnd, PassedOver
from app.feed.overdue import FREE, UNANSWERED
from app.foundation.db import session
from app.foundation.errors import Conflict, NotFound
from app.foundation.events import EventType, announce
from app.foundation.journal import record
from app.foundation.words import _
from app.mentions.models import MENTION_LIFECYCLE, Mention, MentionStatus
from app.mentions.types import Route
from app.triage.labelling import say, unsay
from app.triage.types import Said, Source

CLAIM_LASTS = timedelta(minutes=10)
CHANGES_LAST = timedelta(minutes=30)
MINUTE = 60
#: What the crowd left lying is for staff at least as urgent as what an advocate handed over.
OVERDUE_PRIORITY = 50
#: Passed over for this reason, a post should have been staff's: it is angry.
UNKIND = "unkind"


class Taken(Conflict):
    """Somebody holds the post; the message says who."""


class Ended(Conflict):
    """The claim no longer lives."""

    def __init__(self) -> None:
        super().__init__(_("Your claim has ended. Your draft is kept; claim the post again if it is free."))


def claim(*, mention_id: int, advocate_id: int, at: datetime, lasts: timedelta = CLAIM_LASTS) -> Claim:
    """Put an open post into one advocate's hands; who holds it already keeps it as it is.

    Raises:
        Conflict: it is no longer open; ``Taken`` names who was faster.
        NotAllowed: the advocate is not working at present, or holds enough already.
        NotFound: there is no such post for the crowd.
    """
    # The post first: most who race for it lose, and need to know no more than who was faster.
    if not _take(mention_id):
        live = queries.live_claim_on(mention_id)
        if live is not None and live[0].advocate_id == advocate_id:
            return live[0]
        raise _why_not(mention_id, live, at=at)
    # The advocate's row is locked, so that two tabs of one person cannot both take the last free hand.
    advocate = session.scalars(select(Advocate).where(Advocate.id == advocate_id).with_for_update()).one()
    advocate.check_may_claim(live_claims=sum(mine.counts for mine in queries.live_claims(advocate_id)))
    return _hold(mention_id, advocate, until=at + lasts, at=at, counts=True, why="mention.claimed")


def _take(mention_id: int) -> bool:
    """Move a post out of the open, in one statement; say whether it was open."""
    froms, to = MENTION_LIFECYCLE.moves["claim"]
    moved = session.execute(
        update(Mention)
        .where(Mention.id == mention_id, Mention.status.in_(froms), Mention.route == Route.COMMUNITY)
        .values(status=to, version=Mention.version + 1)
        .execution_options(synchronize_session=False)
    )
    return bool(moved.rowcount)  # type: ignore[attr-defined]


def _hold(mention_id: int, advocate: Advocate, *, until: datetime, at: datetime, counts: bool, why: str) -> Claim:
    held = Claim(mention_id=mention_id, advocate_id=advocate.id, claimed_at=at, expires_at=until, counts=counts)
    session.add(held)
    try:
        session.flush()  # the unique index speaks now, and the claim gets the number its address needs
    except IntegrityError as error:
        raise Taken(_("Somebody else was faster. The post is theirs for now.")) from error
    mention = session.get_one(Mention, mention_id, populate_existing=True)
    announce(EventType.POST_CLAIMED, subject_id=mention_id, at=at)
    record(why, subject=mention, actor_id=advocate.user_id, at=at, claim=held.id)
    return held


def _why_not(mention_id: int, live: tuple[Claim, str] | None, *, at: datetime) -> Conflict | NotFound:
    if live is not None:
        minutes = max(1, int((live[0].expires_at - at).total_seconds() // MINUTE))
        return Taken(
            _(
                "%(name)s was faster and is writing. The post is free again in %(minutes)s min unless they finish.",
                name=live[1],
                minutes=minutes,
            )
        )
    mention = session.get(Mention, mention_id, populate_existing=True)
    if mention is None or mention.route is not Route.COMMUNITY:
        return NotFound(_("There is no such post."))
    if mention.status is MentionStatus.IN_REVIEW:
        return Conflict(_("Somebody has written a reply already; a moderator is looking at it."))
    if mention.status is MentionStatus.ANSWERED:
        return Conflict(_("This post has been answered already."))
    return Conflict(_("This post is no longer open. It may be with our staff now, or its author took it back."))


def hold_for_changes(
    *, mention: Mention, writer_id: int, at: datetime, lasts: timedelta = CHANGES_LAST, counts: bool = False
) -> Claim:
    """Put a post whose reply came back into its writer's hands again, outside the two a person may hold."""
    advocate = session.scalars(select(Advocate).where(Advocate.user_id == writer_id)).one()
    mention.hand_back()
    session.flush()  # the post's move is one statement with its version, before the claim that rests on it
    return _hold(mention.id, advocate, until=at + lasts, at=at, counts=counts, why="mention.handed_back")


def own_claim(*, claim_id: int, advocate_id: int) -> Claim:
    """Return a claim, live or ended, in the hands of this advocate.

    Raises:
        NotFound: it is not theirs.
    """
    found = session.get(Claim, claim_id, populate_existing=True)
    if found is None or found.advocate_id != advocate_id:
        raise NotFound(_("There is no such claim."))
    return found


def extend(*, claim: Claim, at: datetime, lasts: timedelta = CLAIM_LASTS) -> None:
    """Keep a claim for ``lasts`` from now, never shorter than it was.

    Raises:
        Conflict: it has ended.
    """
    until = max(claim.expires_at, at + lasts)
    kept = session.execute(
        update(Claim)
        .where(Claim.id == claim.id, Claim.ended_at.is_(None))
        .values(expires_at=until)
        .execution_options(synchronize_session=False)
    )
    session.refresh(claim)
    if not kept.rowcount:  # type: ignore[attr-defined]
        raise Ended


def add_time(*, claim_id: int, advocate_id: int, at: datetime, lasts: timedelta = CLAIM_LASTS) -> Claim:
    """Keep one's claim for longer, because its holder asked.

    Raises:
        Conflict: it has ended.
        NotFound: it is not theirs.
    """
    held = own_claim(claim_id=claim_id, advocate_id=advocate_id)
    extend(claim=held, at=at, lasts=lasts)
    return held


def end(*, claim: Claim, because: ClaimEnd, at: datetime) -> bool:
    """End a claim alone, in one statement; return False if it had ended before. The post is the caller's to move.

    A claim that its holder has just extended does not expire.
    """
    lives = [Claim.id == claim.id, Claim.ended_at.is_(None)]
    if because is ClaimEnd.EXPIRED:
        lives.append(Claim.expires_at <= at)
    ended = session.execute(
        update(Claim)
        .where(*lives)
        .values(ended_at=at, ended_because=because)
        .execution_options(synchronize_session=False)
    )
    session.refresh(claim)
    return bool(ended.rowcount)  # type: ignore[attr-defined]


def end_on(*, mention_id: int, because: ClaimEnd, at: datetime) -> Claim | None:
    """End whatever claim lives on a post and return it; None when nobody holds it."""
    live = queries.live_claim_on(mention_id)
    return live[0] if live is not None and end(claim=live[0], because=because, at=at) else None


def _free(claim: Claim, *, because: ClaimEnd, actor_id: int | None, at: datetime) -> bool:
    if not end(claim=claim, because=because, at=at):
        return False
    mention = session.get_one(Mention, claim.mention_id, populate_existing=True)
    if MENTION_LIFECYCLE.can("release", mention.status):
        mention.release()
    announce(EventType.POST_FREED, subject_id=mention.id, at=at)
    record("mention.released", subject=mention, actor_id=actor_id, at=at, claim=claim.id, because=because.value)
    return True


def release(*, claim_id: int, advocate_id: int, actor_id: int, at: datetime) -> Claim:
    """Let a post go back to the others; the draft stays. A second time changes nothing.

    Raises:
        NotFound: it is not theirs.
    """
    held = own_claim(claim_id=claim_id, advocate_id=advocate_id)
    _free(held, because=ClaimEnd.RELEASED, actor_id=actor_id, at=at)
    return held


def take_away(*, claim: Claim, actor_id: int, at: datetime) -> None:
    """End another's claim, as a moderator or staff may; a second time changes nothing."""
    _free(claim, because=ClaimEnd.TAKEN_AWAY, actor_id=actor_id, at=at)


def expire_claim(*, claim_id: int, at: datetime) -> bool:
    """End a claim whose time is over and put its post back; return whether it still lived. Its draft stays."""
    return _free(session.get_one(Claim, claim_id), because=ClaimEnd.EXPIRED, actor_id=None, at=at)


def hand_over_unanswered(*, mention_id: int, at: datetime) -> bool:
    """Make a case of a post that the crowd has not answered in its time; False if somebody has it in hand by now."""
    mention = _still(mention_id, UNANSWERED)
    if mention is None:
        return False
    points = max(mention.priority, OVERDUE_PRIORITY)
    open_case(
        mention=mention,
        reason=_("Nobody in the community has answered it in time."),
        priority=points,
        parts=[("overdue", points)],
        opened_by_id=None,
        at=at,
    )
    record("mention.overdue", subject=mention, actor_id=None, at=at)
    announce(EventType.POST_CLAIMED, subject_id=mention.id, at=at)
    return True


def expire_hello(*, mention_id: int, at: datetime) -> bool:
    """Let a hello go that nobody returned; False if somebody has it in hand by now."""
    mention = _still(mention_id, FREE)
    if mention is None:
        return False
    mention.expire()
    record("mention.expired", subject=mention, actor_id=None, at=at)
    announce(EventType.POST_CLAIMED, subject_id=mention.id, at=at)
    return True


def _still(mention_id: int, where: Collection[MentionStatus]) -> Mention | None:
    """Return a post as it is now, kept from others until the transaction ends, if it is still in one of these states."""
    wanted = select(Mention).where(Mention.id == mention_id, Mention.status.in_(where)).with_for_update()
    return session.scalar(wanted, execution_options={"populate_existing": True})


def pass_over(*, mention_id: int, advocate_id: int, reason: str, at: datetime) -> None:
    """Never show this post to this advocate again; a second time changes nothing. Whoever finds it unkind corrects triage."""
    try:
        with session.begin_nested():
            session.add(PassedOver(advocate_id=advocate_id, mention_id=mention_id, reason=reason, passed_at=at))
    except IntegrityError:
        return
    if reason == UNKIND:
        mention, by_id = session.get_one(Mention, mention_id), session.get_one(Advocate, advocate_id).user_id
        say(mention, Said.STAFF_ANGRY, source=Source.ADVOCATE, by_id=by_id, at=at)


def take_up_again(*, mention_id: int, advocate_id: int, at: datetime) -> None:
    """Show a post again that was passed over."""
    by_id = session.get_one(Advocate, advocate_id).user_id
    unsay(mention_id, source=Source.ADVOCATE, by_id=by_id, at=at)
    session.execute(
        delete(PassedOver).where(PassedOver.advocate_id == advocate_id, PassedOver.mention_id == mention_id)
    )
