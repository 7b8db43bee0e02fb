"""What stops a reply that was approved: called off for good, or held until a person has looked again."""

from datetime import datetime, timedelta

from app.accounts.permissions import Person
from app.foundation.errors import Conflict
from app.foundation.events import EventType, announce
from app.foundation.journal import record
from app.foundation.tasks import TaskKind, open_task
from app.foundation.words import _
from app.publishing import queries
from app.publishing.actions.deleting import mirror_deletion
from app.publishing.approval import Objection
from app.publishing.models import PUBLICATION_LIFECYCLE, HeldBecause, Publication, PublicationStatus
from app.publishing.moves import move, settle_unsent, write
from app.replies.models import REPLY_LIFECYCLE, ReplyKind

#: What is no reason to throw a reply away, but one to look again.
ONLY_HOLD = {Objection.EDITED: HeldBecause.EDITED, Objection.ANSWERED_ELSEWHERE: HeldBecause.ANSWERED}
_HELD_LINES = {HeldBecause.EDITED: "publication.held_as_edited", HeldBecause.ANSWERED: "publication.held_as_answered"}
#: A network that asks for more patience is asked again after this.
LONGEST_WAIT = timedelta(hours=1)
_BY_THE_CORD = Publication.held_because == HeldBecause.CORD


def call_off(*, publication_id: int, objection: Objection, at: datetime) -> None:
    """Stop a sending that must not happen: for good, or until a person has looked at what happened meanwhile.

    Its words go back to those who decide on them unless its post is gone.
    """
    if because := ONLY_HOLD.get(objection):
        _hold(publication_id, because, at)
        return
    if not move("cancel", publication_id, last_error=objection.value):
        return
    publication = queries.whole(publication_id)
    record("publication.called_off", subject=publication, actor_id=None, at=at, because=objection.value)
    if objection is Objection.POST_DELETED:
        mirror_deletion(mention_id=publication.mention_id, at=at)
    else:
        give_back(publication, at=at)


def call_off_barred(*, mention_id: int, at: datetime) -> None:
    """Stop the approved reply to a post which its network no longer lets us answer."""
    waiting = queries.ids_of(Publication.mention_id == mention_id, Publication.status.in_(queries.UNSENT))
    for publication_id in waiting:
        call_off(publication_id=publication_id, objection=Objection.MAY_NOT_BE_ANSWERED, at=at)


def put_off(*, publication_id: int, until: datetime, because: str, at: datetime) -> None:
    """Let a reply wait whose network could not be asked about its post; it counts as no try."""
    waits = Publication.status.in_(PUBLICATION_LIFECYCLE.froms("begin"))
    if write(publication_id, waits, next_try_at=min(until, at + LONGEST_WAIT), last_error=because):
        record("publication.put_off", subject=queries.whole(publication_id), actor_id=None, at=at)


def give_back(publication: Publication, *, at: datetime) -> None:
    """Return an approved reply that was not sent: the crowd's to the moderators, staff's own to its case.

    Staff see it there with their words in the box; it must not stand in their way as if it were under way.
    """
    settle_unsent(publication, by_id=None, at=at)
    reply = publication.reply
    if reply.kind is ReplyKind.STAFF:
        if REPLY_LIFECYCLE.can("withdraw", reply.status):
            reply.withdraw()
        announce(EventType.CASE_CHANGED, subject_id=None, at=at)
        announce(EventType.REPLY_DECIDED, subject_id=reply.id, at=at)
        return
    if REPLY_LIFECYCLE.can("take_back", reply.status):
        reply.take_back()
    announce(EventType.REPLY_NEW, subject_id=reply.id, at=at)


def hold_for(*, mention_id: int, because: HeldBecause, at: datetime) -> bool:
    """Hold the approved reply to a post that was edited or answered meanwhile; return whether one was waiting.

    It stays held until a person has looked. One that is under way, or may be public, is left to its outcome.
    """
    waiting = queries.ids_of(Publication.mention_id == mention_id, Publication.status.in_(queries.UNSENT))
    return any(_hold(publication_id, because, at) for publication_id in waiting)


def _hold(publication_id: int, because: HeldBecause, at: datetime) -> bool:
    """Hold one; what a pulled cord holds already must not be let go with the others."""
    held = Publication.status == PublicationStatus.HELD
    if not (
        move("hold", publication_id, held_because=because)
        or write(publication_id, held, _BY_THE_CORD, held_because=because)
    ):
        return False
    publication = queries.whole(publication_id)
    open_task(TaskKind.HELD_SEND, subject=publication, message=_why(because), at=at)
    record(_HELD_LINES[because], subject=publication, actor_id=None, at=at)
    announce(EventType.COUNTS, subject_id=None, at=at)
    announce(EventType.REPLY_DECIDED, subject_id=publication.reply_id, at=at)
    return True


def _why(because: HeldBecause) -> str:
    if because is HeldBecause.EDITED:
        return _("The customer edited the post after our reply was approved. It is held until somebody has read both.")
    return _("Somebody answered the post on the network itself. Our reply is held until somebody has looked.")


def re_review(*, publication_id: int, by: Person, at: datetime) -> Publication:
    """Give a reply that an edit or another answer holds back to those who decide on it.

    Raises:
        Conflict: nothing of that kind holds it any more.
    """
    queries.publication_of(by, publication_id)
    if not move("re_review", publication_id, ~_BY_THE_CORD):
        raise Conflict(_("This is not held for a second look any more."))
    publication = queries.whole(publication_id)
    settle_unsent(publication, by_id=by.id, at=at)
    record("publication.re_reviewed", subject=publication, actor_id=by.id, at=at)
    give_back(publication, at=at)
    return publication
