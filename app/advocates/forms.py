"""Forms of advocates and of those who look after them."""

from babel import Locale
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length

from app.advocates.actions import SIGNS_AS_LONGEST
from app.advocates.models import AdvocateStatus
from app.foundation.forms import Form, options

#: Languages offered, most spoken first; ISO 639-1.
LANGUAGE_CODES = (
    "en", "es", "pt", "fr", "de", "it", "nl", "pl", "ar", "hi", "ja", "ko", "zh", "tr", "uk", "sv", "da", "nb",
    "fi", "cs", "el", "he", "ro", "hu", "id", "vi", "th",
)  # fmt: skip
STATUS_WORDS = {
    AdvocateStatus.APPLIED: _l("Applied"),
    AdvocateStatus.PROBATION: _l("On probation"),
    AdvocateStatus.MEMBER: _l("Member"),
    AdvocateStatus.TRUSTED: _l("Trusted"),
    AdvocateStatus.SUSPENDED: _l("Suspended"),
    AdvocateStatus.DECLINED: _l("Declined"),
    AdvocateStatus.LEFT: _l("Left"),
    AdvocateStatus.REMOVED: _l("Removed"),
}
#: Why somebody is suspended, as the journal keeps it and as pages say it.
SUSPEND_REASONS = {
    "words": _l("Unkind words"),
    "promises": _l("Promised what we cannot keep"),
    "facts": _l("Wrong answers, again"),
    "data": _l("Personal data in replies"),
    "gaming": _l("Points collected unfairly"),
    "asked": _l("They asked for a pause"),
    "other": _l("Something else, said to them in person"),
}


def language_name(code: str) -> str:
    """Return a language's own name for itself."""
    return (Locale(code).display_name or code).capitalize()


class SkillsForm(Form):
    signs_as = StringField(
        _l("Replies are signed with"),
        [InputRequired(_l("Choose a name for your replies.")), Length(max=SIGNS_AS_LONGEST)],
        filters=[lambda text: " ".join(text.split()) if text else text],
    )
    topics = SelectMultipleField(_l("Topics you know"))
    languages = SelectMultipleField(
        _l("Languages you write"), choices={code: language_name(code) for code in LANGUAGE_CODES}
    )
    hidden_from_boards = BooleanField(_l("Leave me out of the leaderboard"))


class SuspendForm(Form):
    reason = SelectField(_l("Why"), choices=options(SUSPEND_REASONS))
