"""Listening: one post that triage is unsure of, before one person, and what they say of it.

A listener is given a post for ``LEASE``; one statement gives it, so that two are never given the same.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import or_, select, update

from app.accounts.models import User
from app.accounts.permissions import Person
from app.cases.actions import open_case
from app.cases.models import CaseStatus
from app.cases.queries import live_case_on
from app.channels.models import Connection
from app.foundation.db import session
from app.foundation.errors import Conflict
from app.foundation.events import EventType, announce
from app.foundation.journal import record
from app.foundation.upsert import insert_all
from app.foundation.words import _
from app.mentions.models import IgnoredBecause, Mention, MentionStatus
from app.mentions.types import FeedLane, Route
from app.triage import doubts
from app.triage.doubting import staff_lane
from app.triage.labelling import say, unsay
from app.triage.models import Doubt, TriageVerdict
from app.triage.queries import verdicts_of
from app.triage.signals import read_signals
from app.triage.types import Concern, DoubtEnd, Said, Source, Worth

LEASE = timedelta(minutes=2)
UNDO_LASTS = timedelta(minutes=5)
LISTENED_PRIORITY = 50
#: So many are tried, one after the other, until one is not taken in the same moment by somebody else.
TRIED = 50


class Place(StrEnum):
    """Where a listener may say that a post belongs, on the keys 1 to 4.

    Triage knows five routes, and a listener has four seconds: so they are asked only what changes where the post goes.
    Which of staff's lanes it is takes longer to tell and changes little, since staff see it either way: the lane that its
    scores lean to is taken, and the label says no more than "staff". What needs no reply is two keys, for spam and a kind
    word are told apart at a glance and counted apart; to triage both are noise.
    """

    FEED = "feed"
    STAFF = "staff"
    NO_REPLY = "no-reply"
    SPAM = "spam"


_SAID = {
    Place.FEED: Said.COMMUNITY,
    Place.STAFF: Said.STAFF,
    Place.NO_REPLY: Said.NOISE,
    Place.SPAM: Said.NOISE,
}


def ask(asked: Mapping[int, tuple[Worth, Route, FeedLane | None]], *, at: datetime) -> None:
    """Let these posts wait for a listener: by mention, why somebody is asked, and where triage would send it."""
    if not asked:
        return
    _end_older(asked, at=at)
    rows = [
        {"mention_id": mention_id, "worth": worth.value, "route": route, "lane": lane, "asked_at": at}
        for mention_id, (worth, route, lane) in asked.items()
    ]
    insert_all(Doubt, rows)
    announce(EventType.POST_UNSURE, subject_id=None, at=at)


def _end_older(mention_ids: Collection[int], *, at: datetime) -> None:
    """End what was asked about an earlier edition of these posts."""
    session.execute(
        update(Doubt)
        .where(Doubt.mention_id.in_(mention_ids), Doubt.ended_at.is_(None))
        .values(ended_at=at, ended_because=DoubtEnd.ELSEWHERE)
        .execution_options(synchronize_session=False)
    )


def take_next(*, by: Person, at: datetime) -> Doubt | None:
    """Give a listener the post they have in hand, or else the first that is free; None when there is none."""
    # Their row is locked, so that two tabs of one person are not given two posts.
    session.scalars(select(User.id).where(User.id == by.id).with_for_update(key_share=True)).one()
    mine = doubts.in_hand(by.id)
    tried = [mine.id] if mine else doubts.line(for_id=by.id, at=at, limit=TRIED)
    taken = next((doubt_id for doubt_id in tried if _give(doubt_id, by, at=at)), None)
    return None if taken is None else session.get_one(Doubt, taken, populate_existing=True)


def _give(doubt_id: int, by: Person, *, at: datetime) -> bool:
    """Put a post before one listener, in one statement; False if another was faster."""
    given = session.execute(
        update(Doubt)
        .where(Doubt.id == doubt_id, Doubt.ended_at.is_(None), or_(doubts.is_free(at=at), Doubt.held_by_id == by.id))
        .values(held_by_id=by.id, held_until=at + LEASE)
        .execution_options(synchronize_session=False)
    )
    return bool(given.rowcount)  # type: ignore[attr-defined]


def leave(*, mention_id: int, by: Person, at: datetime) -> None:
    """Leave a post to another listener; it comes back to this one last. A second time changes nothing."""
    session.execute(
        update(Doubt)
        .where(Doubt.mention_id == mention_id, Doubt.ended_at.is_(None), Doubt.held_by_id == by.id)
        .values(held_by_id=None, held_until=None, passed_by_id=by.id)
        .execution_options(synchronize_session=False)
    )
    announce(EventType.POST_UNSURE, subject_id=mention_id, at=at)


def decide(*, mention_id: int, place: Place, by: Person, at: datetime) -> Mention:
    """Send a post where its listener says, and write that down as a label.

    Raises:
        Conflict: it was never before this listener, or is not any more; the message says why.
    """
    if not _end(Doubt.mention_id == mention_id, Doubt.held_by_id == by.id, because=DoubtEnd.SAID, at=at):
        raise _why_not(mention_id, by)
    mention = _locked(mention_id)
    if mention.status is not MentionStatus.UNSURE:
        raise Conflict(_("This post has changed meanwhile: its author edited it, or somebody took it up."))
    _mark(mention, place)
    say(mention, _SAID[place], source=Source.LISTENER, by_id=by.id, at=at)
    _send_on(mention, because=_BECAUSE.get(place, IgnoredBecause.NOISE), by_id=by.id, at=at)
    announce(EventType.POST_UNSURE, subject_id=mention.id, at=at)
    return mention


_BECAUSE = {Place.NO_REPLY: IgnoredBecause.LET_BE}


def _mark(mention: Mention, place: Place) -> None:
    """Write down where it belongs. What triage had guessed itself stays in the lane it had guessed."""
    guess = mention.route
    if place is Place.FEED:
        mention.route = Route.COMMUNITY
        mention.feed_lane = mention.feed_lane or FeedLane.QUESTIONS
    elif place is Place.STAFF:
        own = guess is not None and guess.is_staff
        mention.route = guess if own else staff_lane(read_signals(mention.text, language=mention.language))
        mention.feed_lane = None
    else:
        mention.route, mention.feed_lane = Route.NOISE, None


def _send_on(mention: Mention, *, because: IgnoredBecause, by_id: int | None, at: datetime) -> None:
    """Send an unsure post where its route says; ``because`` is why, if it is set aside."""
    if mention.route is Route.NOISE:
        _set_aside(mention, because, by_id=by_id, at=at)
    elif mention.route is not None and mention.route.is_staff:
        _to_staff(mention, by_id=by_id, at=at)
    elif mention.can_reply:
        mention.open()
        _on_the_feed(mention, "mention.put_on_feed" if by_id else "mention.opened", by_id=by_id, at=at)
    elif session.get_one(Connection, mention.connection_id).wants_by_hand(mention.cannot_reply_why):
        mention.set_by_hand()
        _on_the_feed(mention, "mention.put_on_feed" if by_id else "mention.lined_up", by_id=by_id, at=at)
    else:
        _set_aside(mention, IgnoredBecause.MAY_NOT_BE_ANSWERED, by_id=by_id, at=at)


def _on_the_feed(mention: Mention, action: str, *, by_id: int | None, at: datetime) -> None:
    record(action, subject=mention, actor_id=by_id, at=at)
    announce(EventType.POST_NEW, subject_id=mention.id, at=at)


def _set_aside(mention: Mention, because: IgnoredBecause, *, by_id: int | None, at: datetime) -> None:
    mention.ignore(because)
    record("mention.ignored", subject=mention, actor_id=by_id, at=at, because=because.value)


def _to_staff(mention: Mention, *, by_id: int | None, at: datetime) -> None:
    verdict = verdicts_of([mention.id]).get(mention.id)
    tags = list(verdict.tags) if verdict else []
    parts = _parts(mention, verdict)
    open_case(
        mention=mention,
        reason=_("A listener sent it to staff.") if by_id else "",
        tags=tags,
        priority=sum(points for _name, points in parts),
        parts=parts,
        opened_by_id=by_id,
        at=at,
        sensitive=mention.route is Route.STAFF_SENSITIVE,
        safety=Concern.SAFETY.value in tags,
    )
    record("mention.escalated", subject=mention, actor_id=by_id, at=at)


def _parts(mention: Mention, verdict: TriageVerdict | None) -> list[tuple[str, int]]:
    """Return triage's own shares where it had guessed staff; what it had not is as urgent as what is handed over."""
    if verdict is not None and verdict.route.is_staff:
        return [(name, points) for name, points in verdict.parts]
    return [("listened", max(mention.priority, LISTENED_PRIORITY))]


