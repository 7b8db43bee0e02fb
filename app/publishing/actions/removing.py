"""Taking a public reply back: the wish, each try, and what follows when it stands no longer."""

from datetime import datetime

from sqlalchemy import or_, select, text

from app.accounts.permissions import Person
from app.channels.actions import record_cost, record_failure
from app.channels.errors import ChannelError, Forbidden, Invalid
from app.channels.models import Connection, ConnectionState
from app.foundation import stumbles
from app.foundation.db import ring_after_commit, session
from app.foundation.errors import Conflict
from app.foundation.errors import Invalid as NotThis
from app.foundation.events import EventType, announce
from app.foundation.journal import record
from app.foundation.lanes import Lane
from app.foundation.tasks import Task, TaskKind, open_task, settle_tasks
from app.foundation.words import _
from app.publishing import queries
from app.publishing.actions.linking import brought
from app.publishing.actions.outcomes import LONGEST_WISH, network_of, next_try, said_by
from app.publishing.actions.sending import LEASE
from app.publishing.actions.sweeping import each_of, may_be_swept
from app.publishing.models import TO_RETRACT, Publication, PublicationStatus
from app.publishing.moves import move, write
from app.publishing.outgoing import Removal
from app.publishing.pasted import Doubt, Seen
from app.replies.models import REPLY_LIFECYCLE

REASON_CHARACTERS = 500
#: A network that has refused so often is for a person to look at; we go on trying all the same.
TRIES_ALONE = 5
_PUBLIC = Publication.status == PublicationStatus.SENT
_WISHED = Publication.retract_asked_at.is_not(None)
_NO_WISH = {"retract_asked_at": None, "retract_by_id": None, "retract_because": "", "retract_tries": 0}
#: No try is under way: none was made, or the last one was answered.
_AT_REST = or_(Publication.retract_tries == 0, Publication.last_error != "")


def ask_removal(*, publication_id: int, because: str, by: Person, at: datetime) -> None:
    """Wish that a public reply be removed from its network; the publishing lane sees to it. A second wish changes nothing.

    Raises:
        Conflict: it stands on no network.
        Invalid: nothing says why.
    """
    publication = queries.publication_of(by, publication_id)
    words = _checked(because)
    values = {"retract_asked_at": at, "retract_by_id": by.id, "retract_because": words, "next_try_at": at}
    if not write(publication_id, _PUBLIC, Publication.retract_asked_at.is_(None), last_error="", **values):
        session.refresh(publication)
        if publication.is_being_removed:
            return
        raise Conflict(_("This reply stands on no network, so there is nothing to take back."))
    settle_tasks(TaskKind.WANTS_REMOVAL, publication, by_id=by.id, at=at)
    record("publication.removal_asked", subject=publication, actor_id=by.id, at=at)
    _tell(publication, at=at)
    ring_after_commit(Lane.PUBLISHING)


def withdraw_removal(*, publication_id: int, by: Person, at: datetime) -> None:
    """Let a reply stand after all whose removal was asked for, unless the network is being asked at this moment.

    Raises:
        Conflict: its removal is under way, or nobody wishes it any more.
    """
    queries.publication_of(by, publication_id)
    if not write(publication_id, _PUBLIC, _WISHED, _AT_REST, last_error="", **_NO_WISH):
        raise Conflict(
            _("The network is being asked at this moment, or the reply is gone already. Load the page again.")
        )
    publication = queries.whole(publication_id)
    settle_tasks(TaskKind.STUCK_REMOVAL, publication, by_id=by.id, at=at)
    forget_removal_faults(publication, by_id=by.id, at=at)
    record("publication.removal_withdrawn", subject=publication, actor_id=by.id, at=at)
    _tell(publication, at=at)


