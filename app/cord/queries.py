"""What is stopped at present, by whom and why; and the condition that keeps a claim from passing a hold."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select, true
from sqlalchemy.orm import joinedload

from app.accounts.permissions import Permission, Person, may, scoped, visible
from app.cord.models import Hold, HoldScope
from app.foundation.db import session
from app.foundation.errors import NotFound
from app.foundation.tasks import Task, TaskKind
from app.foundation.words import _


def active_holds() -> list[Hold]:
    """Return what holds at present, the widest first."""
    found = session.scalars(select(Hold).where(Hold.released_at.is_(None)).order_by(Hold.pulled_at, Hold.id))
    return sorted(found, key=lambda hold: hold.scope is not HoldScope.EVERYTHING)


def hold_over(*, crowd: bool) -> Hold | None:
    """Return the hold that stops the crowd's words, or staff's; None when they may go out."""
    stopping = {HoldScope.EVERYTHING, HoldScope.CROWD} if crowd else {HoldScope.EVERYTHING}
    return next((hold for hold in active_holds() if hold.scope in stopping), None)


def covering(is_crowds: ColumnElement[bool]) -> Select[Any]:
    """Return the active holds over a row, for an EXISTS inside the statement that claims or releases it.

    ``is_crowds`` says of the outer row whether the crowd wrote it.
    """
    covers = or_(Hold.scope == HoldScope.EVERYTHING, and_(Hold.scope == HoldScope.CROWD, is_crowds))
    return select(Hold.id).where(Hold.released_at.is_(None), covers)


def past_holds(*, limit: int) -> list[Hold]:
    """Return the holds that were released, the newest first."""
    ended = select(Hold).where(Hold.released_at.is_not(None)).order_by(Hold.released_at.desc(), Hold.id.desc())
    return list(session.scalars(ended.options(joinedload(Hold.released_by)).limit(limit)))


def hold_of(person: Person, hold_id: int) -> Hold:
    """Return one hold.

    Raises:
        NotFound: there is none.
    """
    found = session.scalar(scoped(select(Hold).where(Hold.id == hold_id), person))
    if found is None:
        raise NotFound(_("There is no such pause."))
    return found


def open_alarms() -> list[Task]:
    """Return the alarms nobody has settled yet, the oldest first."""
    raised = select(Task).where(Task.kind == TaskKind.ALARM, Task.settled_at.is_(None))
    return list(session.scalars(raised.order_by(Task.opened_at, Task.id)))


@visible(Hold)
def _everybody_sees_holds(_person: Person) -> ColumnElement[bool]:
    return true()


def sees_alarms(person: Person) -> bool:
    """Say whether alarms are for this person: for all who can act on one."""
    return may(person, Permission.PULL_CORD)
