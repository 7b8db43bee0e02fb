"""Pull the cord, let it go again, or call those who may."""

from datetime import datetime

from sqlalchemy.exc import IntegrityError

from app.accounts.models import User
from app.accounts.permissions import Person
from app.cord.models import Hold, HoldScope
from app.foundation.db import session
from app.foundation.errors import Conflict, Invalid
from app.foundation.events import EventType, announce
from app.foundation.journal import record
from app.foundation.tasks import Task, TaskKind, open_task
from app.foundation.words import _

REASON_CHARACTERS = 300


def pull(*, scope: HoldScope, reason: str, by: Person, at: datetime) -> Hold:
    """Stop what ``scope`` covers. Once this is committed, nothing it covers begins to be sent.

    Raises:
        Invalid: no reason was given, or one that is too long.
        Conflict: it is stopped already.
    """
    hold = Hold(scope=scope, reason=_checked(reason), pulled_by_id=by.id, pulled_by_name=by.name, pulled_at=at)
    try:
        with session.begin_nested():
            session.add(hold)
    except IntegrityError as error:
        raise Conflict(_("Somebody paused this before you. The banner says who and why.")) from error
    record("hold.pulled", subject=hold, actor_id=by.id, at=at, scope=scope.value)
    announce(EventType.CORD, subject_id=hold.id, at=at)
    return hold


def release(*, hold_id: int, by: Person, at: datetime) -> Hold:
    """Let go what was stopped. One admin may do it, and the journal says that nobody agreed.

    Raises:
        Conflict: somebody did before.
    """
    hold = session.get_one(Hold, hold_id, with_for_update=True)
    hold.release(by_id=by.id, at=at)
    record("hold.released", subject=hold, actor_id=by.id, at=at, scope=hold.scope.value, alone=True)
    announce(EventType.CORD, subject_id=hold.id, at=at)
    return hold


def raise_alarm(*, reason: str, by: Person, at: datetime) -> Task:
    """Ask those who may pull the cord to look at once; a second alarm by the same person adds nothing.

    Raises:
        Invalid: no reason was given, or one that is too long.
    """
    words = _checked(reason)
    caller = session.get_one(User, by.id)
    said = _("%(name)s raised the alarm: %(reason)s", name=by.name, reason=words)
    task = open_task(TaskKind.ALARM, subject=caller, message=said, at=at)
    record("alarm.raised", subject=caller, actor_id=by.id, at=at)
    announce(EventType.CORD, subject_id=None, at=at)
    return task


def settle_alarm(*, task_id: int, by: Person, at: datetime) -> None:
    """Say that an alarm was looked into.

    Raises:
        Conflict: somebody did before.
        Invalid: that task is no alarm.
    """
    task = session.get_one(Task, task_id, with_for_update=True)
    if task.kind is not TaskKind.ALARM:
        raise Invalid(_("This is no alarm."))
    task.settle(by_id=by.id, at=at)
    record("alarm.settled", subject=task, actor_id=by.id, at=at)
    announce(EventType.CORD, subject_id=None, at=at)


def _checked(reason: str) -> str:
    words = " ".join(reason.split())
    if not words:
        raise Invalid(_("Say why. Everyone on the team sees it."), field="reason")
    if len(words) > REASON_CHARACTERS:
        raise Invalid(_("Keep the reason to %(n)s characters.", n=REASON_CHARACTERS), field="reason")
    return words
