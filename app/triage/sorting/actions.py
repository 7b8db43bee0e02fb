"""How sorting is set: moved by an admin, a version each time, and what was found of it kept."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from app.foundation.db import session
from app.foundation.errors import Conflict, Invalid
from app.foundation.journal import record
from app.foundation.words import _
from app.triage.judge import MOST_INFLUENCE
from app.triage.models import SortingOutlook, SortingVersion
from app.triage.sorting import queries
from app.triage.sorting.corrections import Tallies
from app.triage.sorting.ladder import Step, plain_shifts, shifts_from_plain
from app.triage.sorting.measuring import Measured
from app.triage.sorting.shares import Share

#: Sorting is looked at anew this often, and whenever it was set otherwise.
EVERY = timedelta(hours=6)
KEPT_FOR = timedelta(days=28)


def lean(*, step: Step, seen: int, actor_id: int, at: datetime) -> SortingVersion | None:
    """Let sorting lean as far as ``step`` says, for posts that are sorted from now on; None where it does already.

    Raises:
        Conflict: somebody set it otherwise after ``seen``, the version on the page.
    """
    now = _setting_seen(seen)
    if step is now.step:
        return None
    return _append(now, replace(now, step=step), actor_id=actor_id, at=at)


def weigh_influence(*, points: int, seen: int, actor_id: int, at: datetime) -> SortingVersion | None:
    """Let influence count for so many points at most, 0 to ``MOST_INFLUENCE``; None where it does already.

    Raises:
        Conflict: somebody set sorting otherwise after ``seen``, the version on the page.
        Invalid: so many points it may not be.
    """
    if not 0 <= points <= MOST_INFLUENCE:
        raise Invalid(_("A whole number from 0 to %(most)s.", most=MOST_INFLUENCE))
    now = _setting_seen(seen)
    if points == now.influence:
        return None
    return _append(now, replace(now, influence=points), actor_id=actor_id, at=at)


def follow_corrections(*, outlook_id: int, seen: int, actor_id: int, at: datetime) -> SortingVersion | None:
    """Move the borders as corrections propose, exactly as that outlook said; None where they stand there already.

    Raises:
        Conflict: it was set otherwise meanwhile, there is a newer outlook, or that one proposes nothing.
    """
    now, outlook = _setting_seen(seen), queries.newest_outlook()
    if outlook is None or outlook.id != outlook_id:
        raise Conflict(_("There are newer figures. Look at them, then decide."))
    if not outlook.shifts:
        raise Conflict(_("There are too few corrections to learn from."))
    shifts = shifts_from_plain(outlook.shifts)
    if shifts == now.shifts:
        return None
    return _append(now, replace(now, shifts=shifts), actor_id=actor_id, at=at)


def forget_corrections(*, seen: int, actor_id: int, at: datetime) -> SortingVersion | None:
    """Put the borders back to where no correction has moved them; None where none has.

    Raises:
        Conflict: somebody set it otherwise after ``seen``.
    """
    now = _setting_seen(seen)
    if now.shifts is None:
        return None
    return _append(now, replace(now, shifts=None), actor_id=actor_id, at=at)


def is_due(*, at: datetime) -> bool:
    """Whether sorting should be looked at anew."""
    made = queries.last_look()
    return made is None or made.at <= at - EVERY or made.version != queries.setting().number


def keep(found: Measured, *, at: datetime) -> SortingOutlook:
    """Keep what was found; that of four weeks ago is forgotten."""
    session.execute(delete(SortingOutlook).where(SortingOutlook.made_at < at - KEPT_FOR))
    row = SortingOutlook(
        made_at=at,
        version=found.version,
        posts=found.posts,
        read=found.read,
        is_whole=found.is_whole,
        steps={
            whose: {str(step.value): _plain(shares) for step, shares in steps.items()}
            for whose, steps in found.steps.items()
        },
        weeks=[
            [line.week.isoformat(), line.lane.value, line.precision.plain, line.recall.plain] for line in found.weeks
        ],
        tallies=_plain_tallies(found.tallies),
        shifts=plain_shifts(found.shifts),
        learnt_from={border.value: count for border, count in found.learnt_from.items()},
    )
    session.add(row)
    return row


def _plain(shares: dict[str, Share]) -> dict[str, list[int]]:
    return {name: share.plain for name, share in shares.items()}


def _plain_tallies(found: Tallies) -> dict[str, dict[str, list[int]]]:
    return {"reasons": _plain(found.reasons), "rules": _plain(found.rules), "cues": _plain(found.cues)}


def _setting_seen(seen: int) -> queries.Setting:
    now = queries.setting()
    if now.number != seen:
        raise Conflict(_("Somebody set sorting otherwise meanwhile. Look at it, then decide."))
    return now


def _append(now: queries.Setting, wanted: queries.Setting, *, actor_id: int, at: datetime) -> SortingVersion:
    row = SortingVersion(number=now.number + 1, **_kept(wanted), made_by_id=actor_id, made_at=at)
    session.add(row)
    try:
        session.flush()  # two people may make the same version at once; the number tells
    except IntegrityError as error:
        raise Conflict(_("Somebody set sorting otherwise at this very moment. Try again.")) from error
    record("sorting.changed", subject=row, actor_id=actor_id, at=at, **{"from": _kept(now), "to": _kept(wanted)})
    return row


def _kept(setting: queries.Setting) -> dict[str, Any]:
    shifts = None if setting.shifts is None else plain_shifts(setting.shifts)
    return {"step": setting.step.value, "shifts": shifts, "influence": setting.influence}
