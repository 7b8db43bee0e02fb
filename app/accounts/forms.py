"""Forms of people: signing in, joining, passwords, what one is called."""

from unicodedata import category

from flask_babel import lazy_gettext as _l
from wtforms import EmailField, HiddenField, PasswordField, SelectField, SelectMultipleField, StringField
from wtforms.validators import AnyOf, InputRequired, Length, Regexp, ValidationError

from app.accounts import passwords
from app.accounts.models import Role
from app.foundation.forms import Form, options

ADDRESS_LONGEST = 254
NAME_LONGEST = 80
#: Whether an address exists only a letter to it shows.
ADDRESS = r"^[^@\s,;:<>()\"\\]+@[^@\s,;:<>()\"\\]+\.[^@\s.,;:<>()\"\\]+$"
HANDLE = r"^[A-Za-z0-9][A-Za-z0-9_]{1,29}$"
_HIDDEN = frozenset({"Cf", "Cc", "Co", "Cs"})
_JOINERS = frozenset("\u200c\u200d")
_FILLERS = frozenset("\u3164\u115f\u1160\uffa0\u2800\u034f")
#: What a role is called, in the order of the permission table.
ROLE_WORDS = {
    Role.ADVOCATE: _l("Advocate"),
    Role.MODERATOR: _l("Moderator"),
    Role.STAFF: _l("Staff"),
    Role.ADMIN: _l("Admin"),
}


def _line(text: str | None) -> str | None:
    """Return what was typed as one line without blanks round it."""
    return " ".join(text.split()) if text else text


def _address() -> EmailField:
    return EmailField(
        _l("Email"),
        [
            InputRequired(_l("Enter an email address like name@example.com")),
            Length(max=ADDRESS_LONGEST, message=_l("This address is too long.")),
            Regexp(ADDRESS, message=_l("Enter an email address like name@example.com")),
        ],
        filters=[_line],
    )


def _new_password() -> PasswordField:
    return PasswordField(_l("New password"), [InputRequired(_l("Enter a password."))])


def _is_readable(_form: Form, field: StringField) -> None:
    """Refuse a name with signs that nobody sees or that turn the line round; joiners are part of some scripts."""
    name = field.data or ""
    hidden = any(category(sign) in _HIDDEN or sign in _FILLERS for sign in name if sign not in _JOINERS)
    if hidden or not any(sign.isalnum() for sign in name):
        raise ValidationError(_l("Use letters that everybody can see."))


def _name() -> StringField:
    return StringField(
        _l("Name"),
        [
            InputRequired(_l("Tell us what to call you.")),
            Length(max=NAME_LONGEST, message=_l("Use at most %(max)d characters.")),
            _is_readable,
        ],
        filters=[_line],
    )


class SignInForm(Form):
    who = StringField(_l("Email or handle"), [InputRequired(_l("Enter your email address or your handle."))])
    password = PasswordField(_l("Password"), [InputRequired(_l("Enter your password."))])


class DemoForm(Form):
    handle = HiddenField(validators=[InputRequired()])


class ConfirmForm(Form):
    password = PasswordField(_l("Password"), [InputRequired(_l("Enter your password."))])


class ForgottenForm(Form):
    email = _address()


class ResetForm(Form):
    password = _new_password()


class PasswordForm(Form):
    current = PasswordField(_l("Present password"), [InputRequired(_l("Enter the password you have now."))])
    password = _new_password()


class ProfileForm(Form):
    name = _name()
    language = SelectField(_l("Language of these pages"))


class NothingForm(Form):
    """A button: only its token."""


class JoinForm(Form):
    name = _name()
    handle = StringField(
        _l("Handle"),
        [
            InputRequired(_l("Choose a handle.")),
            Regexp(HANDLE, message=_l("Use 2 to 30 letters, digits and underscores; begin with a letter or digit.")),
        ],
        filters=[lambda text: text.strip().removeprefix("@") if text else text],
    )
    password = PasswordField(_l("Password"), [InputRequired(_l("Enter a password."))])


class InviteForm(Form):
    email = _address()
    roles = SelectMultipleField(_l("Roles"), choices=options(ROLE_WORDS), coerce=Role)


class RoleForm(Form):
    role = HiddenField(validators=[AnyOf([role.value for role in Role])])


#: Said beside every new password.
PASSWORD_HINT = _l(
    "%(least)d to %(most)d characters. A few words that only you would put together do well.",
    least=passwords.SHORTEST,
    most=passwords.LONGEST,
)
