"""Where we are in a search on X: what was said since a moment, or between two of them, the newest first."""

import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta

from app.channels.adapters.x_cursor import OVERLAP, SEARCHED_BACK, Walk, walk_of

#: What a new search reads of the past: every post of it is paid for.
FIRST_PAGES = 1
FIRST_BACK = timedelta(days=6)
#: What is read at most to fill a gap.
FILLING_PAGES = 50
#: X searches nothing that is younger.
SEARCHED_FROM = timedelta(seconds=15)

Stretch = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class SearchPlace:
    """A walk through what a search finds. ``began``: when the walk was begun, in seconds since 1970.

    ``until``: where it ends, for one that fills a gap; others go on for ever, each walk from a little before the last began,
    since X may find a post late.
    """

    walk: Walk
    began: int = 0
    until: int | None = None

    @classmethod
    def first(cls, at: datetime) -> "SearchPlace":
        """From now on, with a bounded look back."""
        return cls(Walk(since=int((at - FIRST_BACK).timestamp()), pages=FIRST_PAGES))

    @classmethod
    def between(cls, start: datetime, end: datetime) -> "SearchPlace":
        """All that was said between two moments, as far as X still tells."""
        return cls(Walk(since=int(start.timestamp()), pages=FILLING_PAGES), until=int(end.timestamp()) + 1)

    @classmethod
    def load(cls, text: str) -> "SearchPlace":
        """Read what ``dump`` wrote."""
        stored = json.loads(text)
        return cls(walk_of(stored["walk"]), stored["began"], stored["until"])

    def dump(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))

    @property
    def since(self) -> datetime:
        return datetime.fromtimestamp(self.walk.since or 0, UTC)

    @property
    def ends_at(self) -> datetime | None:
        return datetime.fromtimestamp(self.until, UTC) if self.until else None

    def begun(self, at: datetime) -> tuple["SearchPlace", Stretch | None]:
        """Return the place from which the next page is read, and the stretch of time that X tells nothing of any more."""
        if self.walk.page_token is not None:
            return self, None
        reach = at - SEARCHED_BACK
        place = replace(self, began=int(at.timestamp()))
        if self.since >= reach.replace(microsecond=0):
            return place, None
        return replace(place, walk=replace(self.walk, since=int(reach.timestamp()))), (self.since, reach)

    def again(self) -> "SearchPlace":
        """Return the place with its walk from the first page: its token is not known any more."""
        pages = FILLING_PAGES if self.until else self.walk.pages
        return replace(self, walk=replace(self.walk.again(), pages=pages))

    def after(self, walk: Walk) -> "SearchPlace":
        """Return the place after one page."""
        if not walk.done:
            return replace(self, walk=walk)
        return replace(self, walk=Walk(since=self.began - int(OVERLAP.total_seconds())))

    def lost_by(self, walk: Walk, *, told_more: bool, oldest: datetime | None, at: datetime) -> Stretch | None:
        """Return the stretch of time that a walk given up has left unread; the first look back is meant to be short."""
        gave_up = walk.cut or (told_more and self.until is not None)
        if not (walk.done and gave_up) or (oldest is not None and oldest <= self.since):
            return None
        return self.since, oldest or self.ends_at or at
