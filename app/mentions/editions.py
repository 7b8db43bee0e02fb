"""The ids of a post's editions: each leads to the one it is known by here, that of the first."""

from collections.abc import Collection, Sequence

from sqlalchemy import select

from app.channels.types import IncomingPost
from app.foundation.db import session
from app.foundation.upsert import insert_new
from app.mentions import intake
from app.mentions.models import LaterEdition


def as_known(posts: Sequence[IncomingPost], connection_id: int) -> list[IncomingPost]:
    """Note the ids of later editions, and name what these posts answer by the ids it is known by here."""
    insert_new(LaterEdition, intake.edition_rows(posts, connection_id=connection_id))
    named = {ref.id for post in posts for ref in (post.parent, post.thread_root) if ref and ref != post.ref}
    known = known_ids(named, connection_id)
    return intake.known_as(posts, known) if any(one != first for one, first in known.items()) else list(posts)


def known_ids(external_ids: Collection[str], connection_id: int) -> dict[str, str]:
    """Return the id by which each of these posts is known here: that of its first edition."""
    known = {one: one for one in external_ids}
    if known:
        later = select(LaterEdition.external_id, LaterEdition.of_external_id).where(
            LaterEdition.connection_id == connection_id, LaterEdition.external_id.in_(known)
        )
        known |= {row.external_id: row.of_external_id for row in session.execute(later)}
    return known


def ids_of(external_id: str, connection_id: int) -> frozenset[str]:
    """Return every id that a post bears on its network; ``external_id`` is the one it is known by here."""
    later = select(LaterEdition.external_id).where(
        LaterEdition.connection_id == connection_id, LaterEdition.of_external_id == external_id
    )
    return frozenset({external_id, *session.scalars(later)})
