"""What the queue's templates say about decisions and findings; whole sentences, each translated as one."""

from app.accounts.permissions import Grade
from app.foundation import terms
from app.foundation.words import _, ngettext
from app.reviews.models import Decision, Review
from app.reviews.second_look import WhyTwo


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


def why_two_words(why: WhyTwo) -> str:
    """Return what makes a reply need two approvals."""
    few = terms.chosen().first_replies
    said = {
        WhyTwo.REWRITTEN: _("A reviewer has written most of it anew."),
        WhyTwo.SENSITIVE: _("It is about money, safety, the law or the press."),
        WhyTwo.NEW_HOST: _("It links to a site that no reply has linked to before."),
        WhyTwo.MANY_FOLLOWERS: _("Very many people follow this customer."),
        WhyTwo.NEW_WRITER: ngettext(
            "It is the writer's first reply.", "It is one of the writer's first %(num)s replies.", few
        ),
    }
    return said[why]


def standing_name(grade: Grade) -> str:
    """Return an advocate's standing."""
    named = {Grade.TRUSTED: _("Trusted"), Grade.ADVOCATE: _("Advocate"), Grade.APPLICANT: _("Applicant")}
    return named.get(grade, grade.value)


FILTERS = (decision_line, finding_name, standing_name, why_two_words)
