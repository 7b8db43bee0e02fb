"""What the queue's templates say about decisions, sendings and findings; whole sentences, each translated as one."""

from app.accounts.permissions import Grade
from app.foundation.words import _
from app.publishing.models import Publication, PublicationStatus
from app.reviews.models import Decision, Review

_S = PublicationStatus


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


def publication_line(publication: Publication) -> str:
    """Return where the sending of a reply stands."""
    said = {
        _S.READY: _("It leaves in a moment."),
        _S.WAITING: _("It waits for the network."),
        _S.SENDING: _("It is being sent."),
        _S.SENT: _("It is posted."),
        _S.REFUSED: _("The network did not accept it."),
        _S.UNKNOWN: _("We cannot know whether it arrived. Staff are looking."),
        _S.ABSENT: _("It did not arrive. A second person may send it again."),
        _S.HELD: _("It is held until posting is resumed."),
        _S.HANDED_OUT: _("Somebody posts it by hand."),
        _S.CANCELLED: _("It was not posted."),
        _S.EXPIRED: _("Its approval was too old to be posted."),
        _S.QUARANTINED: _("It was set aside after repeated failures."),
        _S.RETRACTED: _("It was taken back from the network."),
        _S.GONE: _("It was removed on the network."),
    }
    return said[publication.status]


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


FILTERS = (decision_line, publication_line, finding_name, standing_name)
