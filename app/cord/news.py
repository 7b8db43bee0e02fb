"""Who is told that the cord was pulled, or let go, or that somebody raised the alarm."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from app.accounts.models import Role
from app.accounts.permissions import Person
from app.accounts.queries import people_with
from app.channels.models import Connection
from app.cord.models import Hold
from app.foundation.db import session
from app.foundation.words import _
from app.notices.actions import tell, tell_outside

PAGE = "/cord"
#: Those who may pull the cord.
PULLERS = (Role.MODERATOR, Role.STAFF, Role.ADMIN)


def tell_pulled(hold: Hold, *, at: datetime) -> None:
    """Tell the admins; of an incident, staff and the outside as well."""
    event = str(uuid4())

    def write() -> tuple[str, str]:
        said = _("%(name)s paused posting: %(reason)s", name=hold.pulled_by_name, reason=hold.reason)
        if hold.is_incident:
            asked = _("This is an incident. Hold campaigns, and everything else that is about to go out.")
            return _("Incident: hold campaigns"), f"{said}\n\n{asked}"
        return _("Posting was paused"), said

    tell(people_with(*_concerned(hold)), write, event=event, page=PAGE, at=at)
    if hold.is_incident:
        tell_outside("incident.opened", _facts(hold), event=event, at=at)


def tell_released(hold: Hold, *, by: Person, at: datetime) -> None:
    """Tell whoever was told that it began."""
    event = str(uuid4())

    def write() -> tuple[str, str]:
        said = _(
            "%(name)s resumed posting. It was paused for this reason: %(reason)s", name=by.name, reason=hold.reason
        )
        if hold.is_incident:
            return _("The incident is over"), f"{said}\n\n{_('Campaigns may go on.')}"
        return _("Posting was resumed"), said

    tell(people_with(*_concerned(hold)), write, event=event, page=PAGE, at=at)
    if hold.is_incident:
        tell_outside("incident.closed", _facts(hold), event=event, at=at)


def tell_alarm(*, caller: Person, reason: str, at: datetime) -> None:
    """Tell everybody who may pull the cord."""

    def write() -> tuple[str, str]:
        said = _("%(name)s raised the alarm: %(reason)s", name=caller.name, reason=reason)
        return _("Somebody raised the alarm"), said

    tell(people_with(*PULLERS), write, event=str(uuid4()), page=PAGE, at=at)


def _concerned(hold: Hold) -> tuple[Role, ...]:
    return (Role.ADMIN, Role.STAFF) if hold.is_incident else (Role.ADMIN,)


def _facts(hold: Hold) -> dict[str, Any]:
    """Return what the outside may know: what is paused and why, and nobody's name."""
    paused = session.get(Connection, hold.connection_id) if hold.connection_id is not None else None
    return {
        "incident": hold.id,
        "scope": hold.scope.value,
        "account": paused.handle if paused else None,
        "topic": hold.topic,
        "reason": hold.reason,
        "since": hold.pulled_at.isoformat(),
        "approved_line": hold.approved_line or None,
    }
