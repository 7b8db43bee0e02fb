"""The watch: notice spikes, follow them, let them end; and what people say about them."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from app.accounts.permissions import Person
from app.foundation.db import session
from app.foundation.events import EventType, announce
from app.foundation.journal import record
from app.spikes import news, queries
from app.spikes.judging import Window
from app.spikes.models import CountedUpTo, Spike, SpikeStatus
from app.spikes.sorts import Sort
from app.spikes.standing import Standing

JUDGED_EVERY: Final = timedelta(seconds=30)
#: What has been quiet for so long is over.
QUIET_FOR: Final = timedelta(minutes=30)
#: What somebody called no incident is told again once it is so many times as much as it was then.
GROWN_BY: Final = 2
#: A letter tells of everything that stands out; what else begins within this time of it stands on the same page.
ONE_LETTER_FOR: Final = timedelta(minutes=30)


def is_due(*, at: datetime) -> bool:
    """Say whether it is time to judge again."""
    judged_at = queries.judged_at()
    return judged_at is None or at - judged_at >= JUDGED_EVERY


def watch(found: Sequence[Standing], *, at: datetime) -> bool:
    """Notice, follow and end spikes by what every series stands at; return whether it was ours to do.

    Whoever watches beside us, or did a moment ago, has done it for us.
    """
    counted = queries.counted_up_to()
    if counted is None or (counted.judged_at is not None and at - counted.judged_at < JUDGED_EVERY):
        return False
    counted.judged_at = at
    live = {spike.series_key: spike for spike in queries.live_spikes()}
    for standing in found:
        spike = live.get(standing.series.key)
        if spike is not None:
            _follow(spike, standing, at=at)
        elif (window := standing.loudest) is not None:
            live[standing.series.key] = _notice(standing, window, live.values(), counted=counted, at=at)
    for spike in live.values():
        if at - spike.seen_at >= QUIET_FOR:
            _end(spike, counted=counted, at=at)
    return True


def _notice(standing: Standing, window: Window, live: Iterable[Spike], *, counted: CountedUpTo, at: datetime) -> Spike:
    series = standing.series
    spike = Spike(
        series_key=series.key,
        sort=series.sort,
        topic=series.topic,
        connection_id=series.connection_id,
        noticed_at=at,
        seen_at=at,
        heard=window.heard,
        minutes=window.minutes,
        usual=window.expected,
        peak=standing.rate,
        was_told=series.sort is Sort.HARM or not _told_lately(live, at=at),
        from_verdict_id=counted.verdict_id,
    )
    session.add(spike)
    record("spike.noticed", subject=spike, actor_id=None, at=at, series=series.key, heard=window.heard)
    if spike.was_told:
        news.tell_noticed(spike, at=at)
    announce(EventType.COUNTS, subject_id=None, at=at)
    return spike


def _told_lately(live: Iterable[Spike], *, at: datetime) -> bool:
    return any(spike.was_told and at - spike.noticed_at < ONE_LETTER_FOR for spike in live)


def _follow(spike: Spike, standing: Standing, *, at: datetime) -> None:
    if not standing.lasts:
        return
    spike.see(rate=standing.rate, at=at)
    if spike.status is SpikeStatus.DISMISSED and standing.rate >= GROWN_BY * (spike.dismissed_peak or 1):
        spike.grow()
        spike.was_told = True
        record("spike.grew", subject=spike, actor_id=None, at=at, rate=standing.rate)
        news.tell_grown(spike, rate=standing.rate, at=at)
        announce(EventType.COUNTS, subject_id=None, at=at)


def _end(spike: Spike, *, counted: CountedUpTo, at: datetime) -> None:
    spike.end(verdict_id=counted.verdict_id, at=at)
    record("spike.ended", subject=spike, actor_id=None, at=at, peak=spike.peak)
    if spike.was_told:
        news.tell_ended(spike, at=at)
    announce(EventType.COUNTS, subject_id=None, at=at)


def dismiss(*, spike_id: int, by: Person, at: datetime) -> None:
    """Say that a spike is no incident: its banner goes, and nobody is told of it unless it grows a good deal.

    Raises:
        NotFound: there is none.
        Conflict: somebody said so before, or it has ended.
    """
    spike = queries.spike_of(by, spike_id)
    spike.dismiss(by_id=by.id, at=at)
    record("spike.dismissed", subject=spike, actor_id=by.id, at=at, peak=spike.peak)
    announce(EventType.COUNTS, subject_id=None, at=at)
