"""What pages say about a sending; whole sentences, each translated as one."""

from app.cord.models import Hold, HoldScope, ResumeOffer
from app.feed.words import topic_name
from app.foundation.words import _
from app.publishing.approval import Objection
from app.publishing.models import HeldBecause, Publication, PublicationStatus

_S = PublicationStatus
_HELD_FOR_A_LOOK = frozenset({HeldBecause.EDITED, HeldBecause.ANSWERED})


def hold_title(hold: Hold) -> str:
    """Return what a hold stops, as a sentence."""
    if hold.scope is HoldScope.EVERYTHING:
        return _("All outgoing posts are paused.")
    if hold.connection is not None:
        return _("Posts as @%(account)s are paused.", account=hold.connection.handle)
    if hold.topic:
        return _("Posts about “%(topic)s” are paused.", topic=topic_name(hold.topic))
    return _("The crowd's posts are paused.")


def hold_scope(hold: Hold) -> str:
    """Return what a hold stops, in a word or two."""
    if hold.scope is HoldScope.EVERYTHING:
        return _("Everything")
    if hold.connection is not None:
        return f"@{hold.connection.handle}"
    return topic_name(hold.topic) if hold.topic else _("The crowd only")


def hold_story(hold: Hold) -> str:
    """Return who pulled the cord, when and why."""
    return _(
        "%(name)s pulled the cord at %(time)s UTC: “%(reason)s”.",
        name=hold.pulled_by_name,
        time=hold.pulled_at.strftime("%H:%M"),
        reason=hold.reason.rstrip(" ."),
    )


def asked_line(hold: Hold) -> str:
    """Return which admin asks a second one to agree; empty where none does."""
    return _("%(name)s asks a second admin to agree to resume.", name=hold.asked_by.name) if hold.asked_by else ""


def offer_words(offer: ResumeOffer, *, leaving: int, returned: int) -> str:
    """Return what becomes of held replies under ``offer``, and of how many."""
    said = {
        ResumeOffer.SEND_ALL: _("Send all of them, one a minute: %(leaving)s leave", leaving=leaving),
        ResumeOffer.SEND_FRESH: _(
            "Send what was approved under 30 min ago, one a minute: %(leaving)s leave, %(returned)s are reviewed again",
            leaving=leaving,
            returned=returned,
        ),
        ResumeOffer.REVIEW_ALL: _("Review all of them again: %(returned)s", returned=returned),
    }
    return said[offer]


def publication_line(publication: Publication) -> str:
    """Return where the sending of a reply stands."""
    if publication.status is _S.HELD and publication.held_because in _HELD_FOR_A_LOOK:
        return _("It is held until somebody has looked at it again.")
    said = {
        _S.READY: _("It leaves in a moment."),
        _S.WAITING: _("It waits for the network."),
        _S.SENDING: _("It is being sent."),
        _S.SENT: _("It is posted."),
        _S.REFUSED: _("The network did not accept it."),
        _S.UNKNOWN: _("We cannot know whether it arrived. Staff are looking."),
        _S.ABSENT: _("It did not arrive. It can be sent again."),
        _S.HELD: _("It is held until posting is resumed."),
        _S.HANDED_OUT: _("It waits for somebody to post it by hand."),
        _S.CANCELLED: _("It was not posted."),
        _S.EXPIRED: _("Its approval was too old to be posted."),
        _S.QUARANTINED: _("It was set aside after repeated failures."),
        _S.RETRACTED: _("It was taken back from the network."),
        _S.GONE: _("It was removed on the network."),
    }
    if publication.is_being_removed:
        return _("It is being removed from the network.")
    return said[publication.status]


_CHIPS = {
    _S.READY: ("info", "send"),
    _S.WAITING: ("info", "hourglass"),
    _S.SENDING: ("info", "send"),
    _S.SENT: ("good", "circle-check"),
    _S.REFUSED: ("danger", "alert-octagon"),
    _S.UNKNOWN: ("warn", "alert-triangle"),
    _S.ABSENT: ("warn", "eye-off"),
    _S.HELD: ("warn", "hand-stop"),
    _S.HANDED_OUT: ("info", "user"),
    _S.CANCELLED: ("plain", "x"),
    _S.EXPIRED: ("plain", "clock-pause"),
    _S.QUARANTINED: ("danger", "ban"),
    _S.RETRACTED: ("plain", "arrow-back-up"),
    _S.GONE: ("warn", "trash"),
}