def _end(*which: object, because: DoubtEnd, at: datetime) -> bool:
    """End one doubt, in one statement; False if it had ended before."""
    ended = session.execute(
        update(Doubt)
        .where(Doubt.ended_at.is_(None), *which)  # type: ignore[arg-type]
        .values(ended_at=at, ended_because=because, held_until=None)
        .execution_options(synchronize_session=False)
    )
    return bool(ended.rowcount)  # type: ignore[attr-defined]


def _locked(mention_id: int) -> Mention:
    wanted = select(Mention).where(Mention.id == mention_id).with_for_update()
    return session.scalars(wanted, execution_options={"populate_existing": True}).one()


def _why_not(mention_id: int, by: Person) -> Conflict:
    doubt = doubts.newest_on(mention_id)
    if doubt is None:
        return Conflict(_("This post waits for no listener."))
    if doubt.ended_because is DoubtEnd.OVERDUE:
        return Conflict(_("It had waited long enough and has gone the way triage guessed."))
    if doubt.ended_because is DoubtEnd.SAID and doubt.held_by is not None:
        return Conflict(_("%(name)s has decided on it already.", name=doubt.held_by.name))
    if doubt.held_by is not None and doubt.held_by_id != by.id:
        return Conflict(_("%(name)s is looking at it now.", name=doubt.held_by.name))
    return Conflict(_("It is not before you any more. Take the next one."))


