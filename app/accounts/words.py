"""What roles and standings are called inside a sentence."""

from collections.abc import Iterable

from babel.lists import format_list
from flask_babel import get_locale

from app.accounts.permissions import Grade
from app.foundation.words import _


def grades_in_words(grades: Iterable[Grade]) -> str:
    """Join grades as the reader's language joins a list: "moderators, staff, and admins"."""
    said = {
        Grade.APPLICANT: _("applicants"),
        Grade.ADVOCATE: _("advocates"),
        Grade.TRUSTED: _("trusted advocates"),
        Grade.MODERATOR: _("moderators"),
        Grade.STAFF: _("staff"),
        Grade.ADMIN: _("admins"),
    }
    return format_list([said[grade] for grade in grades], locale=get_locale() or "en")