def publication_chip(publication: Publication) -> tuple[str, str, str]:
    """Return a sending's state as a chip: word, tone, icon."""
    said = {
        _S.READY: _("Ready"),
        _S.WAITING: _("Waiting"),
        _S.SENDING: _("Sending"),
        _S.SENT: _("Posted"),
        _S.REFUSED: _("Refused"),
        _S.UNKNOWN: _("Unknown"),
        _S.ABSENT: _("Not there"),
        _S.HELD: _("Held"),
        _S.HANDED_OUT: _("By hand"),
        _S.CANCELLED: _("Cancelled"),
        _S.EXPIRED: _("Too old"),
        _S.QUARANTINED: _("Set aside"),
        _S.RETRACTED: _("Taken back"),
        _S.GONE: _("Removed"),
    }
    if publication.is_being_removed:
        return (_("Being removed"), "warn", "arrow-back-up")
    return (said[publication.status], *_CHIPS[publication.status])


def last_word(publication: Publication) -> str:
    """Return why a sending stands where it does: the network's own words, or our reason for calling it off."""
    said = {
        Objection.POST_DELETED: _("The customer took the post away."),
        Objection.POST_SETTLED: _("The post waits for no answer any more."),
        Objection.ANSWERED_ELSEWHERE: _("Somebody answered the post on the network itself."),
        Objection.EDITED: _("The customer edited the post."),
        Objection.MAY_NOT_BE_ANSWERED: _("The network does not let us answer the post any more."),
        Objection.OTHER_WORDS: _("The words were not the approved ones any more."),
        Objection.NO_LONGER_APPROVED: _("The reply was not approved any more."),
        Objection.APPROVER_MAY_NOT: _("Whoever approved it may not do so any more."),
    }
    if publication.status is not _S.CANCELLED or publication.last_error not in set(Objection):
        return publication.last_error
    return said[Objection(publication.last_error)]


def journal_words(action: str) -> str:
    """Return what a journal line of a sending says."""
    said = {
        "publication.created": _("Approved and put out"),
        "publication.begun": _("Sending began"),
        "publication.delivered": _("The network took it"),
        "publication.put_off": _("The network could not be asked about the post"),
        "publication.postponed": _("The network asked us to wait, or could not be reached"),
        "publication.refused": _("The network did not accept it"),
        "publication.lost": _("No answer that proves anything"),
        "publication.confirmed": _("Found on the network"),
        "publication.confirmed_unverified": _("Settled as posted; the network could not be asked, so not verified"),
        "publication.doubled": _("Heard a second time: the first try had arrived after all"),
        "publication.found_absent": _("Settled as not there"),
        "publication.removal_refused": _("Not removed: its link leads to another post"),
        "publication.sent_again": _("Sent again by a second person"),
        "publication.sent_again_alone": _("Sent again by who said it was not there: nobody else had the right"),
        "publication.looked_into": _("Somebody looked into it"),
        "publication.cancelled": _("Cancelled"),
        "publication.called_off": _("Called off right before sending"),
        "publication.held": _("Held under a pause"),
        "publication.held_as_edited": _("Held: the customer edited the post"),
        "publication.held_as_answered": _("Held: the post was answered on the network itself"),
        "publication.quarantined": _("Set aside after repeated failures of our own program"),
        "publication.repeated": _("The same was said again, which the network takes for one"),
        "publication.re_reviewed": _("Given back to those who decide"),
        "publication.resumed": _("Let go after the pause"),
        "publication.returned": _("To be decided on again after the pause"),
        "publication.expired": _("The approval became too old"),
        "publication.re_attached": _("Found on the network after a restore"),
        "publication.left_unsent": _("To be decided on again after a restore"),
        "publication.vanished": _("Removed on the network"),
        "publication.handed_out": _("Handed out, to be posted by hand"),
        "publication.link_corrected": _("Its link was corrected; the network shows it there"),
        "publication.link_corrected_unverified": _(
            "Its link was corrected; the network could not be asked, so not verified"
        ),
        "publication.linked_back": _("Posted by hand; the network shows it"),
        "publication.linked_unverified": _("Posted by hand; the network could not be asked, so not verified"),
        "publication.asked_after": _("Must not be posted any more; we ask whether it was"),
        "publication.handed_back": _("Not posted by hand, given back"),
        "publication.removal_wished": _("Its writer asked that it be taken back"),
        "publication.removal_asked": _("Its removal was asked for"),
        "publication.removal_withdrawn": _("Its removal was withdrawn"),
        "publication.removal_put_off": _("The network did not remove it yet"),
        "publication.removal_kept_waiting": _("Not removed: its account is disconnected"),
        "publication.retracted": _("Taken back from the network"),
    }
    return said.get(action) or _("Something changed")


FILTERS = (publication_line, publication_chip, last_word, journal_words)
