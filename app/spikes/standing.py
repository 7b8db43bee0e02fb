"""What every watched series stands at: its windows, judged against its own past."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final

from app.spikes import queries
from app.spikes.judging import STEP_MINUTES, WINDOWS, Window, judge
from app.spikes.past import HOUR, LEARNT_FROM, Past, hour_of, past_of, usual_in
from app.spikes.sorts import Series, Sort
from app.spikes.usual import Usual

HOUR_MINUTES: Final = 60
_REACH: Final = timedelta(minutes=max(WINDOWS))


@dataclass(frozen=True, slots=True)
class Standing:
    """One series at one moment."""

    series: Series
    windows: list[Window]
    is_plain: bool

    @property
    def loudest(self) -> Window | None:
        """The window in which it stands out, the short one first; None where it does not."""
        return next((window for window in self.windows if window.stands_out), None)

    @property
    def lasts(self) -> bool:
        """Whether what began in it is not over."""
        return self.loudest is not None or self.windows[0].is_half_way

    @property
    def rate(self) -> int:
        """How many posts an hour it brings at the most."""
        return max(window.rate for window in self.windows)


def standings(*, zone: tzinfo, at: datetime) -> list[Standing]:
    """Judge every series that was heard in the last hour or two; one of which too little is known is left out."""
    since = queries.listened_since()
    if not since:
        return []
    steps = queries.counts_of(STEP_MINUTES, since=at - _REACH - timedelta(minutes=STEP_MINUTES))
    hours = queries.counts_of(HOUR_MINUTES, since=at - LEARNT_FROM - HOUR, until=hour_of(at))
    found = []
    for series in _watched(steps, accounts=len(since)):
        began = min(since.values()) if series.connection_id is None else since[series.connection_id]
        usual = usual_at(hours.get(series, {}), at, since=began, zone=zone)
        if usual is not None:
            windows = judge(steps[series], usual, series.sort, at=at)
            found.append(Standing(series, windows, any(each.is_plain for each in usual.values())))
    return found


def _watched(steps: queries.Counts, *, accounts: int) -> list[Series]:
    """Return the series to judge; where a single account is heard, it is all there is."""
    twice = Series(Sort.ALL) if accounts == 1 else None
    return sorted((series for series in steps if series != twice), key=lambda series: series.key)


def usual_at(
    counts: Mapping[datetime, int], at: datetime, *, since: datetime, zone: tzinfo
) -> dict[datetime, Usual] | None:
    """Return what is usual in the hour of a moment and the one before it; None while too little is known."""
    now = hour_of(at)
    found = {hour: usual_in(counts, past_in(hour, since, zone)) for hour in (now - HOUR, now)}
    known = {hour: usual for hour, usual in found.items() if usual is not None}
    return known if len(known) == len(found) else None


@lru_cache(maxsize=256)
def past_in(hour: datetime, since: datetime, zone: tzinfo) -> Past:
    """Return the past of an hour; asked for again and again within it."""
    return past_of(hour, since=since, zone=zone)
