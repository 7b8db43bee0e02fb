"""Forms of the brand's rules: one rule, and one act on the list."""

from collections.abc import Mapping, Sequence
from datetime import time
from typing import Any, Self

from flask_babel import lazy_gettext as _l
from wtforms import (
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
    ValidationError,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import HiddenInput

from app.foundation.forms import Form, WholeNumberField, options, whole_number
from app.foundation.words import _
from app.triage.rules.book import Act, Change
from app.triage.rules.matching import is_phrase
from app.triage.rules.types import KEPT_TAGS, LONGEST_TAG, MOST_POINTS, Rule, Then, Way, When, Wording
from app.triage.rules.words import KIND_WORDS, WAY_WORDS, Choices

MOST_WORDS, LONGEST_WORDS = 50, 80
MOST_TAGS = 5
MOST_FOLLOWERS = 999_999_999
_TENTHS = {f"{tenths / 10:.1f}": f"{tenths / 10:.1f}".replace("-", "\u2212") for tenths in range(-10, 11)}
_MOODS = {"": _l("any"), **_TENTHS}
_FOLLOWERS = NumberRange(0, MOST_FOLLOWERS, _l("A whole number, please."))


class RuleForm(Form):
    """One rule: its name, which posts it is about, and what happens to them."""

    #: The version that was changed; nothing for a new rule.
    seen = HiddenField()
    name = StringField(
        _l("Name"), [InputRequired(_l("Give it a name.")), Length(max=60, message=_l("This is too long."))]
    )
    words = TextAreaField(_l("The text says one of"))
    authors = StringField(_l("Written by one of"), [Length(max=1000, message=_l("This is too long."))])
    places = SelectMultipleField(_l("Heard on"))
    languages = SelectMultipleField(_l("Language"))
    topics = SelectMultipleField(_l("Topic"))
    kinds = SelectMultipleField(_l("Kind"), choices=options(KIND_WORDS))
    followers_from = WholeNumberField(_l("Followers at least"), [Optional(), _FOLLOWERS])
    followers_to = WholeNumberField(_l("Followers at most"), [Optional(), _FOLLOWERS])
    mood_from = SelectField(_l("Mood at least"), choices=options(_MOODS))
    mood_to = SelectField(_l("Mood at most"), choices=options(_MOODS))
    weekdays = SelectMultipleField(_l("Posted on"))
    time_from = TimeField(_l("Posted from"), [Optional()])
    time_to = TimeField(_l("Posted before"), [Optional()])
    way = SelectField(_l("Goes to"), choices=options({"": _l("Where triage sends it"), **WAY_WORDS}))
    points = IntegerField(
        _l("Priority, more or less"),
        [Optional(), NumberRange(-MOST_POINTS, MOST_POINTS, _l("A whole number from \u221220 to 20."))],
    )
    tags = StringField(_l("Tags"))
    assign_to = SelectField(_l("Its case is given to"))

    def offer(self, choices: Choices, named: When | None = None) -> Self:
        """Let what there is be chosen, and what the rule named before, which may be gone."""
        named = named or When()
        self.places.choices = _with(choices.names.places, named.places)
        self.languages.choices = _with(choices.names.languages, named.languages)
        self.topics.choices = _with({topic: topic for topic in choices.topics}, named.topics)
        self.weekdays.choices = options(dict(enumerate(choices.days)))
        self.assign_to.choices = options({"": _l("nobody"), **choices.names.people})
        return self

    @classmethod
    def showing(cls, rule: Rule) -> Self:
        """Return the form with the newest wording of a rule."""
        when, then = rule.wording.when, rule.wording.then
        values: dict[str, Any] = {
            "seen": str(rule.version),
            "name": rule.wording.name,
            "words": "\n".join(when.words),
            "authors": ", ".join(when.authors),
            "weekdays": [str(day) for day in when.weekdays],
            "mood_from": _tenth(when.mood_from),
            "mood_to": _tenth(when.mood_to),
            "time_from": time.fromisoformat(when.time_from) if when.time_from else None,
            "time_to": time.fromisoformat(when.time_to) if when.time_to else None,
            "way": then.way or "",
            "points": then.points or None,
            "tags": ", ".join(then.tags),
            "assign_to": str(then.assign_to or ""),
        }
        same = ("places", "languages", "topics", "kinds", "followers_from", "followers_to")
        return cls(formdata=None, data=values | {name: getattr(when, name) for name in same})

    def validate_words(self, field: TextAreaField) -> None:
        phrases = _lines(field.data)
        if len(phrases) > MOST_WORDS:
            raise ValidationError(_("At most %(most)s words or phrases.", most=MOST_WORDS))
        for phrase in phrases:
            if len(phrase) > LONGEST_WORDS or not is_phrase(phrase):
                raise ValidationError(_("Nothing can be looked for by \u201c%(phrase)s\u201d.", phrase=phrase[:40]))

    def validate_tags(self, field: StringField) -> None:
        tags = _listed(field.data)
        if len(tags) > MOST_TAGS or any(len(tag) > LONGEST_TAG for tag in tags):
            raise ValidationError(
                _("At most %(most)s tags of %(longest)s letters.", most=MOST_TAGS, longest=LONGEST_TAG)
            )
        for tag in tags:
            if tag in KEPT_TAGS:
                raise ValidationError(_("Triage alone gives the tag \u201c%(tag)s\u201d.", tag=tag))

    def validate_followers_to(self, field: WholeNumberField) -> None:
        if field.data is not None and self.followers_from.data is not None and field.data < self.followers_from.data:
            raise ValidationError(_("This is less than the least."))

    def validate_mood_to(self, field: SelectField) -> None:
        if field.data and self.mood_from.data and float(field.data) < float(self.mood_from.data):
            raise ValidationError(_("This is less than the least."))

    def validate_time_from(self, field: TimeField) -> None:
        if (field.data is None) is not (self.time_to.data is None):
            raise ValidationError(_("Give both times."))
        if field.data is not None and field.data == self.time_to.data:
            raise ValidationError(_("These are the same."))

    @property
    def version(self) -> int:
        """The version that was changed; 0 for a new rule."""
        return whole_number(self.seen.data or "") or 0

    @property
    def wording(self) -> Wording:
        """Return what is wanted, once it is found valid."""
        when = When(
            words=_lines(self.words.data),
            authors=tuple(handle.lstrip("@").lower() for handle in _listed(self.authors.data)),
            places=tuple(self.places.data or ()),
            languages=tuple(self.languages.data or ()),
            followers_from=self.followers_from.data,
            followers_to=self.followers_to.data,
            mood_from=float(self.mood_from.data) if self.mood_from.data else None,
            mood_to=float(self.mood_to.data) if self.mood_to.data else None,
            topics=tuple(self.topics.data or ()),
            kinds=tuple(self.kinds.data or ()),
            weekdays=tuple(int(day) for day in self.weekdays.data or ()),
            time_from=self.time_from.data.strftime("%H:%M") if self.time_from.data else "",
            time_to=self.time_to.data.strftime("%H:%M") if self.time_to.data else "",
        )
        then = Then(
            way=Way(self.way.data) if self.way.data else None,
            points=self.points.data or 0,
            tags=_listed(self.tags.data),
            assign_to=whole_number(self.assign_to.data or ""),
        )
        return Wording(" ".join((self.name.data or "").split()), when, then)


class ChangeForm(Form):
    """One act on the list; the page's buttons fill it in."""

    act = SelectField(choices=options({act: act for act in Act if act not in (Act.ADDED, Act.CHANGED)}))
    key = IntegerField(widget=HiddenInput(), validators=[InputRequired(), NumberRange(min=1)])

    @property
    def change(self) -> Change:
        """Return what is wanted, once it is found valid."""
        return Change(Act(self.act.data), self.key.data or 0)


def _with(words: Mapping[str, str], named: Sequence[str]) -> Any:
    return options({each: each for each in named} | dict(words))


def _tenth(mood: float | None) -> str:
    return "" if mood is None else f"{mood:.1f}"


def _lines(text: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, (" ".join(line.split()) for line in (text or "").splitlines()))))


def _listed(text: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, ((piece.strip().lower()) for piece in (text or "").split(",")))))
