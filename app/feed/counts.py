"""How much waits: counted as far as a page says it, and no further."""

from sqlalchemy import Select, func, select

from app.feed import ranges
from app.feed.items import Viewer
from app.feed.queries import follow_ups
from app.feed.ranking import Filters, View
from app.foundation.db import session
from app.mentions.models import Mention

#: Beyond this, a count says "99+".
COUNTED_TO = 100


def counts_of(viewer: Viewer) -> dict[View, int]:
    """Return how many posts each view holds, counted up to ``COUNTED_TO`` and no further."""
    wanted: dict[View, Select[tuple[int]]] = {
        view: ranges.matching_ids(
            Filters(view=view), viewer.tastes, person=viewer.person, advocate_id=viewer.advocate_id, limit=COUNTED_TO
        )
        for view in (View.FOR_YOU, View.ALL, View.HELLO)
    }
    if viewer.advocate_id is not None:
        wanted[View.FOLLOW_UPS] = follow_ups(viewer, limit=COUNTED_TO)
    columns = [
        select(func.count()).select_from(statement.subquery()).scalar_subquery().label(view.name)
        for view, statement in wanted.items()
    ]
    return dict(zip(wanted, session.execute(select(*columns)).one(), strict=True))


def waiting_for(viewer: Viewer) -> int:
    """Return how many posts fit this reader, or, for those who do not answer, how many are open; up to ``COUNTED_TO``."""
    view = View.FOR_YOU if viewer.advocate_id is not None else View.ALL
    statement = ranges.matching_ids(
        Filters(view=view), viewer.tastes, person=viewer.person, advocate_id=viewer.advocate_id, limit=COUNTED_TO
    )
    return session.scalar(select(func.count()).select_from(statement.subquery())) or 0


def newest_id() -> int:
    """Return the number of the newest post heard, from which "new posts" are counted."""
    return session.scalar(select(func.max(Mention.id))) or 0


def count_newer(viewer: Viewer, filters: Filters, *, than: int) -> int:
    """Return how many posts of this list came after the one with the number ``than``, up to ``COUNTED_TO``."""
    if filters.view in {View.MINE, View.FOLLOW_UPS}:
        return 0
    statement = ranges.matching_ids(
        filters,
        viewer.tastes,
        person=viewer.person,
        advocate_id=viewer.advocate_id,
        limit=COUNTED_TO,
        newer_than=max(than, 1),
    )
    return session.scalar(select(func.count()).select_from(statement.subquery())) or 0
