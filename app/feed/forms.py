"""What addresses and forms of the feed say."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from flask_babel import lazy_gettext
from wtforms import StringField
from wtforms.validators import AnyOf, Optional

from app.feed.actions import UNKIND
from app.feed.ranking import Filters, Sort, View
from app.foundation.forms import Form
from app.mentions.types import FeedLane

_WORD_AT_MOST = 40
Member = TypeVar("Member", bound=StrEnum)


class PassReason(StrEnum):
    """Why somebody does not want a post."""

    TOPIC = "topic"
    LANGUAGE = "language"
    HARD = "hard"
    UNKIND = UNKIND


PASS_REASONS = (
    (PassReason.TOPIC.value, lazy_gettext("Not my topic")),
    (PassReason.LANGUAGE.value, lazy_gettext("Not my language")),
    (PassReason.HARD.value, lazy_gettext("Too hard for me")),
    (PassReason.UNKIND.value, lazy_gettext("Not kind")),
)

SORT_WORDS = {
    Sort.MATCH.value: lazy_gettext("Best match first"),
    Sort.NEWEST.value: lazy_gettext("Newest first"),
    Sort.WAITING.value: lazy_gettext("Waiting longest first"),
}


class PlainForm(Form):
    """A button: the form token and nothing else."""


class PassForm(Form):
    reason = StringField(validators=[Optional(), AnyOf(list(PassReason))])


def _one_of(kind: type[Member], word: str, usual: Member) -> Member:
    return kind(word) if word in set(kind) else usual


def filters_from(given: Mapping[str, str], *, usual: View) -> Filters:
    """Read the feed's filters from an address; what it does not know is left at its usual."""
    lane = given.get("lane", "")
    return Filters(
        view=_one_of(View, given.get("view", ""), usual),
        sort=_one_of(Sort, given.get("sort", ""), Sort.MATCH),
        topic=given.get("topic", "")[:_WORD_AT_MOST].replace("\0", ""),
        language=given.get("lang", "")[:_WORD_AT_MOST].replace("\0", ""),
        lane=FeedLane(lane) if lane in set(FeedLane) else None,
    )


def query_of(filters: Filters, **changed: str) -> dict[str, str]:
    """Return an address's part for ``filters`` with some changed; what is at its usual is left out."""
    words = {
        "view": filters.view.value,
        "topic": filters.topic,
        "lang": filters.language,
        "lane": filters.lane.value if filters.lane else "",
        "sort": "" if filters.sort is Sort.MATCH else filters.sort.value,
    }
    return {name: value for name, value in (words | changed).items() if value}
