"""What the feed says about a post, in the reader's language."""

from functools import lru_cache

from babel import Locale, UnknownLocaleError
from flask_babel import get_locale

from app.feed.items import CardState, FeedItem
from app.feed.ranking import UNDETERMINED, Fit
from app.foundation.words import _
from app.mentions.types import Kind
from app.triage.words import alike_words

Chip = tuple[str, str, str]
"""Words, tone, icon."""


def language_name(code: str) -> str:
    """Return a language's name in the reader's language; the code itself for an unknown one."""
    if code == UNDETERMINED:
        return _("Language unclear")
    return _name_of(code, str(get_locale() or "en"))


@lru_cache(maxsize=512)
def _name_of(code: str, reader: str) -> str:
    try:
        return (Locale.parse(code).get_display_name(Locale.parse(reader)) or code).capitalize()
    except (UnknownLocaleError, ValueError):
        return code


def topic_name(topic: str) -> str:
    """Return a topic as it stands on a chip."""
    return topic.replace("_", " ").replace("-", " ").capitalize()


def reason_of(item: FeedItem) -> str:
    """Return why a post is shown to its reader; "" for no special reason."""
    if item.fit is Fit.TOPIC:
        return _("You answer %(topic)s posts", topic=topic_name(item.topic).lower())
    if item.fit is Fit.HELLO:
        return _("A friendly hello goes a long way")
    if item.fit is Fit.LANGUAGE:
        return _("You write %(language)s", language=language_name(item.language))
    return _("Waiting longest") if item.fit is Fit.WAITING else ""


def chips_of(item: FeedItem) -> list[Chip]:
    """Return the small facts on a card."""
    found: list[Chip] = [(_("By hand"), "info", "user-check")] if item.by_hand else []
    if item.topic:
        found.append((topic_name(item.topic), "", "tag"))
    if item.kind is Kind.PRAISE:
        found.append((_("Praise"), "good", "mood-smile"))
    elif item.kind is Kind.COMPLAINT:
        found.append((_("Complaint"), "warn", "alert-triangle"))
    elif item.kind is Kind.WANTS_TO_BUY:
        found.append((_("Wants to buy"), "good", "tag"))
    elif item.kind is Kind.IDEA:
        found.append((_("Idea"), "info", "sparkles"))
    if item.alike:
        found.append((alike_words(item.alike), "info", "copy"))
    if item.language not in {"en", UNDETERMINED}:
        found.append((language_name(item.language), "info", "language"))
    return found


def state_of(item: FeedItem) -> str:
    """Return who has a post that is not free."""
    if item.state is CardState.TAKEN:
        return _("%(name)s is writing", name=item.holder)
    if item.state is CardState.IN_REVIEW:
        return _("A reply is in review")
    return _("Answered") if item.state is CardState.ANSWERED else _("No longer in the feed")
