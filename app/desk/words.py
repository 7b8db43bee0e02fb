"""What happened to a post, where it stands and why, in words."""

from app.channels.words import why_no_reply as why_no_reply
from app.foundation.words import _
from app.mentions.models import IgnoredBecause
from app.mentions.types import Route
from app.replies.models import Reply, ReplyKind, ReplyStatus

_ICONS = {"mention": "ear", "case": "inbox", "reply": "pencil", "publication": "send", "points": "bolt"}


def icon_of(action: str) -> str:
    """Return the drawing for a line of the journal."""
    return _ICONS.get(action.partition(".")[0], "history")


def happening(action: str) -> str:
    """Put a line of the journal into words; an older release may have written what this one has none for."""
    return {**_posts(), **_cases(), **_replies(), **_sendings()}.get(action) or _("Something changed")


def _posts() -> dict[str, str]:
    return {
        "mention.opened": _("Triage put it on the feed"),
        "mention.lined_up": _("Triage put it on the feed, to be answered by hand"),
        "mention.put_on_feed": _("Put on the feed"),
        "mention.doubted": _("Triage was unsure, so it waits for a listener"),
        "mention.doubted_again": _("A listener took back what they had said"),
        "mention.escalated": _("Sent to staff"),
        "mention.overdue": _("Nobody in the community answered in time"),
        "mention.expired": _("A hello that nobody returned"),
        "mention.handed_over": _("Handed over to staff"),
        "mention.ignored": _("Set aside"),
        "mention.answered_elsewhere": _("Answered outside Ovation"),
        "mention.found_answered": _("A reply of ours was found that nobody here knew of"),
        "mention.looked_into": _("Somebody looked into the reply that nobody knew of"),
        "mention.claimed": _("Claimed"),
        "mention.handed_back": _("Back with the writer, to change the reply"),
        "mention.released": _("Released"),
        "mention.reopened": _("Put on the feed"),
        "mention.taken_up_again": _("To be answered anew by staff"),
        "mention.closed": _("Closed without a public answer"),
        "mention.edited": _("Its author edited the post"),
        "mention.heard_again": _("Sorted anew: the post it repeated is gone"),
        "mention.read_again": _("Triage read the edited post"),
        "mention.erased": _("Its author removed the post; its words were erased"),
    }


def _cases() -> dict[str, str]:
    return {
        "case.opened": _("Became a case"),
        "case.assigned": _("Taken"),
        "case.noted": _("A note was written"),
        "case.answered": _("Answered by staff"),
        "case.resolved": _("Resolved"),
        "case.returned": _("Given back to the feed"),
    }


def _replies() -> dict[str, str]:
    return {
        "reply.started": _("A draft was begun"),
        "reply.submitted": _("Sent for review"),
        "reply.recalled": _("Called back by its writer"),
        "reply.edited": _("Edited by a moderator"),
        "reply.approved": _("Approved"),
        "reply.approved_by_one": _("Approved by a first person"),
        "reply.approval_undone": _("Approval undone"),
        "reply.noted": _("A moderator left a note for the others"),
        "reply.returned": _("Returned with a note"),
        "reply.rejected": _("Rejected"),
        "reply.escalated": _("Handed to staff by a moderator"),
        "reply.overdue": _("Nobody reviewed it in time"),
        "reply.withdrawn": _("Withdrawn"),
        "reply.retried": _("Back to the moderators"),
    }


