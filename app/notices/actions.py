"""Write down what somebody must be told; take it up; note whether it left."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import delete, select, update

from app.accounts.models import User
from app.foundation.db import ring_after_commit, session
from app.foundation.journal import record
from app.foundation.lanes import Lane
from app.foundation.tasks import Task, TaskKind, open_task
from app.foundation.words import _, speaking
from app.notices import queries
from app.notices.delivery import Delivery, delivery_of
from app.notices.models import NOTICE_LIFECYCLE, Notice, NoticeStatus, NoticeWay
from app.notices.webhook import WEBHOOK

#: How long the next try waits after each one that failed; after the last of them nobody tries again.
PAUSES: Final = tuple(timedelta(seconds=seconds) for seconds in (5, 15, 60, 300, 900, 3600, 10800))
#: Whoever took a notice up and has not come back by then is given up; longer than a call or a mail server may take.
LEASE: Final = timedelta(seconds=120)
#: What has left, or was given up, is of no use to anybody after this.
KEPT_FOR: Final = timedelta(days=30)
_NOTED_CHARACTERS: Final = 200


def tell(
    people: Iterable[User], write: Callable[[], tuple[str, str]], *, event: str, page: str = "", at: datetime
) -> None:
    """Let ``people`` know by mail, each in their language; ``write`` returns a subject and the words."""
    for user in people:
        with speaking(user.language):
            subject, text = write()
        _keep(event, NoticeWay.MAIL, at, recipient_id=user.id, subject=subject, text=text, page=page)


def tell_outside(kind: str, facts: Mapping[str, Any], *, event: str, at: datetime) -> None:
    """Let the installation's webhook know, where it has one."""
    if WEBHOOK.is_set:
        body = json.dumps({"type": kind, "timestamp": at.isoformat(), "data": dict(facts)}, ensure_ascii=False)
        _keep(event, NoticeWay.WEBHOOK, at, subject=kind, text=body)


def _keep(event: str, way: NoticeWay, at: datetime, **values: Any) -> None:
    session.add(Notice(key=str(uuid4()), event=event, way=way, written_at=at, next_try_at=at, **values))
    ring_after_commit(Lane.NOTICES)


def take_up(*, notice_id: int, at: datetime) -> Delivery | None:
    """Claim one notice; None when somebody else has it, or whoever it is for is not here any more."""
    due = (Notice.status == NoticeStatus.WAITING, Notice.next_try_at <= at)
    claimed = _change(notice_id, *due, tries=Notice.tries + 1, next_try_at=at + LEASE)
    if not claimed:
        return None
    notice = queries.whole(notice_id)
    delivery = delivery_of(notice)
    if delivery is None and _move("give_up", notice_id, notice.tries, settled_at=at):
        record("notice.dropped", subject=notice, actor_id=None, at=at)
    return delivery


def record_outcome(delivery: Delivery, *, problem: str, at: datetime) -> None:
    """Note what came of a try; after the last one a person is asked to tell by other means."""
    if not problem:
        if _move("deliver", delivery.notice_id, delivery.tries, settled_at=at, last_error=""):
            record("notice.delivered", subject=queries.whole(delivery.notice_id), actor_id=None, at=at)
        return
    noted = problem[:_NOTED_CHARACTERS]
    if delivery.tries <= len(PAUSES):
        later = at + PAUSES[delivery.tries - 1]
        _change(delivery.notice_id, *_still(delivery.tries), next_try_at=later, last_error=noted)
    elif _move("give_up", delivery.notice_id, delivery.tries, settled_at=at, last_error=noted):
        notice = queries.whole(delivery.notice_id)
        record("notice.given_up", subject=notice, actor_id=None, at=at)
        said = _("Not everybody could be told: “%(subject)s”. Tell them yourself.", subject=notice.subject)
        open_task(TaskKind.UNTOLD, subject=queries.first_of(notice.event), message=said, at=at)


def forget_old(*, at: datetime) -> None:
    """Delete the letters and calls that were settled long ago, but those a person is still asked about."""
    asked = select(Task.subject_id).where(Task.subject_type == Notice.__tablename__, Task.settled_at.is_(None))
    settled = Notice.status.in_((NoticeStatus.DELIVERED, NoticeStatus.GIVEN_UP))
    session.execute(delete(Notice).where(settled, Notice.next_try_at < at - KEPT_FOR, Notice.id.not_in(asked)))


def _still(tries: int) -> tuple[Any, ...]:
    return (Notice.status.in_(NOTICE_LIFECYCLE.froms("deliver")), Notice.tries == tries)


def _move(verb: str, notice_id: int, tries: int, **values: Any) -> bool:
    """Move a notice on where nobody took it up meanwhile."""
    return _change(notice_id, *_still(tries), status=NOTICE_LIFECYCLE.moves[verb][1], **values)


def _change(notice_id: int, *conditions: Any, **values: Any) -> bool:
    statement = update(Notice).where(Notice.id == notice_id, *conditions).values(**values)
    changed: Any = session.execute(statement, execution_options={"synchronize_session": False})
    return bool(changed.rowcount)
