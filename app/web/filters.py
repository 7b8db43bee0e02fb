"""What templates may do with a value: times in words, names as initials, numbers, links in foreign text."""

import re
import unicodedata
import zlib
from datetime import datetime, timedelta

from babel import Locale, UnknownLocaleError
from flask import Flask
from markupsafe import Markup, escape

from app.foundation import clock
from app.foundation.words import _
from app.web import reading
from app.web.reading import dated, number

MINUTE = 60
HOUR = 3600
HUES = 36
SOON = 0.25

#: Where a link may lead: http and https only, up to white space or a bracket; what ends a sentence is not part of it.
_LINK = re.compile(r"https?://[^\s<>\"'`{}|\\^]+", re.IGNORECASE)
_SENTENCE_ENDS = ".,;:!?)]…»”\N{RIGHT SINGLE QUOTATION MARK}"
_MINUS = "\N{MINUS SIGN}"
_HOURS_UP_TO = 48


def ago(at: datetime, now: datetime | None = None) -> str:
    """Return how long ago ``at`` was: "now", "14 min", "3 h", then "Yesterday", "Tue 10 Nov"."""
    now = now or clock.now()
    seconds = (now - at).total_seconds()
    if seconds < MINUTE:
        return _("now")
    if seconds < HOUR:
        return _("%(count)s min", count=int(seconds // MINUTE))
    here, there = _day(now), _day(at)
    if here == there:
        return _("%(count)s h", count=int(seconds // HOUR))
    if (here - there).days == 1:
        return _("Yesterday")
    return dated(at, "EEE d MMM" if here.year == there.year else "d MMM y")


def _day(at: datetime) -> datetime:
    return at.astimezone(reading.zone()).replace(hour=0, minute=0, second=0, microsecond=0)


def moment(at: datetime) -> str:
    """Return the exact time with its zone, as it stands in a tooltip: "Thu 12 Nov 2026, 13:48 UTC"."""
    return dated(at, "EEE d MMM y, HH:mm z")


def month(at: datetime) -> str:
    """Return the month alone: "November 2026"."""
    return dated(at, "LLLL y")


def time_of_day(at: datetime) -> str:
    """Return hours and minutes in the reader's zone."""
    return dated(at, "HH:mm")


def iso(at: datetime) -> str:
    """Return the moment as scripts read it."""
    return at.isoformat()


def moment_of(text: str | datetime | None) -> datetime | None:
    """Return the moment a flashed message carried as text; None for none."""
    return datetime.fromisoformat(text) if isinstance(text, str) and text else text or None


def minutes_left(until: datetime, now: datetime | None = None) -> str:
    """Return the time until ``until`` as minutes and seconds, "8:41"; never below "0:00"."""
    seconds = max(0, int((until - (now or clock.now())).total_seconds()))
    return f"{seconds // MINUTE}:{seconds % MINUTE:02}"


def share_left(until: datetime, total_seconds: float, now: datetime | None = None) -> int:
    """Return the part of ``total_seconds`` that is left until ``until``, 0 to 100."""
    return share_of((until - (now or clock.now())).total_seconds(), total_seconds)


def share_of(part: float, whole: float) -> int:
    """Return ``part`` of ``whole`` in whole percents, kept within 0 to 100."""
    return round(max(0.0, min(100.0, 100 * part / whole))) if whole else 0


def share_due(due_at: datetime, since: datetime, now: datetime | None = None) -> int:
    """Return how much of the time from ``since`` to ``due_at`` is left, 0 to 100."""
    return share_left(due_at, (due_at - since).total_seconds(), now)


def due_state(due_at: datetime, since: datetime, now: datetime | None = None) -> str:
    """Return "late", "soon" (the last quarter) or "calm"."""
    left = (due_at - (now or clock.now())).total_seconds()
    if left < 0:
        return "late"
    return "soon" if left < SOON * (due_at - since).total_seconds() else "calm"


def due_words(due_at: datetime, now: datetime | None = None) -> str:
    """Return the time left, or the time it is over: "12 min", "1 h 20", "4 min over"."""
    left = due_at - (now or clock.now())
    span = span_words(abs(left))
    return span if left >= timedelta(0) else _("%(time)s over", time=span)


def span_words(span: timedelta) -> str:
    """Return a stretch of time: "4 min", "1 h 20", "3 days"."""
    minutes = int(span.total_seconds() // MINUTE)
    hours, rest = divmod(minutes, 60)
    if hours >= _HOURS_UP_TO:
        return _("%(count)s days", count=hours // 24)
    if hours:
        return _("%(hours)s h %(minutes)02d", hours=hours, minutes=rest) if rest else _("%(count)s h", count=hours)
    return _("%(count)s min", count=minutes)


def initials(name: str) -> str:
    """Return up to two letters that stand for a name; a full stop where it has none."""
    words = [word for word in re.split(r"[\s_.\-]+", unicodedata.normalize("NFC", name)) if any(map(str.isalnum, word))]
    letters = [next(letter for letter in word if letter.isalnum()) for word in words]
    if len(letters) == 1:
        letters = [letter for letter in words[0] if letter.isalnum()][:2]
    return "".join([*letters[:1], *letters[1:][-1:]]).upper() or "·"


def hue_of(name: str) -> int:
    """Return the hue, 0 to 350 in steps of ten, that always goes with ``name``."""
    return zlib.crc32(name.encode("utf-8", "surrogatepass")) % HUES * 10


def signed(value: int) -> str:
    """Return a number with its sign, the minus a real one: "+18"."""
    return (_MINUS if value < 0 else "+") + number(abs(value))


def key_label(key: str) -> str:
    """Return what stands on the hint of a key."""
    return key.replace("Ctrl+Enter", "Ctrl ↵").upper() if len(key) == 1 else key.replace("Ctrl+Enter", "Ctrl ↵")


def language_name(code: str) -> str:
    """Return a language in the reader's words; the code itself where nobody knows it."""
    try:
        return Locale.parse(code).get_display_name(reading.language()) or code
    except (UnknownLocaleError, ValueError):
        return code


def linkify(text: str) -> Markup:
    """Escape foreign text and make its http and https addresses links; nothing else of it becomes markup."""
    parts: list[Markup] = []
    end = 0
    for found in _LINK.finditer(text):
        address = _trimmed(found.group())
        parts.append(escape(text[end : found.start()]))
        parts.append(Markup('<a href="{0}" rel="nofollow ugc noopener" target="_blank">{0}</a>').format(address))
        end = found.start() + len(address)
    parts.append(escape(text[end:]))
    return Markup("").join(parts)


def _trimmed(address: str) -> str:
    """Leave what ends a sentence outside, and a closing bracket only where it was opened inside."""
    while address and address[-1] in _SENTENCE_ENDS:
        if address[-1] == ")" and address.count("(") >= address.count(")"):
            break
        address = address[:-1]
    return address


FILTERS = (
    ago, moment, month, time_of_day, iso, moment_of, minutes_left, share_left, share_of, share_due, due_state, due_words,
    span_words, initials, hue_of, number, signed, key_label, language_name, linkify,
)  # fmt: skip


def join(app: Flask) -> None:
    """Put the filters into the app's templates, by their own names."""
    for each in FILTERS:
        app.jinja_env.filters[each.__name__] = each
