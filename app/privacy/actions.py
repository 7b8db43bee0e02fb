"""Keep erasures outside the database, and erase again what a backup brought back."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select, update

from app.channels.models import Connection
from app.foundation.db import session
from app.foundation.journal import record
from app.foundation.recovery import Recovery
from app.foundation.tombstones import Tombstone, TombstoneKind
from app.mentions import actions as mentions
from app.privacy.log import Line
from app.publishing.actions import mirror_deletion

Account = tuple[str, str]


def mark_logged(ids: Sequence[int], *, at: datetime) -> None:
    """Note that these tombstones lie outside too."""
    session.execute(
        update(Tombstone).where(Tombstone.id.in_(ids)).values(logged_at=at).execution_options(synchronize_session=False)
    )


def erase_again(lines: Iterable[Line], *, at: datetime) -> int:
    """Erase the posts that a log names wherever they stand; return how many stood here. A second time finds none."""
    erased = 0
    for account, external_ids in _by_account(lines).items():
        connection_id = session.scalar(
            select(Connection.id).where(Connection.kind == account[0], Connection.external_id == account[1])
        )
        if connection_id is None:
            continue
        for mention_id in mentions.forget(external_ids, connection_id=connection_id, at=at):
            mirror_deletion(mention_id=mention_id, at=at)
            erased += 1
    return erased


def _by_account(lines: Iterable[Line]) -> dict[Account, list[str]]:
    posts: dict[Account, dict[str, None]] = defaultdict(dict)
    for line in lines:
        if line.kind is TombstoneKind.POST:
            posts[line.network, line.account][line.external_id] = None
    return {account: list(ids) for account, ids in posts.items()}


def mark_replayed(recovery_id: int, *, erased: int, at: datetime) -> None:
    """Note that a recovery has erased again what was erased before."""
    recovery = session.get_one(Recovery, recovery_id)
    recovery.replayed_at = at
    record("tombstones.replayed", subject=recovery, actor_id=None, at=at, erased=erased)
