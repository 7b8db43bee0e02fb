"""Connecting an account, keeping its tokens, and writing down how its network fares."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import case, select, update
from sqlalchemy.orm import undefer

from app.channels import raw_pages
from app.channels.errors import AuthExpired, ChannelError, RateLimited, Transient
from app.channels.models import Connection, ConnectionState
from app.channels.types import Pace, PostAuthor, Tokens
from app.foundation.db import session
from app.foundation.errors import NotFound
from app.foundation.events import EventType, announce
from app.foundation.journal import record
from app.foundation.tasks import TaskKind, open_task, settle_tasks
from app.foundation.words import _

RENEWING_LASTS = timedelta(seconds=60)
DOLLARS_PER_UNIT = Decimal("0.001")
SWITCHES = ("reply_to_any", "answer_by_hand", "impact_counts", "learns")
#: Networks whose terms forbid to train anything on what they carry.
NOT_TO_LEARN_FROM = frozenset({"x"})
#: Whatever a network says, we ask it again after so long.
LONGEST_REST = timedelta(hours=1)
#: The setting that says when the network lets us listen again.
LISTEN_FROM = "listen_from"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an account is reached: its API, the page where people read it, and how often it is polled."""

    kind: str
    base_url: str
    page_url: str = ""
    poll_seconds: int = 60


