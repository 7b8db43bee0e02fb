"""A link that somebody brings as the proof that a reply stands on its network."""

import re
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import and_

from app.accounts.permissions import Person
from app.channels.actions import record_cost
from app.foundation.errors import Conflict, Invalid
from app.foundation.events import EventType, announce
from app.foundation.journal import record
from app.foundation.tasks import TaskKind, settle_tasks
from app.foundation.words import _
from app.mentions.editions import ids_of
from app.publishing import queries
from app.publishing.actions.outcomes import became_public, network_of
from app.publishing.models import Publication, PublicationStatus
from app.publishing.moves import move, settle_unsent, write
from app.publishing.outgoing import reply_to_send
from app.publishing.pasted import Doubt, PastedLink, Seen

_POST_PATH = re.compile(r"^/[^/]+/status/(\d{1,25})/?$")
_PUBLIC_HOSTS = frozenset({"x.com", "www.x.com", "twitter.com", "mobile.twitter.com"})
#: What the journal says of each verb: with the network's word for it, and where nobody could ask.
_LINES = {
    "link_back": ("publication.linked_back", "publication.linked_unverified"),
    "confirm": ("publication.confirmed", "publication.confirmed_unverified"),
    "correct": ("publication.link_corrected", "publication.link_corrected_unverified"),
}


def pasted(*, publication_id: int, link: str, by: Person) -> PastedLink:
    """Return what a pasted link should lead to, to be looked at.

    Raises:
        Invalid: it is no link to a post of this network, or belongs to another reply.
    """
    publication = queries.publication_of(by, publication_id)
    return brought(publication, post_in(link, publication))


def brought(publication: Publication, external_id: str) -> PastedLink:
    """Return the post that is said to be this reply, to be looked at; loaded whole."""
    under = ids_of(publication.mention.external_id, publication.connection_id)
    return PastedLink(publication.connection_id, external_id, reply_to_send(publication), under)


def post_in(link: str, publication: Publication) -> str:
    """Return the id of the post a link names; only links to the connection's own network do.

    Raises:
        Invalid: it is no such link, or its post is known as another one.
    """
    connection = publication.connection
    hosts = {urlsplit(address).netloc for address in (connection.page_url, connection.base_url) if address}
    try:
        parts = urlsplit(link.strip())
    except ValueError:
        parts = urlsplit("")
    found = _POST_PATH.match(parts.path)
    if parts.scheme not in {"http", "https"} or parts.netloc not in hosts | _PUBLIC_HOSTS or found is None:
        message = _("Paste the link of our reply on %(network)s.", network=network_of(publication))
        raise Invalid(message, field="link")
    external_id = found[1]
    taken = queries.is_taken(external_id, connection_id=publication.connection_id)
    if taken or external_id == publication.mention.external_id:
        raise Invalid(_("That link belongs to another post. Open our own reply and copy its link."), field="link")
    return external_id


def link_back(*, publication_id: int, seen: Seen, link: str, by: Person, at: datetime) -> str:
    """Note that a reply was posted by hand, with the link that proves it; where nobody could look, by the poster's word.

    Return why the link cannot be taken; "" when it was.

    Raises:
        Conflict: the reply is not to be posted by hand any more.
        Invalid: the link was taken as the proof of another reply meanwhile.
    """
    gone = _("This is not waiting to be posted by hand any more. Load the page again.")
    return _take("link_back", publication_id, seen, link, by, at, gone=gone)


def settle_as_posted(*, publication_id: int, seen: Seen, link: str, by: Person, at: datetime) -> str:
    """A person found it on the network: take the link as the proof; where nobody could look, by that person's word.

    Return why the link cannot be taken; "" when it was.

    Raises:
        Conflict: it was settled before.
        Invalid: the link was taken as the proof of another reply meanwhile.
    """
    return _take("confirm", publication_id, seen, link, by, at, gone=_("This has been settled already."))


def correct_link(*, publication_id: int, seen: Seen, link: str, by: Person, at: datetime) -> str:
    """Put the right link in the place of one that nobody could look at; where nobody can again, by that person's word.

    Return why the link cannot be taken; "" when it was.

    Raises:
        Conflict: the link there is was looked at, or the reply is being removed, or stands there no longer.
        Invalid: the link was taken as the proof of another reply meanwhile.
    """
    gone = _("The link of this reply is not to be corrected any more. Load the page again.")
    return _take("correct", publication_id, seen, link, by, at, gone=gone)


def _take(verb: str, publication_id: int, seen: Seen, pasted: str, by: Person, at: datetime, *, gone: str) -> str:
    publication = queries.publication_of(by, publication_id)
    record_cost(connection_id=publication.connection_id, units=seen.cost_units, at=at)
    if seen.doubt is not None:
        return _why_not(seen.doubt, publication)
    post_in(pasted, publication)
    take = _correct if verb == "correct" else link
    if not take(verb, publication_id, seen, pasted=pasted, by_id=by.id, at=at):
        raise Conflict(gone)
    return ""


def _why_not(doubt: Doubt, publication: Publication) -> str:
    network, account = network_of(publication), f"@{publication.connection.handle}"
    return {
        Doubt.NOT_THERE: _("%(network)s shows no such post. Wait a moment and try again.", network=network),
        Doubt.NOT_OURS: _("That post is not by %(account)s. Sign in there as the brand.", account=account),
        Doubt.OTHER_POST: _("That post of ours does not answer this customer's post."),
        Doubt.OTHER_WORDS: _("Other words stand there than those that were approved. Put them right there first."),
    }[doubt]


def link(verb: str, publication_id: int, seen: Seen, *, pasted: str, by_id: int | None, at: datetime) -> bool:
    """Note that a reply stands where ``seen`` says; False when it is known already, or not awaited any more."""
    publication = queries.whole(publication_id)
    said_at = seen.posted_at or (publication.begun_at if verb == "confirm" else None) or at
    values = {"external_id": seen.external_id, "url": seen.url or pasted.strip(), "sent_at": said_at}
    unseen = seen.posted_at is None
    if not move(verb, publication_id, last_error="", link_unverified=unseen, **values):
        return False
    publication = queries.whole(publication_id)
    line = _LINES[verb][1 if unseen else 0]
    record(line, subject=publication, actor_id=by_id, at=at, external_id=seen.external_id)
    settle_unsent(publication, by_id=by_id, at=at)
    settle_tasks(TaskKind.UNKNOWN_SEND, publication, by_id=by_id, at=at)
    became_public(publication, at=at)
    return True


def _correct(verb: str, publication_id: int, seen: Seen, *, pasted: str, by_id: int | None, at: datetime) -> bool:
    unseen, url = seen.posted_at is None, seen.url or pasted.strip()
    doubtful = and_(Publication.status == PublicationStatus.SENT, Publication.link_unverified)
    values = {"external_id": seen.external_id, "url": url, "link_unverified": unseen}
    if not write(publication_id, doubtful, Publication.retract_asked_at.is_(None), **values):
        return False
    publication = queries.whole(publication_id)
    publication.reply.correct_link(url)
    line = _LINES[verb][1 if unseen else 0]
    record(line, subject=publication, actor_id=by_id, at=at, external_id=seen.external_id)
    settle_tasks(TaskKind.STUCK_REMOVAL, publication, by_id=by_id, at=at)
    announce(EventType.REPLY_DECIDED, subject_id=publication.reply_id, at=at)
    announce(EventType.COUNTS, subject_id=None, at=at)
    return True
