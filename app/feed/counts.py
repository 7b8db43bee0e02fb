"""How much waits: counted as far as a page says it, and no further."""

from typing import Any

from sqlalchemy import func, select

from app.feed import ranges
from app.feed.items import Viewer
from app.feed.queries import follow_ups
from app.feed.ranking import Filters, View, languages_read
from app.foundation.db import session
from app.mentions.models import Mention, MentionStatus

#: Beyond this, a count says "99+".
COUNTED_TO = 100


def _counted(viewer: Viewer, filters: Filters, *, newer: bool = False) -> Any:
    if filters.view is View.BY_HAND:
        return ranges.counted_by_hand(at_most=COUNTED_TO, newer=newer)
    languages = languages_read(filters, viewer.tastes)
    return ranges.counted(filters.lanes, languages, filters.topic, at_most=COUNTED_TO, newer=newer)


def counts_of(viewer: Viewer) -> dict[View, int]:
    """Return how many posts each view holds, counted up to ``COUNTED_TO`` and no further."""
    wanted = {view: _counted(viewer, Filters(view=view)) for view in (View.FOR_YOU, View.ALL, View.HELLO, View.BY_HAND)}
    if viewer.advocate_id is not None:
        earlier = follow_ups(viewer, limit=COUNTED_TO).subquery()
        wanted[View.FOLLOW_UPS] = select(func.count()).select_from(earlier).scalar_subquery()
    columns = [expression.label(view.name) for view, expression in wanted.items()]
    row = session.execute(select(*columns), {"advocate": viewer.advocate_id or 0}).one()
    return dict(zip(wanted, row, strict=True))


def waiting_for(viewer: Viewer) -> int:
    """Return how many posts fit this reader, or, for those who do not answer, how many are open; up to ``COUNTED_TO``."""
    view = View.FOR_YOU if viewer.advocate_id is not None else View.ALL
    return session.scalar(select(_counted(viewer, Filters(view=view))), {"advocate": viewer.advocate_id or 0}) or 0


def sorted_up_to() -> int:
    """Return the number up to which every post heard has been sorted; "new posts" are counted from there.

    What still waits to be sorted is not on the page that is being drawn, so it is new whenever it opens.
    """
    first_waiting = select(func.min(Mention.id)).where(Mention.status == MentionStatus.RECEIVED).scalar_subquery()
    newest = select(func.max(Mention.id)).scalar_subquery()
    return session.scalar(select(func.coalesce(first_waiting - 1, newest, 0))) or 0


def count_newer(viewer: Viewer, filters: Filters, *, than: int) -> int:
    """Return how many posts of this list came after the number ``than``, up to ``COUNTED_TO``."""
    if filters.view in {View.MINE, View.FOLLOW_UPS}:
        return 0
    values = {"advocate": viewer.advocate_id or 0, "newer_than": than}
    return session.scalar(select(_counted(viewer, filters, newer=True)), values) or 0
