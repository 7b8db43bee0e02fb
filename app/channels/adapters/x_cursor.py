"""Where we are in X's newest-first lists, so that nothing between two polls is ever skipped."""

import json
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

LOOK_BACK = timedelta(days=7)
LOOK_BACK_PAGES = 8
#: X searches seven days back from each page, and reading many pages takes a while.
SEARCHED_BACK = timedelta(days=6, hours=23)
OVERLAP = timedelta(minutes=15)
OVERLAP_EVERY = timedelta(minutes=1)

#: A network that gives so many pages in a row without an older post on them goes round in circles.
CIRCLES = 3
#: The upper bits of an id are the milliseconds since then (X's "Snowflake" ids).
_FIRST_MS = 1_288_834_974_657


def written_at(post_id: int) -> datetime:
    """Return when a post was written, as its id tells."""
    return datetime.fromtimestamp(((post_id >> 22) + _FIRST_MS) / 1000, UTC)


class Stage(StrEnum):
    """What the next call reads."""

    MENTIONS = "mentions"
    SEARCH = "search"
    OWN = "own"
    OWN_OVERLAP = "own_overlap"
    OVERLAP = "overlap"


@dataclass(frozen=True, slots=True)
class Walk:
    """One list, read from its newest post down to where we were.

    ``floor``: ids up to here were read. ``high``: the newest id seen by the walk in hand. ``page_token``: its next page,
    None between walks. ``since``: seconds since 1970 before which nothing is wanted. ``pages``: how many it may still read.
    ``until``: ids from here on are known already. ``low``: the lowest id the walk has read.
    ``circles``: how many pages brought nothing older. ``cut``: it was given up for that.
    """

    floor: int = 0
    high: int = 0
    page_token: str | None = None
    since: int | None = None
    pages: int | None = None
    until: int | None = None
    low: int = 0
    circles: int = 0
    cut: bool = False

    def read(self, ids: list[int], next_token: str | None, oldest: datetime | None) -> "Walk":
        """Return the walk after one page; ``oldest`` is when its last post was written."""
        high = max([self.high, self.floor, *ids])
        going = self.page_token is not None
        before = self.low if going else 0
        low = min([*([before] if before else []), *ids], default=0)
        circles = 0 if not going or low < before or (ids and not before) else self.circles + 1
        cut = next_token is not None and circles == CIRCLES
        pages = None if self.pages is None else self.pages - 1
        past = self.since is not None and oldest is not None and oldest.timestamp() < self.since
        if next_token is None or past or pages == 0 or cut:
            return Walk(floor=high, since=None if high else self.since, low=low, cut=cut)
        return replace(self, high=high, page_token=next_token, pages=pages, low=low, circles=circles)

    @property
    def done(self) -> bool:
        """Whether the list was read to its floor."""
        return self.page_token is None

    def again(self) -> "Walk":
        """Return the walk from its first page: its token is not known any more."""
        return replace(self, page_token=None, pages=LOOK_BACK_PAGES if self.pages is not None else None)


