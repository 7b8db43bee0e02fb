"""Pull the cord, let it go again, or call those who may."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from app.accounts.agreement import agreement_of
from app.accounts.models import User
from app.accounts.permissions import Person
from app.channels.models import Connection
from app.cord import news
from app.cord.models import Hold, HoldScope, ResumeOffer
from app.foundation.db import session
from app.foundation.errors import Conflict, Invalid
from app.foundation.events import EventType, announce
from app.foundation.journal import record
from app.foundation.tasks import Task, TaskKind, open_task
from app.foundation.words import _

REASON_CHARACTERS = 300
LINE_CHARACTERS = 280


def pull(
    *,
    scope: HoldScope,
    reason: str,
    by: Person,
    at: datetime,
    connection_id: int | None = None,
    topic: str | None = None,
    is_incident: bool = False,
    line: str = "",
) -> Hold:
    """Stop what ``scope`` covers. Once this is committed, nothing it covers begins to be sent.

    Of an incident the outside is told too; ``line`` is then what writers may say about it.

    Raises:
        Invalid: no reason was given, or it or the line is too long; or what the scope speaks of is not named.
        Conflict: it is stopped already.
    """
    hold = Hold(
        scope=scope,
        connection_id=_known(connection_id) if scope is HoldScope.CONNECTION else None,
        topic=_named(topic) if scope is HoldScope.TOPIC else None,
        reason=_checked(reason),
        pulled_by_id=by.id,
        pulled_by_name=by.name,
        pulled_at=at,
        is_incident=is_incident,
        approved_line=_checked_line(line) if is_incident else "",
    )
    try:
        with session.begin_nested():
            session.add(hold)
    except IntegrityError as error:
        raise Conflict(_("Somebody paused this before you. The banner says who and why.")) from error
    _drop_requests()
    record("hold.pulled", subject=hold, actor_id=by.id, at=at, scope=scope.value, **_subject(hold))
    news.tell_pulled(hold, at=at)
    announce(EventType.CORD, subject_id=hold.id, at=at)
    return hold


def _drop_requests() -> None:
    """Forget who wanted to let go: they did not know of what is stopped now."""
    nobody: dict[str, None] = {"asked_by_id": None, "asked_at": None, "resume_offer": None}
    asked = update(Hold).where(Hold.released_at.is_(None), Hold.asked_by_id.is_not(None))
    session.execute(asked.values(nobody), execution_options={"synchronize_session": "fetch"})


def release(*, hold_id: int, offer: ResumeOffer, by: Person, at: datetime) -> bool:
    """Let go what was stopped, or ask a second admin to agree; return whether it is let go now.

    Where one admin alone counts, the journal says that nobody agreed. Whoever was asked by an admin that does not
    count any more asks for themselves.

    Raises:
        Conflict: somebody let go before; or this admin asked before; or another one wants something else for what waits.
        NotAllowed: this admin's word does not count yet.
    """
    hold = session.get_one(Hold, hold_id, with_for_update=True)
    agreed = agreement_of(by, asked_by_id=hold.asked_by_id, at=at)
    if not agreed.is_reached:
        hold.ask_release(offer=offer, by_id=by.id, at=at)
        record("hold.release_asked", subject=hold, actor_id=by.id, at=at, offer=offer.value)
        announce(EventType.CORD, subject_id=hold.id, at=at)
        return False
    if not agreed.alone and hold.resume_offer is not offer:
        raise Conflict(_("The other admin wants something else for what waits. Look again."))
    hold.release(offer=offer, asked_by_id=agreed.asked_by_id, by_id=by.id, at=at)
    told = {"scope": hold.scope.value, "offer": offer.value} | agreed.told
    record("hold.released", subject=hold, actor_id=by.id, at=at, **told)
    news.tell_released(hold, by=by, at=at)
    announce(EventType.CORD, subject_id=hold.id, at=at)
    return True


def withdraw_request(*, hold_id: int, by: Person, at: datetime) -> None:
    """Let the wish to resume posting fall, one's own or another admin's.

    Raises:
        Conflict: there is none any more.
    """
    hold = session.get_one(Hold, hold_id, with_for_update=True)
    hold.withdraw_request()
    record("hold.release_withdrawn", subject=hold, actor_id=by.id, at=at)
    announce(EventType.CORD, subject_id=hold.id, at=at)


def word_line(*, hold_id: int, line: str, by: Person, at: datetime) -> None:
    """Say what writers may say while an incident lasts.

    Raises:
        Invalid: the line is too long.
        Conflict: the incident is over, or it is none.
    """
    hold = session.get_one(Hold, hold_id, with_for_update=True)
    hold.word(_checked_line(line))
    record("hold.line_worded", subject=hold, actor_id=by.id, at=at, line=hold.approved_line)
    announce(EventType.CORD, subject_id=hold.id, at=at)


def raise_alarm(*, reason: str, by: Person, at: datetime) -> Task:
    """Ask those who may pull the cord to look at once; a second alarm by the same person adds nothing.

    Raises:
        Invalid: no reason was given, or one that is too long.
    """
    words = _checked(reason)
    caller = session.get_one(User, by.id)
    said = _("%(name)s: “%(reason)s”", name=by.name, reason=words)
    task = open_task(TaskKind.ALARM, subject=caller, message=said, at=at)
    record("alarm.raised", subject=caller, actor_id=by.id, at=at)
    news.tell_alarm(caller=by, reason=words, at=at)
    announce(EventType.CORD, subject_id=None, at=at)
    return task


def settle_alarm(*, task_id: int, by: Person, at: datetime) -> None:
    """Say that an alarm was looked into, or that whoever could not be told was told by other means.

    Raises:
        Conflict: somebody did before.
        Invalid: that task is no alarm.
    """
    task = session.get_one(Task, task_id, with_for_update=True)
    if task.kind not in (TaskKind.ALARM, TaskKind.UNTOLD):
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


def _checked_line(line: str) -> str:
    words = " ".join(line.split())
    if len(words) > LINE_CHARACTERS:
        raise Invalid(_("Keep the line to %(n)s characters.", n=LINE_CHARACTERS), field="line")
    return words


def _known(connection_id: int | None) -> int:
    if connection_id is None or session.get(Connection, connection_id) is None:
        raise Invalid(_("Choose which account to pause."), field="connection_id")
    return connection_id


def _named(topic: str | None) -> str:
    if not topic:
        raise Invalid(_("Choose which topic to pause."), field="topic")
    return topic


def _subject(hold: Hold) -> dict[str, int | str]:
    """Return what the journal says besides the scope."""
    if hold.connection_id is not None:
        return {"connection_id": hold.connection_id}
    return {"topic": hold.topic} if hold.topic else {}
