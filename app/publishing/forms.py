"""Forms of the cord, of sends that a person settles, and of replies that are taken back."""

from flask_babel import lazy_gettext as _
from wtforms import HiddenField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import InputRequired, Length

from app.cord.actions import REASON_CHARACTERS
from app.cord.models import HoldScope
from app.foundation.forms import Form
from app.publishing.actions.removing import REASON_CHARACTERS as REMOVAL_CHARACTERS


class PullForm(Form):
    scope = RadioField(
        _("Pause"),
        choices=[
            SelectChoice(HoldScope.EVERYTHING.value, _("Everything")),
            SelectChoice(HoldScope.CROWD.value, _("The crowd only")),
        ],
        default=HoldScope.EVERYTHING.value,
    )
    reason = StringField(
        _("Why? Everyone sees this."),
        validators=[InputRequired(_("Say why. Everyone on the team sees it.")), Length(max=REASON_CHARACTERS)],
    )


class AlarmForm(Form):
    reason = StringField(
        _("What should they look at?"),
        validators=[InputRequired(_("Say what should be looked at.")), Length(max=REASON_CHARACTERS)],
    )


class ReleaseForm(Form):
    hold_id = HiddenField(validators=[InputRequired()])


class LinkForm(Form):
    link = StringField(
        _("Link of our reply on the network"), validators=[InputRequired(_("Paste the link first.")), Length(max=300)]
    )


class RemovalForm(Form):
    reason = TextAreaField(
        _("Why should it go?"),
        validators=[
            InputRequired(_("Say why, in a sentence. It is kept with the reply.")),
            Length(max=REMOVAL_CHARACTERS),
        ],
    )


class PlainForm(Form):
    """A button."""
