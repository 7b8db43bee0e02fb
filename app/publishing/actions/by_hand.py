"""Replies that staff post on the network themselves: handed out, called off, given back."""

from datetime import datetime

from app.accounts.permissions import Person
from app.foundation.errors import Conflict, Invalid
from app.foundation.events import EventType, announce
from app.foundation.journal import record
from app.foundation.tasks import TaskKind, open_task, open_tasks_of
from app.foundation.words import _
from app.publishing import queries
from app.publishing.actions.stopping import call_off, give_back
from app.publishing.approval import Objection, objection_to
from app.publishing.by_hand import to_hand_out
from app.publishing.models import Publication, PublicationStatus
from app.publishing.moves import move, settle_unsent

REASON_CHARACTERS = 300
#: What does not tell that a reply in somebody's hands was never posted.
_MAY_BE_OURS = (None, Objection.ANSWERED_ELSEWHERE, Objection.EDITED)


def hand_out(*, publication_id: int, at: datetime) -> bool:
    """Give an approved reply to those who post by hand; False when it is not to be posted now, or not at all any more."""
    queries.close_the_door()
    publication = queries.whole(publication_id)
    if objection := objection_to(publication):
        call_off(publication_id=publication_id, objection=objection, at=at)
        return False
    if not move("hand_out", publication_id, *to_hand_out(at=at)):
        return False
    record("publication.handed_out", subject=publication, actor_id=None, at=at)
    _tell(publication, at=at)
    return True


def call_off_in_hand(*, publication_id: int, at: datetime) -> bool:
    """Look after what lies in somebody's hands; return whether it must not be posted any more.

    Where its post is settled or gone it is given back. That the brand has answered is no reason here: it may be this very
    reply, whose link nobody has brought yet. So may an edited post have it, or one whose approval has run out: given back,
    it could be approved and said a second time, so that a person is asked first.
    """
    publication = queries.whole(publication_id)
    if publication.status is not PublicationStatus.HANDED_OUT:
        return False
    objection = objection_to(publication)
    if objection not in _MAY_BE_OURS:
        call_off(publication_id=publication_id, objection=objection, at=at)
        return True
    return publication.is_doubtful_in_hand(at=at) and _ask_for_it(publication, at=at)


def _ask_for_it(publication: Publication, *, at: datetime) -> bool:
    if open_tasks_of(TaskKind.MAY_BE_POSTED, publication):
        return False
    if publication.expires_at <= at:
        message = _(
            "The approval of a reply to be posted by hand has run out. Was it posted? Bring its link, or give it back."
        )
    else:
        message = _(
            "The customer edited a post that is answered by hand. Was our reply posted? Bring its link, or give it back."
        )
    open_task(TaskKind.MAY_BE_POSTED, subject=publication, message=message, at=at)
    record("publication.asked_after", subject=publication, actor_id=None, at=at)
    _tell(publication, at=at)
    return True


def return_from_hand(*, publication_id: int, because: str, by: Person, at: datetime) -> None:
    """Give a reply back to those who decide on it instead of posting it.

    Raises:
        Invalid: nothing says why.
        Conflict: it is not waiting to be posted by hand any more.
    """
    queries.publication_of(by, publication_id)
    words = because.strip()[:REASON_CHARACTERS]
    if not words:
        raise Invalid(_("Say in a sentence why it is not posted."), field="reason")
    if not _give_back(queries.whole(publication_id), because=words, by_id=by.id, at=at):
        raise Conflict(_("This is not waiting to be posted by hand any more. Load the page again."))


def _give_back(publication: Publication, *, because: str, by_id: int | None, at: datetime) -> bool:
    if not move("cancel", publication.id, Publication.status == PublicationStatus.HANDED_OUT, last_error=because):
        return False
    settle_unsent(publication, by_id=by_id, at=at)
    record("publication.handed_back", subject=publication, actor_id=by_id, at=at)
    give_back(publication, at=at)
    _tell(publication, at=at)
    return True


def _tell(publication: Publication, *, at: datetime) -> None:
    announce(EventType.REPLY_DECIDED, subject_id=publication.reply_id, at=at)
    announce(EventType.COUNTS, subject_id=None, at=at)