def _sendings() -> dict[str, str]:
    return {
        "publication.created": _("Queued for sending"),
        "publication.begun": _("Sending"),
        "publication.delivered": _("Posted"),
        "publication.postponed": _("Waits for the network"),
        "publication.lost": _("The network gave no clear answer"),
        "publication.confirmed": _("Found on the network: it was posted"),
        "publication.found_absent": _("Not found on the network"),
        "publication.removal_refused": _("Not removed: the link of our reply leads to another post"),
        "publication.sent_again": _("Sent again by a person"),
        "publication.sent_again_alone": _("Sent again by a person, alone"),
        "publication.refused": _("The network did not accept it"),
        "publication.held": _("Held by the cord"),
        "publication.resumed": _("Sending resumed"),
        "publication.held_as_edited": _("Held: the customer edited the post after the approval"),
        "publication.held_as_answered": _("Held: the post was answered on the network itself"),
        "publication.quarantined": _("The sending was set aside after repeated failures"),
        "publication.repeated": _("Asked the network again"),
        "publication.put_off": _("Waits until its post has been looked up"),
        "publication.re_reviewed": _("The held reply went back to those who decide"),
        "publication.expired": _("Not sent: the approval had become too old"),
        "publication.returned": _("Not sent after the pause: the approval had become too old"),
        "publication.looked_into": _("Somebody looked into the sending"),
        "publication.cancelled": _("Sending stopped"),
        "publication.called_off": _("Sending called off"),
        "publication.re_attached": _("Found on the network after a restore: it was posted"),
        "publication.left_unsent": _("Not sent: it was approved before a restore"),
        "publication.vanished": _("The reply was removed on the network"),
        "publication.handed_out": _("To be posted by hand"),
        "publication.link_corrected": _("The link of our reply was corrected"),
        "publication.link_corrected_unverified": _("The link of our reply was corrected, not verified"),
        "publication.linked_back": _("Posted by hand"),
        "publication.linked_unverified": _("Posted by hand, not verified"),
        "publication.confirmed_unverified": _("Settled as posted, not verified"),
        "publication.doubled": _("Heard a second time on the network"),
        "publication.asked_after": _("Was it posted by hand? We asked"),
        "publication.handed_back": _("Not posted by hand, given back"),
        "publication.removal_wished": _("The writer asked that the reply be taken back"),
        "publication.removal_asked": _("The removal of the reply was asked for"),
        "publication.removal_put_off": _("The network did not remove the reply yet"),
        "publication.removal_kept_waiting": _("Our reply could not be removed: its account is disconnected"),
        "publication.removal_withdrawn": _("The removal of the reply was withdrawn"),
        "publication.retracted": _("The reply was taken back from the network"),
    }


def reply_state(reply: Reply) -> str:
    """Say where a reply stands."""
    return {
        ReplyStatus.DRAFT: _("Draft"),
        ReplyStatus.SUBMITTED: _("Waits for a second person") if reply.kind is ReplyKind.STAFF else _("In review"),
        ReplyStatus.RETURNED: _("Returned to the writer"),
        ReplyStatus.APPROVED: _("Approved, on its way"),
        ReplyStatus.PUBLISHED: _("Posted"),
        ReplyStatus.RETRACTED: _("Taken back from the network"),
        ReplyStatus.REJECTED: _("Rejected"),
        ReplyStatus.WITHDRAWN: _("Withdrawn"),
        ReplyStatus.FAILED: _("The network did not accept it"),
    }[reply.status]


def why_set_aside(because: IgnoredBecause | None) -> str:
    """Say why a post gets no answer."""
    return {
        None: _("Set aside"),
        IgnoredBecause.NOISE: _("Nothing to answer"),
        IgnoredBecause.LET_BE: _("Let be"),
        IgnoredBecause.ANSWERED_ELSEWHERE: _("Answered outside Ovation"),
        IgnoredBecause.MAY_NOT_BE_ANSWERED: _("The network does not let us answer"),
        IgnoredBecause.ONLY_OBSERVED: _("Found by a search that only observes"),
        IgnoredBecause.REPEATED: _("The same words again, from the same person"),
        IgnoredBecause.DELETED: _("Removed by its author"),
    }[because]


def route_words(route: Route | None) -> tuple[str, str, str]:
    """Return (words, tone, icon) for where triage sent a post."""
    return {
        None: (_("Being sorted"), "plain", "ear"),
        Route.NOISE: (_("Noise"), "plain", "ear"),
        Route.COMMUNITY: (_("For the crew"), "brand", "users"),
        Route.STAFF_ANGRY: (_("Angry"), "danger", "flame"),
        Route.STAFF_TECHNICAL: (_("Technical"), "info", "settings"),
        Route.STAFF_SENSITIVE: (_("Sensitive"), "warn", "lock"),
    }[route]
