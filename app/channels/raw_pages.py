"""Pages as their networks gave them: kept for a while, so that what could not be read can be looked at and read again."""

import hashlib
import re
import zlib
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.exc import IntegrityError

from app.channels.models import Connection, ListeningGap, RawPage
from app.channels.types import Batch, IncomingPost
from app.foundation.db import session
from app.foundation.journal import record
from app.foundation.tasks import TaskKind, open_task, settle_tasks
from app.foundation.words import _

KEPT_FOR = timedelta(days=7)
#: Compressed; a page beyond it is kept as its first part.
LARGEST = 512 * 1024
SHOWN_CHARACTERS = 4000
MOST_IDS = 500
#: Stands for the id of a post where an answer was no page at all.
ANSWER = "answer"
ASKS_AFTER = 3
#: Stands for the id of a post where a page was heard, and nobody has read it yet.
HEARD = "heard"
#: Whoever heard it is dead by then; the page was heard anew, since no place behind it was kept.
READ_WITHIN = timedelta(hours=1)
#: The setting that counts answers of which nothing could be read, since the last that could.
GARBLED = "garbled_answers"
_AN_ID = re.compile(rb'"id"\s*:\s*"([0-9]{1,19})"')


def hold(raw: bytes, *, connection_id: int, at: datetime) -> None:
    """Keep a page as it came, before anything of it is read; one that was kept before changes nothing."""
    _add(raw, _joined(_ids_in(raw)), _joined([HEARD]), connection_id=connection_id, at=at)


def let_go(raw: bytes, *, connection_id: int) -> None:
    """Forget a page that was held and brought nothing new."""
    session.execute(delete(RawPage).where(*_held(raw, connection_id)).execution_options(synchronize_session=False))


def keep(batch: Batch, *, connection_id: int, at: datetime) -> None:
    """Keep a page that was read for a while; one that was kept before changes nothing."""
    posts = [event.this if isinstance(event, IncomingPost) else event.ref for event in batch.events]
    posts += [post.this for post in batch.context]
    unread = [str(row.get("id")) for row in batch.unreadable]
    shown = [*(ref.id for ref in posts), *unread, *(_ids_in(batch.raw) if unread else ())]
    _keep(batch.raw, shown, unread, connection_id=connection_id, at=at)


def note_garbled(raw: bytes, *, connection_id: int, at: datetime) -> None:
    """Count an answer that says nothing. The first of a run of them is kept, the third asks a person."""
    row = session.get_one(Connection, connection_id)
    times = row.settings.get(GARBLED, 0) + 1
    row.settings = row.settings | {GARBLED: times}
    if times == 1:
        _keep(raw, _ids_in(raw), [ANSWER], connection_id=connection_id, at=at)
    if times == ASKS_AFTER:
        what = _("The network has answered %(times)s times in a row what cannot be read at all.", times=times)
        open_task(TaskKind.UNREADABLE_PAGE, subject=row, message=what, at=at)


def end_garbled(row: Connection, *, at: datetime) -> None:
    """Note that the network can be read again: what came instead of a page was no page, and nothing of it is missing."""
    if GARBLED not in row.settings:
        return
    row.settings = {name: value for name, value in row.settings.items() if name != GARBLED}
    garbled = update(RawPage).where(RawPage.connection_id == row.id, RawPage.unread_ids == _joined([ANSWER]))
    session.execute(garbled.values(unread_ids="").execution_options(synchronize_session=False))
    settle(row, at=at)


def settle(row: Connection, *, at: datetime) -> None:
    """Close the task about what could not be read, once nothing is left of it that can still be read."""
    unfilled = select(ListeningGap.id).where(
        ListeningGap.connection_id == row.id,
        ListeningGap.healed_from.is_distinct_from(ListeningGap.began_at),
        ListeningGap.noticed_at > at - KEPT_FOR,
    )
    if not unread_of(row, limit=1) and session.scalars(unfilled.limit(1)).first() is None:
        settle_tasks(TaskKind.UNREADABLE_PAGE, row, by_id=None, at=at)


def _ids_in(raw: bytes) -> list[str]:
    """Return the ids of posts in what cannot be read: by them it is found again when an author deletes one."""
    return list(dict.fromkeys(found.decode() for found in _AN_ID.findall(raw)))[:MOST_IDS]