def pass_on(*, doubt_id: int, at: datetime) -> bool:
    """Let a post that no listener took in time go the way triage guessed; False if somebody has it by now."""
    if not _end(Doubt.id == doubt_id, doubts.is_free(at=at), because=DoubtEnd.OVERDUE, at=at):
        return False
    doubt = session.get_one(Doubt, doubt_id, populate_existing=True)
    mention = _locked(doubt.mention_id)
    if mention.status is not MentionStatus.UNSURE:
        doubt.ended_because = DoubtEnd.ELSEWHERE
        return False
    _send_on(mention, because=IgnoredBecause.NOISE, by_id=None, at=at)
    announce(EventType.POST_UNSURE, subject_id=mention.id, at=at)
    return True


def undo(*, by: Person, at: datetime) -> Doubt:
    """Take back what a listener said last, and put the post before them again; its label no longer counts.

    Raises:
        Conflict: it is too long ago, or somebody has acted on it.
    """
    doubt = doubts.last_said(by.id, since=at - UNDO_LASTS)
    if doubt is None:
        raise Conflict(_("There is nothing to undo: it was too long ago."))
    mention = _locked(doubt.mention_id)
    if doubts.is_touched(mention, since=doubt.ended_at or at) or mention.status not in _AFTER:
        raise Conflict(_("Somebody has acted on this post since. Open it to see where it stands."))
    _take_back_case(mention, by, since=doubt.ended_at or at, at=at)
    mention.doubt_again()
    mention.route, mention.feed_lane = doubt.route, doubt.lane
    doubt.reopen(until=at + LEASE)
    unsay(mention.id, source=Source.LISTENER, by_id=by.id, at=at)
    record("mention.doubted_again", subject=mention, actor_id=by.id, at=at)
    announce(EventType.POST_CLAIMED, subject_id=mention.id, at=at)
    announce(EventType.POST_UNSURE, subject_id=mention.id, at=at)
    return doubt


#: Where what a listener says can lead.
_AFTER = (MentionStatus.OPEN, MentionStatus.BY_HAND, MentionStatus.ESCALATED, MentionStatus.IGNORED)


def _take_back_case(mention: Mention, by: Person, *, since: datetime, at: datetime) -> None:
    """End the case that the listener's word opened, while nobody has done anything with it."""
    case = live_case_on(mention.id)
    if case is None:
        return
    if case.status is not CaseStatus.OPEN or doubts.is_touched(case, since=since):
        raise Conflict(_("Staff have taken it up already."))
    case.return_to_feed(at=at)
    record("case.returned", subject=case, actor_id=by.id, at=at)
    announce(EventType.CASE_CHANGED, subject_id=case.id, at=at)
