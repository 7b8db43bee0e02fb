"""Forms of the cord, of sends that a person settles, and of replies that are taken back."""

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, HiddenField, RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, ValidationError

from app.cord.actions import LINE_CHARACTERS, REASON_CHARACTERS
from app.cord.models import HoldScope, ResumeOffer
from app.foundation.addresses import row_number
from app.foundation.forms import Form
from app.publishing.actions.by_hand import REASON_CHARACTERS as HAND_BACK_CHARACTERS
from app.publishing.actions.removing import REASON_CHARACTERS as REMOVAL_CHARACTERS
from app.triage.queries import topic_words


def topics_to_pause() -> list[str]:
    """Return the brand's topics, by name."""
    return sorted(topic_words())


class PullForm(Form):
    """Its labels, with how many replies each scope would hold, come from the page that shows it."""

    scope = RadioField(_("Pause"), choices=list(HoldScope), default=HoldScope.EVERYTHING.value)
    connection_id = StringField(_("Account"))
    topic = StringField(_("Topic"))
    reason = StringField(
        _("Why? Everyone sees this."),
        validators=[InputRequired(_("Say why. Everyone on the team sees it.")), Length(max=REASON_CHARACTERS)],
    )

    is_incident = BooleanField(_("This is an incident"))
    line = StringField(_("What writers may say about it"), validators=[Length(max=LINE_CHARACTERS)])

    def validate_connection_id(self, field: StringField) -> None:
        if self.scope.data == HoldScope.CONNECTION and self.connection is None:
            raise ValidationError(_("Choose which account to pause."))

    def validate_topic(self, field: StringField) -> None:
        if self.scope.data == HoldScope.TOPIC and field.data not in topics_to_pause():
            raise ValidationError(_("Choose which topic to pause."))

    @property
    def connection(self) -> int | None:
        """The account's number; None where there is none."""
        try:
            return row_number(self.connection_id.data or "")
        except ValueError:
            return None


class AlarmForm(Form):
    reason = StringField(
        _("What should they look at?"),
        validators=[InputRequired(_("Say what should be looked at.")), Length(max=REASON_CHARACTERS)],
    )


class HoldForm(Form):
    """Names a hold."""

    hold_id = HiddenField(validators=[InputRequired()])


class LineForm(HoldForm):
    line = StringField(validators=[Length(max=LINE_CHARACTERS)])


class ReleaseForm(HoldForm):
    offer = RadioField(choices=list(ResumeOffer), default=ResumeOffer.SEND_FRESH.value)


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


class HandBackForm(Form):
    reason = StringField(
        _("Why is it not posted?"),
        validators=[InputRequired(_("Say in a sentence why it is not posted.")), Length(max=HAND_BACK_CHARACTERS)],
    )


class PlainForm(Form):
    """A button."""
