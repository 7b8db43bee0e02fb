"""How sorting is set, and what was found of it, looked up."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, false, func, select, true

from app.accounts.models import User
from app.accounts.permissions import Permission, Person, may, scoped, visible
from app.channels.models import Connection
from app.foundation.db import session
from app.mentions.models import Mention
from app.triage.judge import USUAL_INFLUENCE, OperatingPoint
from app.triage.models import Label, SortingOutlook, SortingVersion, TriageVerdict
from app.triage.sorting.corrections import Corrected
from app.triage.sorting.ladder import NO_SHIFTS, Shifts, Step, point_of, shifts_from_plain
from app.triage.types import Said, Source

#: Verdicts looked through for those of one week, and the labels of one stretch of time.
MOST_VERDICTS = 50_000
MOST_LABELS = 20_000


@visible(SortingVersion)
@visible(SortingOutlook)
def _seen_by(person: Person) -> ColumnElement[bool]:
    return true() if may(person, Permission.PROPOSE_RULES) else false()


@dataclass(frozen=True, slots=True)
class Setting:
    """How sorting is set; version 0 is how it was made."""

    number: int = 0
    step: Step = Step.AS_MADE
    #: None: what was learnt is switched off.
    shifts: Shifts | None = None
    #: Points of a priority that influence gives at most; 0 is none.
    influence: int = USUAL_INFLUENCE

    @property
    def point(self) -> OperatingPoint:
        """Return the borders that posts are sorted by."""
        return replace(point_of(self.step, self.shifts or NO_SHIFTS), influence=self.influence)


def setting() -> Setting:
    """Return how sorting is set now."""
    row = session.execute(
        select(SortingVersion.number, SortingVersion.step, SortingVersion.shifts, SortingVersion.influence)
        .order_by(SortingVersion.number.desc())
        .limit(1)
    ).first()
    if row is None:
        return Setting()
    shifts = None if row.shifts is None else shifts_from_plain(row.shifts)
    return Setting(row.number, Step(row.step), shifts, row.influence)


def point_in_force() -> OperatingPoint:
    """Return the borders that posts are sorted by now, for one batch of them."""
    return setting().point


def versions(person: Person, *, limit: int) -> Sequence[tuple[SortingVersion, str]]:
    """Return the newest versions with the names of those who made them, newest first."""
    wanted = scoped(select(SortingVersion, User.name).join(User, User.id == SortingVersion.made_by_id), person)
    rows = session.execute(wanted.order_by(SortingVersion.number.desc()).limit(limit))
    return [(row.SortingVersion, row.name) for row in rows]


def newest_outlook() -> SortingOutlook | None:
    """Return what was found last, or None before the first time."""
    return session.scalars(select(SortingOutlook).order_by(SortingOutlook.id.desc()).limit(1)).one_or_none()


class Look(NamedTuple):
    """When sorting was looked at last, and which version counted then."""

    at: datetime
    version: int


def last_look() -> Look | None:
    """Return when sorting was looked at last; None before the first time."""
    wanted = select(SortingOutlook.made_at, SortingOutlook.version).order_by(SortingOutlook.id.desc()).limit(1)
    row = session.execute(wanted).first()
    return None if row is None else Look(row.made_at, row.version)


def sorted_since(since: datetime) -> tuple[list[int], bool]:
    """Return the mentions that triage sorted after ``since``, the newest first, and whether those are all."""
    rows = session.execute(
        select(TriageVerdict.mention_id, TriageVerdict.decided_at)
        .where(TriageVerdict.decided_by_id.is_(None))
        .order_by(TriageVerdict.id.desc())
        .limit(MOST_VERDICTS)
    ).all()
    lately = [row.mention_id for row in rows if row.decided_at >= since]
    return list(dict.fromkeys(lately)), len(lately) < MOST_VERDICTS


@dataclass(frozen=True, slots=True)
class Told:
    """What counts of what people said of one post."""

    mention_id: int
    said_at: datetime
    corrected: Corrected
    scores: dict[str, float]
    #: Triage may learn from it: its connection allowed it then and does so now, and a listener was asked about the post.
    is_to_learn_from: bool


def told_since(since: datetime) -> list[Told]:
    """Return what people said of posts after ``since``: of each post the newest word that was not taken back.

    People correct of their own accord only what is wrong; who learns from that alone learns that everything is. So triage
    learns from the posts of which it asked a listener, right or wrong, and where no rule of the brand's had chosen them. All
    of them are counted.
    """
    rows = session.execute(
        select(Label, Connection.learns)
        .join(Mention, Mention.id == Label.mention_id)
        .join(Connection, Connection.id == Mention.connection_id)
        .where(Label.said_at >= since, Label.taken_back_at.is_(None))
        .order_by(Label.id.desc())
        .limit(MOST_LABELS)
    ).all()
    newest: dict[int, tuple[Label, bool]] = {}
    asked: set[int] = set()
    for label, learns in rows:
        newest.setdefault(label.mention_id, (label, learns))
        if label.source is Source.LISTENER:
            asked.add(label.mention_id)
    return [_told(label, learns=learns and label.mention_id in asked) for label, learns in newest.values()]


def _told(label: Label, *, learns: bool) -> Told:
    return Told(
        mention_id=label.mention_id,
        said_at=label.said_at,
        corrected=Corrected(
            week=_monday(label.said_at),
            route=label.route,
            said=Said(label.said_route),
            reason=label.reason,
            rule_key=label.rule_key,
            cues=label.cues,
        ),
        scores=label.scores,
        is_to_learn_from=learns and label.learnable and label.rule_key is None and bool(label.scores),
    )


def _monday(at: datetime) -> date:
    return at.date() - timedelta(days=at.weekday())


def count_connections_learnt_from() -> tuple[int, int]:
    """Return from how many connections triage may learn, and how many there are."""
    learns, of = session.execute(
        select(func.count(Connection.id).filter(Connection.learns), func.count(Connection.id))
    ).one()
    return learns, of