def wish_removal(*, publication_id: int, because: str, by: Person, at: datetime) -> None:
    """Ask those who may to take one's own reply back.

    Raises:
        Conflict: it stands on no network, or its removal is under way.
        Invalid: nothing says why.
    """
    publication = queries.publication_of(by, publication_id)
    words = _checked(because)
    if publication.status is not PublicationStatus.SENT or publication.is_being_removed:
        raise Conflict(_("This reply is being removed already, or stands on no network any more."))
    message = _("%(name)s asks that their reply be taken back: %(why)s", name=by.name, why=words)
    open_task(TaskKind.WANTS_REMOVAL, subject=publication, message=message, at=at)
    record("publication.removal_wished", subject=publication, actor_id=by.id, at=at)
    announce(EventType.COUNTS, subject_id=None, at=at)


def _checked(because: str) -> str:
    words = because.strip()
    if not words:
        raise NotThis(_("Say why, in a sentence. It is kept with the reply."), field="reason")
    return words[:REASON_CHARACTERS]


def begin_removal(*, publication_id: int, at: datetime) -> Removal | None:
    """Claim one try at removing a reply; None when it is not to be tried now.

    The try is counted and the next one put off before the network is asked: whoever dies on the way has only lost time. So
    is one death, until somebody comes back: what kills too many is set aside, and a person is asked to look.
    """
    tried = {"retract_tries": Publication.retract_tries + 1, "next_try_at": at + LEASE, "last_error": ""}
    if not write(publication_id, *queries.removable(at=at), **tried):
        return None
    publication = queries.whole(publication_id)
    if not stumbles.note_taken(queries.REMOVING, publication, at=at):
        write(publication_id, _PUBLIC, last_error=_("our own program stopped over it again and again"))
        _tell(publication, at=at)
        return None
    return Removal(
        publication_id=publication.id,
        connection_id=publication.connection_id,
        external_id=publication.external_id or "",
        tries=publication.retract_tries,
        unproven=brought(publication, publication.external_id or "") if publication.link_unverified else None,
    )


def put_down_removal(*, publication_id: int, at: datetime) -> None:
    """Whoever tried a removal lives, whatever came of it."""
    stumbles.came_back(queries.REMOVING, Publication.__tablename__, publication_id, at=at)


def count_removal_fault(*, publication_id: int, at: datetime) -> None:
    """Our own code failed on a removal: it is tried again, later each time, and set aside for a person in the end."""
    if not write(publication_id, _PUBLIC, _WISHED, next_try_at=at, last_error=_("our own program failed on it")):
        return
    publication = queries.whole(publication_id)
    stumbles.note_error(queries.REMOVING, publication, at=at)
    _tell(publication, at=at)


def forget_removal_faults(publication: Publication, *, by_id: int | None, at: datetime) -> None:
    """Somebody has looked, or it is over: what was counted says nothing any more."""
    stumbles.forget(queries.REMOVING, Publication.__tablename__, [publication.id])
    settle_tasks(TaskKind.POISON, publication, by_id=by_id, at=at)


def put_off_removal(removal: Removal, error: ChannelError, *, at: datetime) -> bool:
    """Write down that the network did not remove a reply, and when it is asked again; False when that is known already."""
    for_good = isinstance(error, Forbidden | Invalid)
    again_at = at + LONGEST_WISH if for_good else next_try(error, tries=removal.tries, at=at)
    mine = Publication.retract_tries == removal.tries
    if not write(removal.publication_id, _PUBLIC, mine, next_try_at=again_at, last_error=said_by(error)):
        return False
    publication = queries.whole(removal.publication_id)
    record_failure(connection_id=publication.connection_id, error=error, at=at)
    record("publication.removal_put_off", subject=publication, actor_id=None, at=at, because=error.code)
    if for_good or removal.tries >= TRIES_ALONE:
        network, why = network_of(publication), said_by(error)
        message = _("%(network)s does not remove a reply of ours: %(why)s", network=network, why=why)
        open_task(TaskKind.STUCK_REMOVAL, subject=publication, message=message, at=at)
    _tell(publication, at=at)
    return True


