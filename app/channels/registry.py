"""Which adapter speaks which network, and how one is opened for a connection."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC
from decimal import Decimal

from sqlalchemy.orm import undefer

from app.channels import actions
from app.channels.adapters.x import XChannel
from app.channels.models import Connection
from app.channels.types import Access, AuthExpired, Channel, Now, PostAuthor, TextCheck, Tokens
from app.foundation import clock
from app.foundation.db import session, unit_of_work
from app.foundation.lanes import crash_point
from app.foundation.secrets import Unreadable

CHANNELS: Mapping[str, type[Channel]] = {XChannel.kind: XChannel}
#: A cost unit is a tenth of a cent.
UNITS_PER_DOLLAR = Decimal(1000)


class _Keeper:
    """Keeps a connection's tokens in its row, each step in a short transaction of its own."""

    def __init__(self, connection_id: int, now: Now) -> None:
        self._connection_id = connection_id
        self._now = now

    def borrow(self, stale: Tokens) -> Tokens:
        with unit_of_work():
            lent = actions.borrow_tokens(connection_id=self._connection_id, stale=stale, at=self._now())
        crash_point("channels.tokens_lent")
        return lent

    def store(self, renewed: Tokens, *, instead_of: Tokens) -> Tokens:
        with unit_of_work():
            stored = actions.store_tokens(connection_id=self._connection_id, renewed=renewed, instead_of=instead_of)
        crash_point("channels.tokens_stored")
        return stored

    def give_back(self, stale: Tokens) -> Tokens:
        with unit_of_work():
            stored = actions.give_back_tokens(connection_id=self._connection_id, stale=stale)
        crash_point("channels.tokens_given_back")
        return stored


class _Pocket:
    """Holds the tokens of an account that has no row yet."""

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens

    def borrow(self, stale: Tokens) -> Tokens:
        return stale

    def store(self, renewed: Tokens, *, instead_of: Tokens) -> Tokens:
        self.tokens = renewed
        return renewed

    def give_back(self, stale: Tokens) -> Tokens:
        return stale


def open_channel(connection_id: int, now: Now = clock.now, *, ends_at: float | None = None) -> Channel:
    """Open the channel of a connection. No unit of work may be open, here or while the channel is used.

    All that is asked through it is over at ``ends_at``, in the seconds of ``monotonic``; None: each question has its own time.

    Raises:
        AuthExpired: the sign-in that is stored cannot be read: it is another account's, or our keys are others.
    """
    if session().info.get("working"):
        raise RuntimeError("a network must not be spoken to inside a unit of work")
    row = session.get_one(Connection, connection_id, options=[undefer(Connection.secrets)], populate_existing=True)
    try:
        access = replace(_access(row, now), ends_at=ends_at)
    except Unreadable as error:
        raise AuthExpired("the sign-in that is stored here is not this account's") from error
    finally:
        session.commit()  # nothing was written: it only ends the transaction that reading began
    return CHANNELS[row.kind](access, now=now)


def introduce(
    kind: str, base_url: str, secrets: dict[str, str], now: Now = clock.now
) -> tuple[PostAuthor, dict[str, str]]:
    """Ask a network whom these secrets speak for; return the account, and the secrets as they are afterwards.

    Raises:
        ChannelError: it does not take them, or cannot be reached.
    """
    tokens = actions.tokens_in(secrets)
    pocket = _Pocket(tokens)
    access = Access(
        base_url=base_url,
        account_id="0",
        handle="",
        tokens=tokens,
        keeper=pocket,
        client_id=secrets.get("client_id", ""),
        client_secret=secrets.get("client_secret", ""),
    )
    account = CHANNELS[kind](access, now=now).whoami()
    return account, actions.with_tokens(secrets, pocket.tokens)


def check_text(kind: str, text: str) -> TextCheck:
    """Count a text as the network of this kind does."""
    return CHANNELS[kind].check(text)


def _access(row: Connection, now: Now) -> Access:
    kept = row.read_secrets()
    budget = row.settings.get("daily_budget_units")
    spent = row.cost_today if row.cost_on == now().astimezone(UTC).date().isoformat() else Decimal(0)
    return Access(
        base_url=row.base_url,
        account_id=row.external_id,
        handle=row.handle,
        tokens=actions.tokens_in(kept),
        keeper=_Keeper(row.id, now),
        client_id=kept.get("client_id", ""),
        client_secret=kept.get("client_secret", ""),
        web_url=row.page_url,
        reply_to_any=row.reply_to_any,
        daily_budget=int(budget) if budget is not None else None,
        spent_today=int(spent * UNITS_PER_DOLLAR),
        connected_at=row.connected_at,
    )
