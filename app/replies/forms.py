"""The composer's form, and the one that gives a post to staff."""

from datetime import UTC, datetime

from flask_babel import lazy_gettext
from wtforms import BooleanField, HiddenField, StringField, TextAreaField
from wtforms.validators import AnyOf, Length, Optional

from app.foundation.forms import Form, whole_number
from app.replies.actions import HandOverReason
from app.replies.drafts import Typed

TEXT_AT_MOST = 4000
NOTE_AT_MOST = 1000


class PlainForm(Form):
    """A button: the form token and nothing else."""


class WriteForm(Form):
    text = TextAreaField(validators=[Length(max=TEXT_AT_MOST)])
    page = HiddenField(validators=[Length(max=32)])
    seen = HiddenField(validators=[Length(max=40)])
    sure = BooleanField()
    mention_id = HiddenField()
    edition = HiddenField()

    def typed(self) -> Typed:
        """Return what the page sends."""
        return Typed(
            text=self.text.data or "",
            page=(self.page.data or "")[:32],
            seen_at=_moment(self.seen.data or ""),
            sure=bool(self.sure.data),
            edition=whole_number(self.edition.data or ""),
        )


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


HAND_OVER_REASONS = (
    (HandOverReason.UNHAPPY.value, lazy_gettext("They are unhappy with us")),
    (HandOverReason.ORDER.value, lazy_gettext("Order, payment, account")),
    (HandOverReason.SAFETY.value, lazy_gettext("Somebody may come to harm")),
    (HandOverReason.LEGAL.value, lazy_gettext("Law or press")),
    (HandOverReason.TECHNICAL.value, lazy_gettext("Too technical")),
    (HandOverReason.OTHER.value, lazy_gettext("Something else")),
)


class HandOverForm(Form):
    reason = StringField(validators=[Optional(), AnyOf(list(HandOverReason))])
    note = StringField(
        lazy_gettext("A word for staff"),
        validators=[Length(max=NOTE_AT_MOST, message=lazy_gettext("Keep it below 1,000 characters."))],
    )