def _keep(raw: bytes, shown: Collection[str], unread: Collection[str], *, connection_id: int, at: datetime) -> None:
    shown_ids, unread_ids = _joined(shown), _joined(unread)
    read = update(RawPage).where(*_held(raw, connection_id)).values(shown_ids=shown_ids, unread_ids=unread_ids)
    told = session.execute(read.execution_options(synchronize_session=False))
    if not told.rowcount:  # type: ignore[attr-defined]
        _add(raw, shown_ids, unread_ids, connection_id=connection_id, at=at)


def _add(raw: bytes, shown_ids: str, unread_ids: str, *, connection_id: int, at: datetime) -> None:
    page = RawPage(
        connection_id=connection_id,
        sha256=hashlib.sha256(raw).hexdigest(),
        body=zlib.compress(raw, 1)[:LARGEST],
        size=len(raw),
        heard_at=at,
        shown_ids=shown_ids,
        unread_ids=unread_ids,
    )
    try:
        with session.begin_nested():
            session.add(page)
    except IntegrityError:
        return


def _held(raw: bytes, connection_id: int) -> tuple[ColumnElement[bool], ...]:
    same = RawPage.sha256 == hashlib.sha256(raw).hexdigest()
    return (RawPage.connection_id == connection_id, same, RawPage.unread_ids == _joined([HEARD]))


def _joined(ids: Collection[str]) -> str:
    return f",{','.join(one[:40] for one in ids)}," if ids else ""


def drop(external_ids: Collection[str], *, connection_id: int) -> None:
    """Forget the pages on which one of these posts stands: what its author took back is to be found nowhere."""
    if external_ids:
        session.execute(
            delete(RawPage)
            .where(RawPage.connection_id == connection_id)
            .where(or_(*(RawPage.shown_ids.contains(f",{one},", autoescape=True) for one in external_ids)))
            .execution_options(synchronize_session=False)
        )


def sweep(*, at: datetime) -> None:
    """Forget the pages that were kept long enough."""
    forgotten = and_(RawPage.unread_ids == _joined([HEARD]), RawPage.heard_at < at - READ_WITHIN)
    session.execute(delete(RawPage).where(or_(RawPage.heard_at < at - KEPT_FOR, forgotten)))


def _unread() -> ColumnElement[bool]:
    return RawPage.unread_ids.not_in(["", _joined([HEARD])])


def unread_of(row: Connection, *, limit: int = 20) -> list[RawPage]:
    """Return the pages of which something could not be read, the newest first."""
    kept = select(RawPage).where(RawPage.connection_id == row.id, _unread())
    return list(session.scalars(kept.order_by(RawPage.id.desc()).limit(limit)))


def text_of(page: RawPage) -> str:
    """Return the beginning of a page as it came."""
    return zlib.decompressobj().decompress(page.body, SHOWN_CHARACTERS).decode("utf-8", "replace")


def ask_again(*, connection_id: int, actor_id: int, at: datetime) -> None:
    """Have the listener ask for what could not be read once more."""
    wish(connection_id=connection_id, at=at)
    record("connection.asked_again", subject=session.get_one(Connection, connection_id), actor_id=actor_id, at=at)


def wish(*, connection_id: int, at: datetime | None) -> None:
    """Note since when what could not be read is wanted once more; None: it is asked for now."""
    asked = update(RawPage).where(RawPage.connection_id == connection_id, _unread()).values(again_at=at)
    session.execute(asked.execution_options(synchronize_session=False))


def asked_again(connection_id: int, *, limit: int) -> list[str]:
    """Return the ids of posts that could not be read and that somebody wants to be asked for once more."""
    wanted = select(RawPage.unread_ids).where(
        RawPage.connection_id == connection_id, _unread(), RawPage.again_at.is_not(None)
    )
    ids = [one for joined in session.scalars(wanted.order_by(RawPage.id).limit(limit)) for one in joined.split(",")]
    return list(dict.fromkeys(one for one in ids if one.isascii() and one.isdecimal()))[:limit]


def note_read(read: Collection[str], *, connection_id: int, at: datetime) -> None:
    """Write down what was ``read`` after all: it is set aside no longer, and with it its task."""
    row = session.get_one(Connection, connection_id)
    for page in session.scalars(select(RawPage).where(RawPage.connection_id == connection_id, _unread())):
        page.unread_ids = _joined([one for one in page.unread_ids.split(",") if one and one not in read])
    session.flush()  # the task is settled once nothing is left
    settle(row, at=at)