def refuse_removal(removal: Removal, seen: Seen, *, at: datetime) -> bool:
    """Let the wish fall, since another post stands where the link leads, and ask staff to look; False when it fell before."""
    record_cost(connection_id=removal.connection_id, units=seen.cost_units, at=at)
    mine = Publication.retract_tries == removal.tries
    if seen.doubt is None or not write(removal.publication_id, _PUBLIC, _WISHED, mine, last_error="", **_NO_WISH):
        return False
    publication = queries.whole(removal.publication_id)
    record("publication.removal_refused", subject=publication, actor_id=None, at=at, because=seen.doubt.value)
    open_task(TaskKind.STUCK_REMOVAL, subject=publication, message=_why_refused(seen.doubt, publication), at=at)
    _tell(publication, at=at)
    return True


def _why_refused(doubt: Doubt, publication: Publication) -> str:
    account = f"@{publication.connection.handle}"
    if doubt is Doubt.NOT_OURS:
        return _(
            "Nothing was removed: the link that was brought for this reply leads to a post that is not by %(account)s. "
            "Look on the network whether our reply stands there, and remove it by hand.",
            account=account,
        )
    return _(
        "Nothing was removed: the link that was brought for this reply leads to another post of %(account)s. "
        "Look on the network whether our reply stands there, and remove it by hand.",
        account=account,
    )


def tell_left_standing(*, at: datetime) -> int:
    """Ask a person, once for each wish, where nobody can ask the network: the account is disconnected. Return for how many."""
    unheard = select(Connection.id).where(Connection.state == ConnectionState.DISCONNECTED)
    told = select(Task.id).where(
        Task.kind == TaskKind.STUCK_REMOVAL,
        Task.subject_type == Publication.__tablename__,
        Task.subject_id == Publication.id,
        or_(Task.settled_at.is_(None), Task.opened_at >= Publication.retract_asked_at),
    )
    left = queries.ids_of(
        text(TO_RETRACT),  # type: ignore[arg-type]
        Publication.connection_id.in_(unheard),
        ~told.correlate(Publication).exists(),
        may_be_swept(at=at),
    )
    return len(each_of(left, lambda publication_id: _tell_left(publication_id, at=at), at=at))


def _tell_left(publication_id: int, *, at: datetime) -> bool:
    publication = queries.whole(publication_id)
    network, account = network_of(publication), publication.connection.handle
    message = _("@%(account)s is disconnected: a reply of ours stays on %(network)s.", account=account, network=network)
    open_task(TaskKind.STUCK_REMOVAL, subject=publication, message=message, at=at)
    record("publication.removal_kept_waiting", subject=publication, actor_id=None, at=at)
    _tell(publication, at=at)
    return True


def charge_removal(removal: Removal, *, units: int, at: datetime) -> None:
    """Add what a removal cost."""
    record_cost(connection_id=removal.connection_id, units=units, at=at)


def end_publicly(*, publication_id: int, at: datetime) -> bool:
    """Note that a reply stands on its network no longer, by our wish or by others' doing; False when that is known."""
    ours = move("retract", publication_id, Publication.retract_asked_at.is_not(None), retracted_at=at, last_error="")
    if not ours and not move("vanish", publication_id):
        return False
    publication = queries.whole(publication_id)
    if REPLY_LIFECYCLE.can("retract", publication.reply.status):
        publication.reply.retract(because=publication.retract_because, at=at)
    for kind in (TaskKind.WANTS_REMOVAL, TaskKind.STUCK_REMOVAL):
        settle_tasks(kind, publication, by_id=None, at=at)
    forget_removal_faults(publication, by_id=None, at=at)
    record("publication.retracted" if ours else "publication.vanished", subject=publication, actor_id=None, at=at)
    _tell(publication, at=at)
    return True


def _tell(publication: Publication, *, at: datetime) -> None:
    announce(EventType.REPLY_DECIDED, subject_id=publication.reply_id, at=at)
    announce(EventType.CASE_CHANGED, subject_id=None, at=at)
    announce(EventType.COUNTS, subject_id=None, at=at)
