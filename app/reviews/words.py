"""What the queue's templates say about decisions and findings; whole sentences, each translated as one."""

from app.accounts.permissions import Grade
from app.foundation.words import _
from app.reviews.models import Decision, Review


def decision_line(review: Review) -> str:
    """Return who decided what on which version; reviewer and version must be loaded."""
    values = {"name": review.reviewer.name, "number": review.reply_version.number}
    if review.undone_at is not None:
        return _("%(name)s approved version %(number)s and took it back.", **values)
    if review.decision is Decision.APPROVE and review.edited:
        return _("%(name)s approved version %(number)s, edited.", **values)
    said = {
        Decision.APPROVE: _("%(name)s approved version %(number)s.", **values),
        Decision.RETURN: _("%(name)s returned version %(number)s:", **values),
        Decision.REJECT: _("%(name)s rejected version %(number)s:", **values),
        Decision.ESCALATE: _("%(name)s handed the post to staff:", **values),
    }
    return said[review.decision]


def finding_name(code: str) -> str:
    """Return a finding in a word or two, for a chip."""
    named = {
        "promise": _("Promise"),
        "tone": _("Tone"),
        "loud": _("Loud"),
        "repeated": _("Said before"),
    }
    return named.get(code, _("Look twice"))


def standing_name(grade: Grade) -> str:
    """Return an advocate's standing."""
    named = {Grade.TRUSTED: _("Trusted"), Grade.ADVOCATE: _("Advocate"), Grade.APPLICANT: _("Applicant")}
    return named.get(grade, grade.value)


FILTERS = (decision_line, finding_name, standing_name)
