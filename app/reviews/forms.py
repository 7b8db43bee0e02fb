"""The moderators' forms; each decision carries the version its maker saw."""

from flask_babel import lazy_gettext as _
from wtforms import HiddenField, IntegerField, SelectMultipleField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import InputRequired, Length, ValidationError
from wtforms.widgets import HiddenInput

from app.foundation.forms import Form
from app.reviews.actions import NOTE_CHARACTERS

REASON_WORDS = [
    ("accuracy", _("Not accurate")),
    ("tone", _("Tone")),
    ("long", _("Too long")),
    ("source", _("Needs a source")),
    ("promise", _("Makes a promise")),
    ("topic", _("Off topic")),
]
_DIGITS = 18


class DecisionForm(Form):
    """A decision on the version named in it."""

    version_id = HiddenField(validators=[InputRequired()])
    #: Of the post as the page showed it; one that names none showed the first.
    edition = IntegerField(widget=HiddenInput(), default=1)

    def validate_version_id(self, field: HiddenField) -> None:
        words = field.data or ""
        if not (words.isascii() and words.isdecimal() and len(words) <= _DIGITS):
            raise ValidationError(_("This form names no version. Load the page again."))

    @property
    def seen(self) -> int:
        """The version that was seen; only after validation."""
        return int(self.version_id.data or "")


class EditForm(DecisionForm):
    text = TextAreaField(
        _("The reply in your words"), validators=[InputRequired(_("There is nothing to send yet.")), Length(max=4000)]
    )


class ReturnForm(DecisionForm):
    reasons = SelectMultipleField(
        _("What needs to change?"), choices=[SelectChoice(value, label) for value, label in REASON_WORDS]
    )
    note = TextAreaField(
        _("Note to the writer"),
        validators=[
            InputRequired(_("Say what should change, so that the writer can act on it.")),
            Length(max=NOTE_CHARACTERS),
        ],
    )


class RejectForm(DecisionForm):
    note = TextAreaField(
        _("Note to the writer"),
        validators=[InputRequired(_("Tell the writer why, in a sentence.")), Length(max=NOTE_CHARACTERS)],
    )


class EscalateForm(DecisionForm):
    note = TextAreaField(
        _("Why is this for staff?"),
        validators=[InputRequired(_("Tell staff why this is for them.")), Length(max=NOTE_CHARACTERS)],
    )


class NoteForm(Form):
    text = TextAreaField(
        _("Note for other moderators"),
        validators=[InputRequired(_("There is nothing in this note yet.")), Length(max=NOTE_CHARACTERS)],
    )


class PlainForm(Form):
    """A button."""
