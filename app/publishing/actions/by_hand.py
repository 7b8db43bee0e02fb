"""Replies that staff post on the network themselves: handed out, linked back, given back."""

from datetime import datetime

from sqlalchemy import select

from app.accounts.permissions import Person
from app.channels.actions import record_cost
from app.channels.registry import CHANNELS
from app.foundation.db import session
from app.foundation.errors import Conflict, Invalid
from app.foundation.events import EventType, announce
from app.foundation.journal import record
from app.foundation.words import _
from app.mentions.models import ThreadPost
from app.publishing import queries
from app.publishing.actions.outcomes import became_public, network_of
from app.publishing.actions.settling import post_in
from app.publishing.actions.stopping import call_off, give_back
from app.publishing.approval import Objection, objection_to
from app.publishing.by_hand import Doubt, PastedLink, Seen, to_hand_out
from app.publishing.models import HeldBecause, Publication, PublicationStatus
from app.publishing.moves import move
from app.publishing.outgoing import reply_to_send

REASON_CHARACTERS = 300


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


def call_off_handed_out(*, at: datetime) -> int:
    """Give back what must not be posted any more, its post edited, settled or gone; return how many.

    That the brand has answered is no reason here: it may be this very reply, whose link nobody has brought yet.
    """
    called_off = 0
    for publication_id in queries.ids_of(Publication.status == PublicationStatus.HANDED_OUT):
        publication = queries.whole(publication_id)
        objection = objection_to(publication)
        if objection in (None, Objection.ANSWERED_ELSEWHERE):
            continue
        if objection is not Objection.EDITED:
            call_off(publication_id=publication_id, objection=objection, at=at)
        else:  # it lies in somebody's hands: held words would still be posted
            _give_back(publication, because=HeldBecause.EDITED.value, by_id=None, at=at)
        called_off += 1
    return called_off


def find_posted(*, at: datetime) -> int:
    """Link back what we heard our account say although nobody has brought the link; return how many."""
    found = 0
    for publication_id in queries.ids_of(Publication.status == PublicationStatus.HANDED_OUT):
        publication = queries.whole(publication_id)
        heard = _heard(publication)
        if heard is not None:
            seen = Seen(heard.external_id, posted_at=heard.posted_at, url=heard.url)
            found += _link(publication_id, seen, link=heard.url, by_id=None, at=at)
    return found


def _heard(publication: Publication) -> ThreadPost | None:
    reply = reply_to_send(publication)
    under_it = select(ThreadPost).where(
        ThreadPost.connection_id == publication.connection_id,
        ThreadPost.parent_external_id == reply.target.id,
        ThreadPost.ours,
        ThreadPost.posted_at > publication.approved_at,
    )
    same_words = CHANNELS[publication.connection.kind].same_words
    return next((post for post in session.scalars(under_it) if same_words(post.text, reply.text)), None)


def pasted(*, publication_id: int, link: str, by: Person) -> PastedLink:
    """Return what a pasted link should lead to, to be looked at.

    Raises:
        Invalid: it is no link to a post of this network, or belongs to another reply.
    """
    publication = queries.publication_of(by, publication_id)
    return PastedLink(publication.connection_id, post_in(link, publication), reply_to_send(publication))


def link_back(*, publication_id: int, seen: Seen, link: str, by: Person, at: datetime) -> str:
    """Note that a reply was posted by hand, with the link that proves it; where nobody could look, by the poster's word.

    Return why the link cannot be taken; "" when it was.

    Raises:
        Conflict: the reply is not to be posted by hand any more.
    """
    publication = queries.publication_of(by, publication_id)
    record_cost(connection_id=publication.connection_id, units=seen.cost_units, at=at)
    if seen.doubt is not None:
        return _why_not(seen.doubt, publication)
    if not _link(publication_id, seen, link=link, by_id=by.id, at=at):
        raise Conflict(_("This is not waiting to be posted by hand any more. Load the page again."))
    return ""


def _why_not(doubt: Doubt, publication: Publication) -> str:
    network, account = network_of(publication), f"@{publication.connection.handle}"
    return {
        Doubt.NOT_THERE: _("%(network)s shows no such post. Wait a moment and try again.", network=network),
        Doubt.NOT_OURS: _("That post is not by %(account)s. Sign in there as the brand.", account=account),
        Doubt.OTHER_POST: _("That post of ours does not answer this customer's post."),
        Doubt.OTHER_WORDS: _("Other words stand there than those that were approved. Put them right there first."),
    }[doubt]


def _link(publication_id: int, seen: Seen, *, link: str, by_id: int | None, at: datetime) -> bool:
    verified = seen.posted_at is not None
    values = {"external_id": seen.external_id, "url": seen.url or link.strip(), "sent_at": seen.posted_at or at}
    if not move("link_back", publication_id, last_error="", **values):
        return False
    publication = queries.whole(publication_id)
    line = "publication.linked_back" if verified else "publication.linked_unverified"
    record(line, subject=publication, actor_id=by_id, at=at, external_id=seen.external_id)
    became_public(publication, at=at)
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
    record("publication.handed_back", subject=publication, actor_id=by_id, at=at)
    give_back(publication, at=at)
    _tell(publication, at=at)
    return True


def _tell(publication: Publication, *, at: datetime) -> None:
    announce(EventType.REPLY_DECIDED, subject_id=publication.reply_id, at=at)
    announce(EventType.COUNTS, subject_id=None, at=at)
