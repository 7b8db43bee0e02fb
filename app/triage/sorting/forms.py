"""Forms of sorting: how far it leans, and whether corrections count."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, IntegerField, RadioField
from wtforms.validators import InputRequired, NumberRange
from wtforms.widgets import HiddenInput

from app.foundation.forms import Form, WholeNumberField, options, whole_number
from app.triage.judge import MOST_INFLUENCE
from app.triage.sorting.ladder import Step
from app.triage.sorting.words import STEP_WORDS


class SeenForm(Form):
    """What names the version of the setting that was on the page."""

    seen = HiddenField()

    @property
    def version(self) -> int:
        """Return it; a number that never was where the page did not say."""
        number = whole_number(self.seen.data or "")
        return -1 if number is None else number


class LeanForm(SeenForm):
    """How far sorting leans."""

    step = RadioField(
        _l("Sorting leans"),
        choices=options({step.value: words for step, words in STEP_WORDS.items()}),
        validators=[InputRequired(_l("Choose one of these."))],
    )

    @property
    def said(self) -> Step:
        """Return the step, once it is found valid."""
        return Step(int(self.step.data))


class InfluenceForm(SeenForm):
    """For how many points of a priority influence counts at most."""

    points = WholeNumberField(
        _l("Points at most"),
        [InputRequired(_l("A whole number, please.")), NumberRange(0, MOST_INFLUENCE, _l("From 0 to 10, please."))],
    )


class FollowForm(SeenForm):
    """Taking over what an outlook proposes."""

    outlook = IntegerField(widget=HiddenInput(), validators=[InputRequired(), NumberRange(min=1)])
