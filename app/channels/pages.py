"""A connection as a page tells it: its condition in words, what its network permits, what it cost."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from app.channels.errors import (
    AuthExpired,
    BudgetSpent,
    ChannelError,
    Duplicate,
    Forbidden,
    Gone,
    Invalid,
    RateLimited,
    TooLong,
    Transient,
)
from app.channels.models import Connection, ConnectionState, Destination, ListeningGap, SavedSearch
from app.channels.registry import CHANNELS
from app.channels.types import Capability
from app.foundation.words import _

#: Unheard for this many polls, and at least this long, a connection is said to be late.
LATE_POLLS = 5
LATE = timedelta(minutes=1)

ERROR_WORDS: dict[str, LazyString] = {
    RateLimited.code: _l("The network asks us to wait."),
    AuthExpired.code: _l("The network no longer takes our sign-in. Connect the account again."),
    Forbidden.code: _l("The network does not allow this account to read what is said to it."),
    Transient.code: _l("The network could not be reached, or did not answer as it should. We keep trying."),
    BudgetSpent.code: _l("Today's budget is spent. Listening goes on after midnight UTC."),
    Invalid.code: _l("The network did not understand us."),
    Gone.code: _l("The account is not there any more."),
    Duplicate.code: _l("The network says we said this before."),
    TooLong.code: _l("A text did not fit."),
    ChannelError.code: _l("Something went wrong."),
}
KIND_WORDS: dict[str, str] = {"x": "X"}
CAPABILITY_WORDS: tuple[tuple[Capability, LazyString, LazyString], ...] = (
    (Capability.POLL, _l("Hear mentions"), _l("by asking at intervals")),
    (Capability.REPLY_IF_SUMMONED, _l("Reply to who calls us"), _l("by name, by answering us, or by quoting us")),
    (Capability.REPLY_TO_ANY, _l("Reply to anybody"), _l("also where nobody called us")),
    (Capability.READ_BACK, _l("Read our own posts back"), _l("to make sure that a reply is there")),
    (Capability.SEARCH, _l("Search for words"), _l("which need not name us")),
    (Capability.METRICS, _l("Count likes, reposts and views"), _l("of our own replies")),
    (Capability.DELETE, _l("Take a reply back"), _l("by deleting it")),
    (Capability.STREAM, _l("Hear mentions at once"), _l("by a stream")),
    (Capability.DELETE_NOTICE, _l("Be told of deletions"), _l("otherwise posts are looked up again")),
    (Capability.MEDIA, _l("Pictures in replies"), _l("with a description")),
    (Capability.PRIVATE, _l("Private messages"), _l("to one customer")),
)

DESTINATION_WORDS: dict[Destination, LazyString] = {
    Destination.CROWD: _l("The questions of the crew"),
    Destination.HELLO: _l("The crew, to say hello"),
    Destination.STAFF: _l("Staff"),
    Destination.OBSERVE: _l("Nobody: observe only"),
}


@dataclass(frozen=True, slots=True)
class Condition:
    """How a connection fares: a colour, an icon, one or two words, and a sentence. ``detail`` is what the network said."""

    tone: str
    icon: str
    short: str
    sentence: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Ability:
    """One thing a network permits, or does not."""

    title: LazyString
    note: LazyString
    there: bool


def condition_of(row: Connection, *, at: datetime) -> Condition:
    """Say how a connection fares."""
    if row.state is ConnectionState.DISCONNECTED:
        return Condition("", "plug", _("Disconnected"), _("Nothing is heard and nothing is sent here."))
    code, _colon, detail = (row.last_error or "").partition(": ")
    if row.state is ConnectionState.NEEDS_LOGIN:
        return Condition("danger", "plug", _("Needs sign-in"), str(ERROR_WORDS[AuthExpired.code]), detail)
    if row.last_error:
        waits = code in (RateLimited.code, BudgetSpent.code)
        sentence = str(ERROR_WORDS.get(code, ERROR_WORDS[ChannelError.code]))
        return Condition("warn", "clock" if waits else "alert-triangle", _word(code), sentence, detail)
    if row.polled_at is None:
        return Condition("info", "clock", _("Starting"), _("It has not been listened to yet."))
    if at - row.polled_at > max(LATE, timedelta(seconds=row.poll_seconds * LATE_POLLS)):
        return Condition("warn", "clock", _("Late"), _("It was not listened to for a while. Is the listener running?"))
    return Condition("good", "circle-check", _("Listening"), _("Everything works."))


def _word(code: str) -> str:
    return _("Waiting") if code in (RateLimited.code, BudgetSpent.code) else _("In trouble")


def abilities_of(row: Connection) -> list[Ability]:
    """Return what this connection's network permits, and what it does not."""
    has = CHANNELS[row.kind].capabilities
    if row.reply_to_any:
        has |= Capability.REPLY_TO_ANY
    return [Ability(title, note, capability in has) for capability, title, note in CAPABILITY_WORDS]


def cost_of(row: Connection, *, at: datetime) -> Decimal:
    """Return what today's calls cost so far, in US dollars."""
    return row.cost_today if row.cost_on == at.date().isoformat() else Decimal(0)


def search_condition(row: SavedSearch) -> Condition:
    """Say how a saved search fares."""
    if not row.is_on:
        return Condition("", "clock-pause", _("Off"), _("It rests."))
    code, _colon, detail = (row.last_error or "").partition(": ")
    if row.last_error:
        sentence = str(ERROR_WORDS.get(code, ERROR_WORDS[ChannelError.code]))
        return Condition("warn", "alert-triangle", _word(code), sentence, detail)
    if row.searched_at is None:
        return Condition("info", "clock", _("Starting"), _("It has not been made yet."))
    return Condition("good", "circle-check", _("Listening"), _("Everything works."))


def fate_of(gap: ListeningGap, row: Connection, *, at: datetime) -> str:
    """Say in one word what became of a stretch of time that was not listened to: healed, partly, lost or asked."""
    if gap.is_healed:
        return "healed"
    if gap.healed_from is not None and gap.began_at < gap.healed_from < gap.ended_at:
        return "partly"
    reach = CHANNELS[row.kind].looks_back
    is_lost = gap.healed_at is not None or reach is None or gap.ended_at < at - reach
    return "lost" if is_lost else "asked"
