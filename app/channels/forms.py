"""Forms of channels: connecting an account, and its switches."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, PasswordField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from app.foundation.forms import Form

SECRET_LONGEST = 4000
_FITS = Length(max=SECRET_LONGEST, message=_l("This is too long to be a token."))


class ConnectForm(Form):
    """Tokens of one account; they are never shown again. ``place`` picks one of the addresses we may call."""

    place = SelectField(_l("Network"))
    access_token = PasswordField(_l("Access token"), [InputRequired(_l("Paste the access token.")), _FITS])
    refresh_token = PasswordField(_l("Refresh token"), [Optional(), _FITS])
    client_id = StringField(_l("Client ID"), [Optional(), Length(max=200)])
    client_secret = PasswordField(_l("Client secret"), [Optional(), _FITS])

    @property
    def secrets(self) -> dict[str, str]:
        """Return what was pasted, without what was left empty."""
        names = ("access_token", "refresh_token", "client_id", "client_secret")
        pasted = {name: (self[name].data or "").strip() for name in names}
        return {name: value for name, value in pasted.items() if value}


class SwitchesForm(Form):
    reply_to_any = BooleanField(_l("We may answer posts that did not call us"))
    answer_by_hand = BooleanField(_l("Staff post by hand what we may not answer from here"))
    impact_counts = BooleanField(_l("Likes, reposts and views of our replies earn points"))

    @property
    def switches(self) -> dict[str, bool]:
        fields = (self.reply_to_any, self.answer_by_hand, self.impact_counts)
        return {field.name: bool(field.data) for field in fields}