def connect(
    *, place: Place, account: PostAuthor, secrets: dict[str, str], actor_id: int | None, at: datetime
) -> Connection:
    """Authorise a brand account, or authorise it anew; what was heard and where we were stays."""
    # Locked, so that what is refused of the old sign-in at this moment is not written over the new one.
    row = session.scalars(
        select(Connection)
        .where(Connection.kind == place.kind, Connection.external_id == account.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        row = Connection(
            kind=place.kind, external_id=account.id, settings={}, learns=place.kind not in NOT_TO_LEARN_FROM
        )
        session.add(row)
    row.handle, row.base_url, row.page_url = account.handle, place.base_url, place.page_url
    row.poll_seconds, row.connected_at = place.poll_seconds, at
    row.state, row.last_error, row.last_error_at, row.not_before = ConnectionState.CONNECTED, None, None, None
    row.settings = {name: value for name, value in row.settings.items() if name != LISTEN_FROM}
    row.store_secrets(secrets)
    record("connection.connected", subject=row, actor_id=actor_id, at=at, alone=True)
    settle_tasks(TaskKind.RECONNECT, row, by_id=actor_id, at=at)
    return row


def disconnect(*, connection_id: int, actor_id: int, at: datetime) -> None:
    """Forget the account's tokens and stop listening to it."""
    row = _connection(connection_id)
    row.state, row.secrets = ConnectionState.DISCONNECTED, None
    record("connection.disconnected", subject=row, actor_id=actor_id, at=at, alone=True)


def set_switches(*, connection_id: int, switches: dict[str, bool], actor_id: int, at: datetime) -> None:
    """Turn any of ``SWITCHES``; switches that are not named stay."""
    row = _connection(connection_id)
    changed = {name: on for name, on in switches.items() if name in SWITCHES and getattr(row, name) != on}
    for name, on in changed.items():
        setattr(row, name, on)
    if changed:
        record("connection.switched", subject=row, actor_id=actor_id, at=at, alone=True, **changed)


def set_pace(*, connection_id: int, pace: Pace, actor_id: int, at: datetime) -> None:
    """Say how many posts may leave through it, in which stretch of time."""
    row = _locked(connection_id)
    before = row.pace
    if before == pace:
        return
    row.set_pace(pace)
    told = {"posts": pace.posts, "seconds": row.send_window_seconds}
    told |= {"posts_before": before.posts, "seconds_before": int(before.window.total_seconds())}
    record("connection.paced", subject=row, actor_id=actor_id, at=at, alone=True, **told)


@dataclass(frozen=True, slots=True)
class Poll:
    """What one page taught us of the connection; ``newest`` is when its latest post was written."""

    cursor: str
    newest: datetime | None
    finished: bool
    cost_units: int = 0


def record_poll(*, connection_id: int, poll: Poll, at: datetime) -> None:
    """Move the cursor, with the posts it covers, and note that the network answered."""
    row = _connection(connection_id)
    row.cursor = poll.cursor
    if poll.finished:
        row.polled_at = at
    if poll.newest is not None and (row.heard_at is None or poll.newest > row.heard_at):
        row.heard_at = poll.newest
        row.lag_seconds = max(0, int((at - poll.newest).total_seconds()))
    waits_to_say = row.not_before is not None and row.not_before > at
    if row.last_error is not None and not waits_to_say:
        row.last_error, row.last_error_at = None, None
        announce(EventType.CHANNEL_BROKEN, subject_id=row.id, at=at)
    if LISTEN_FROM in row.settings:
        row.settings = {name: value for name, value in row.settings.items() if name != LISTEN_FROM}
    raw_pages.end_garbled(row, at=at)
    _charge(row, poll.cost_units, at)


def record_cost(*, connection_id: int, units: int, at: datetime) -> None:
    """Add what a call cost, in tenths of a cent."""
    _charge(_connection(connection_id), units, at)


def record_failure(*, connection_id: int, error: ChannelError, at: datetime, of_listening: bool = False) -> None:
    """Note what went wrong, when to try again, and whether a person must connect the account anew.

    A network limits hearing and saying apart, so that trouble with one does not hold up the other. That a sign-in was
    refused in the place of which another is stored by now says nothing.
    """
    row = _connection(connection_id)
    if isinstance(error, AuthExpired) and error.refused and error.refused != _signed_in_by(connection_id):
        return
    news = row.last_error is None
    row.last_error = f"{error.code}: {error.detail}"
    row.last_error_at = at
    if error.retry_at is not None and of_listening:
        row.settings = row.settings | {LISTEN_FROM: error.retry_at.isoformat()}
    elif error.retry_at is not None:
        row.not_before = min(error.retry_at, at + LONGEST_REST)
    if isinstance(error, AuthExpired) and row.state is ConnectionState.CONNECTED:
        row.state = ConnectionState.NEEDS_LOGIN
        record("connection.sign_in_needed", subject=row, actor_id=None, at=at)
        message = _("@%(handle)s must be connected again: the network no longer takes our sign-in.", handle=row.handle)
        open_task(TaskKind.RECONNECT, subject=row, message=message, at=at)
    if news and not isinstance(error, RateLimited):
        announce(EventType.CHANNEL_BROKEN, subject_id=row.id, at=at)


def report_unreadable(*, connection_id: int, what: str, at: datetime) -> None:
    """Ask a person to look at what could not be read, or could not be fetched at all."""
    row = _connection(connection_id)
    open_task(TaskKind.UNREADABLE_PAGE, subject=row, message=what, at=at)


def borrow_tokens(*, connection_id: int, stale: Tokens, at: datetime) -> Tokens:
    """Return the stored tokens: newer than ``stale``, or ``stale`` itself, and then they are ours to renew for a minute.

    Raises:
        Transient: another process is renewing them.
    """
    row = _locked(connection_id)
    kept = row.read_secrets()
    stored = tokens_in(kept)
    if stored.access_token != stale.access_token:
        return stored
    busy_until = kept.get("renewing_until")
    if busy_until and datetime.fromisoformat(busy_until) > at:
        raise Transient("the tokens are being renewed", retry_at=datetime.fromisoformat(busy_until))
    row.store_secrets(kept | {"renewing_until": (at + RENEWING_LASTS).isoformat()})
    return stale


def store_tokens(*, connection_id: int, renewed: Tokens, instead_of: Tokens) -> Tokens:
    """Keep renewed tokens in the place of those that were borrowed; return those that are stored now.

    Where somebody has disconnected the account meanwhile, connected it anew, or renewed them first, they belong to a sign-in
    that is no more.
    """
    row = _locked(connection_id)
    kept = row.read_secrets()
    stored = tokens_in(kept)
    if not stored.are(instead_of):
        return stored
    row.store_secrets(with_tokens(kept, renewed))
    return renewed


def give_back_tokens(*, connection_id: int, stale: Tokens) -> Tokens:
    """Return the stored tokens; where they are still those that were borrowed, nobody need wait for their renewal any more."""
    row = _locked(connection_id)
    kept = row.read_secrets()
    stored = tokens_in(kept)
    if stored.are(stale):
        row.store_secrets({name: value for name, value in kept.items() if name != "renewing_until"})
    return stored


def _signed_in_by(connection_id: int) -> str:
    """Return the fingerprint of the stored tokens; nobody exchanges them until the unit of work ends."""
    return tokens_in(_locked(connection_id).read_secrets()).fingerprint


_TOKEN_KEYS = {"access_token", "refresh_token", "expires_at", "renewing_until"}


def tokens_in(kept: dict[str, str]) -> Tokens:
    """Read the tokens among a connection's secrets."""
    ends = kept.get("expires_at")
    return Tokens(
        access_token=kept.get("access_token", ""),
        refresh_token=kept.get("refresh_token") or None,
        expires_at=datetime.fromisoformat(ends) if ends else None,
    )


def with_tokens(kept: dict[str, str], tokens: Tokens) -> dict[str, str]:
    """Return a connection's secrets with other tokens among them."""
    known: dict[str, Any] = {
        "access_token": tokens.access_token,
        "refresh_token": tokens.refresh_token,
        "expires_at": tokens.expires_at.isoformat() if tokens.expires_at else None,
    }
    others = {key: value for key, value in kept.items() if key not in _TOKEN_KEYS}
    return others | {key: value for key, value in known.items() if value}


def _charge(row: Connection, units: int, at: datetime) -> None:
    """Add up in the database: whoever listens, sends and looks up reach charges one row at the same time."""
    if not units:
        return
    today = at.astimezone(UTC).date().isoformat()
    spent = case((Connection.cost_on == today, Connection.cost_today), else_=Decimal(0))
    values = {"cost_on": today, "cost_today": spent + units * DOLLARS_PER_UNIT}
    session.execute(update(Connection).where(Connection.id == row.id).values(values))


def _connection(connection_id: int) -> Connection:
    row = session.get(Connection, connection_id)
    if row is None:
        raise NotFound(_("There is no such channel."))
    return row


def _locked(connection_id: int) -> Connection:
    return session.scalars(
        select(Connection)
        .where(Connection.id == connection_id)
        .options(undefer(Connection.secrets))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
