"""What is stopped at present, by whom and why; and the condition that keeps a claim from passing a hold."""

from typing import Any

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, literal, or_, select, true
from sqlalchemy.orm import joinedload

from app.accounts.permissions import Permission, Person, may, scoped, visible
from app.cord.models import Hold, HoldScope
from app.foundation.db import session
from app.foundation.errors import NotFound
from app.foundation.tasks import Task, TaskKind
from app.foundation.words import _


def covers(
    *, is_crowds: ColumnElement[bool], connection_id: SQLColumnExpression[int], topic: SQLColumnExpression[str]
) -> ColumnElement[bool]:
    """Return the condition that a hold covers a reply: who wrote it, through which account, to a post of what topic."""
    return or_(
        Hold.scope == HoldScope.EVERYTHING,
        and_(Hold.scope == HoldScope.CROWD, is_crowds),
        and_(Hold.scope == HoldScope.CONNECTION, Hold.connection_id == connection_id),
        and_(Hold.scope == HoldScope.TOPIC, Hold.topic == topic),
    )


def covering(condition: ColumnElement[bool]) -> Select[Any]:
    """Return the active holds over a row, for an EXISTS inside the statement that claims or releases it.

    ``condition`` is made by ``covers`` from columns of the outer row.
    """
    return select(Hold.id).where(Hold.released_at.is_(None), condition)


def active_holds() -> list[Hold]:
    """Return what holds at present, the widest first, with the accounts and the admins they name."""
    named = (joinedload(Hold.connection), joinedload(Hold.asked_by))
    found = session.scalars(
        select(Hold).where(Hold.released_at.is_(None)).options(*named).order_by(Hold.pulled_at, Hold.id)
    )
    return sorted(found, key=lambda hold: list(HoldScope).index(hold.scope))


def hold_over(*, crowd: bool, connection_id: int, topic: str) -> Hold | None:
    """Return the widest hold that stops such words; None when they may go out."""
    condition = covers(is_crowds=literal(crowd), connection_id=literal(connection_id), topic=literal(topic))
    found = set(session.scalars(covering(condition)))
    return next((hold for hold in active_holds() if hold.id in found), None)


def past_holds(*, limit: int) -> list[Hold]:
    """Return the holds that were released, the newest first."""
    ended = select(Hold).where(Hold.released_at.is_not(None)).order_by(Hold.released_at.desc(), Hold.id.desc())
    named = (joinedload(Hold.connection), joinedload(Hold.asked_by), joinedload(Hold.released_by))
    return list(session.scalars(ended.options(*named).limit(limit)))


def hold_of(person: Person, hold_id: int) -> Hold:
    """Return one hold.

    Raises:
        NotFound: there is none.
    """
    found = session.scalar(scoped(select(Hold).where(Hold.id == hold_id), person))
    if found is None:
        raise NotFound(_("There is no such pause."))
    return found


def incidents_worded() -> list[Hold]:
    """Return the incidents that last and have a line for writers, the oldest first."""
    worded = (Hold.released_at.is_(None), Hold.is_incident, Hold.approved_line != "")
    return list(session.scalars(select(Hold).where(*worded).order_by(Hold.pulled_at, Hold.id)))


def open_alarms() -> list[Task]:
    """Return the alarms nobody has settled yet, and who could not be told of something; the oldest first."""
    raised = select(Task).where(Task.kind.in_((TaskKind.ALARM, TaskKind.UNTOLD)), Task.settled_at.is_(None))
    return list(session.scalars(raised.order_by(Task.opened_at, Task.id)))


@visible(Hold)
def _everybody_sees_holds(_person: Person) -> ColumnElement[bool]:
    return true()


def sees_alarms(person: Person) -> bool:
    """Say whether alarms are for this person: for all who can act on one."""
    return may(person, Permission.PULL_CORD)