@dataclass(frozen=True, slots=True)
class Cursor:
    """Everything the next poll must know. Its text form is opaque to everybody else."""

    stage: Stage = Stage.MENTIONS
    mentions: Walk = field(default_factory=Walk)
    search: Walk = field(default_factory=Walk)
    own: Walk = field(default_factory=Walk)
    own_overlap: Walk = field(default_factory=Walk)
    overlap: Walk = field(default_factory=Walk)
    overlapped_at: int = 0
    heard_at: int = 0

    @classmethod
    def first(cls, at: datetime, *, connected_at: datetime | None = None) -> "Cursor":
        """All that was said since we were connected, with a bounded look back before."""
        back = Walk(since=int((at - LOOK_BACK).timestamp()), pages=LOOK_BACK_PAGES)
        heard_at = int(connected_at.timestamp()) if connected_at else 0
        return cls(mentions=back, own=back, overlapped_at=int(at.timestamp()), heard_at=heard_at)

    @classmethod
    def load(cls, text: str) -> "Cursor":
        """Read what ``dump`` wrote."""
        stored = json.loads(text)
        return cls(
            stage=Stage(stored["stage"]),
            mentions=walk_of(stored["mentions"]),
            search=walk_of(stored["search"]),
            own=walk_of(stored["own"]),
            own_overlap=walk_of(stored.get("own_overlap", {})),  # older cursors have none
            overlap=walk_of(stored["overlap"]),
            overlapped_at=stored["overlapped_at"],
            heard_at=stored["heard_at"],
        )

    def dump(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))

    @property
    def walk(self) -> Walk:
        """The walk of the stage in hand."""
        return {
            Stage.MENTIONS: self.mentions,
            Stage.SEARCH: self.search,
            Stage.OWN: self.own,
            Stage.OWN_OVERLAP: self.own_overlap,
            Stage.OVERLAP: self.overlap,
        }[self.stage]

    def with_walk(self, walk: Walk) -> "Cursor":
        """Return the cursor with another walk for the stage in hand."""
        match self.stage:
            case Stage.MENTIONS:
                return replace(self, mentions=walk)
            case Stage.SEARCH:
                return replace(self, search=walk)
            case Stage.OWN:
                return replace(self, own=walk)
            case Stage.OWN_OVERLAP:
                return replace(self, own_overlap=walk)
            case Stage.OVERLAP:
                return replace(self, overlap=walk)

    def after(self, walk: Walk, at: datetime) -> tuple["Cursor", bool]:
        """Return the cursor after one page, and whether the turn goes on.

        A turn reads new mentions to the end, by search where X's list of them may be too short, then our own new posts, then
        the overlap: the last quarter of an hour again, since X may list a post late. Of our own posts that is read whole;
        of mentions, which may be many, one page.
        """
        moved = self.with_walk(walk)
        if self.stage is Stage.OVERLAP:
            return replace(moved, stage=Stage.MENTIONS), False
        if not walk.done:
            return moved, True
        # X lists the newest 800 and no more. One call shows the end of its list as it is; by the next, what came meanwhile
        # may have pushed that end beyond where we were, all the more where we had to wait. To ask costs next to nothing.
        too_short = walk.cut or self.walk.page_token is not None
        if self.stage is Stage.MENTIONS and too_short and self._is_owed(walk.low):
            return replace(moved, stage=Stage.SEARCH, search=self._rest_of_mentions(walk.low)), True
        if self.stage in (Stage.MENTIONS, Stage.SEARCH):
            return replace(moved, stage=Stage.OWN, heard_at=int(at.timestamp())), True
        if self.stage is Stage.OWN:
            return moved._turn_overlap(at)
        return replace(moved, stage=Stage.OVERLAP), True

    def _is_owed(self, low: int) -> bool:
        """Whether what lies before ``low`` must be heard: always, but for the look back on the days before we were connected."""
        if self.mentions.pages is None:
            return True
        return bool(self.heard_at) and (not low or written_at(low) > self._heard())

    def _rest_of_mentions(self, low: int) -> Walk:
        """Return the search for what lies between where we were and ``low``; before any mention, where we were is a time."""
        if self.mentions.floor:
            return Walk(floor=self.mentions.floor, until=low or None)
        return Walk(since=int((self._heard() - OVERLAP).timestamp()), until=low or None)

    def _heard(self) -> datetime:
        return datetime.fromtimestamp(self.heard_at, UTC)

    def _turn_overlap(self, at: datetime) -> tuple["Cursor", bool]:
        now, going = int(at.timestamp()), not self.overlap.done
        if now - self.overlapped_at < OVERLAP_EVERY.total_seconds():
            return replace(self, stage=Stage.OVERLAP if going else Stage.MENTIONS), going
        window = Walk(since=int((at - OVERLAP).timestamp()))
        mentions = self.overlap if going else window
        begun = replace(self, own_overlap=window, overlap=mentions, overlapped_at=now)
        return replace(begun, stage=Stage.OWN_OVERLAP), True

    def lost_by(self, walk: Walk, oldest: datetime | None, at: datetime) -> tuple[datetime, datetime] | None:
        """Return the stretch of time that a walk given up has left unread, unless a search goes on from there."""
        overlaps = self.stage in (Stage.OWN_OVERLAP, Stage.OVERLAP)
        if not walk.cut or overlaps or self.stage is Stage.MENTIONS:
            return None
        return (self._heard() - OVERLAP if self.heard_at else at - LOOK_BACK), oldest or at

    def without_search(self, at: datetime) -> tuple["Cursor", tuple[datetime, datetime] | None]:
        """Return the cursor where X does not let us search, and the stretch of time of which we cannot know that it was heard."""
        until = written_at(self.walk.until) if self.walk.until else at
        moved, _more = self.after(Walk(), at)
        return moved, ((self._heard() - OVERLAP, until) if self.heard_at else None)

    def is_too_old(self, at: datetime) -> bool:
        """Whether the search in hand asks for more than X searches."""
        since = self.walk.since
        return self.stage is Stage.SEARCH and since is not None and since < (at - LOOK_BACK).timestamp()

    def reopened(self, at: datetime) -> tuple["Cursor", tuple[datetime, datetime] | None]:
        """Return the cursor for a place X no longer takes, and the stretch of time that cannot be read, if there is one."""
        reach = at - SEARCHED_BACK
        heard = self._heard() - OVERLAP
        walk = Walk(since=int(max(reach, heard).timestamp()), until=self.walk.until)
        return self.with_walk(walk), ((heard, reach) if self.heard_at and heard < reach else None)


def walk_of(stored: dict[str, Any]) -> Walk:
    """Read one walk; what only older or newer releases know of it is left out."""
    return Walk(**{name: stored[name] for name in Walk.__slots__ if name in stored})
