"""What the pages of spikes show, gathered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final
from urllib.parse import urlencode

from app.accounts.permissions import Permission, Person, may
from app.cord.actions import REASON_CHARACTERS
from app.cord.models import HoldScope
from app.foundation.charts import Drawing, Line, lines
from app.foundation.words import _
from app.mentions.models import Mention
from app.publishing.forms import topics_to_pause
from app.spikes import queries
from app.spikes.about import A_DAY, Matter, Whys, most_said, whys_since
from app.spikes.curve import Curve, curve_of
from app.spikes.models import Spike, SpikeStatus
from app.spikes.sorts import Series, Sort
from app.spikes.standing import standings
from app.spikes.standing_out import Word, words_standing_out
from app.spikes.usual import FACTOR
from app.spikes.words import heard_line, name_of, noticed_line, series_name

PAST_SHOWN: Final = 20
POSTS_SHOWN: Final = 20
_AN_HOUR: Final = 60


@dataclass(frozen=True, slots=True)
class Chart:
    """A curve as it is drawn and tabled; ``finding`` says what it shows."""

    finding: str
    drawings: list[Drawing]
    rows: list[tuple[str, int, int, int]]
    is_plain: bool


@dataclass(frozen=True, slots=True)
class Card:
    """One spike with the ways out of it; an address is empty where the reader may not go there."""

    spike: Spike
    name: str
    line: str
    cord: str = ""
    incident: str = ""
    may_dismiss: bool = False


@dataclass(frozen=True, slots=True)
class Overview:
    """What is going on: the spikes that last, those that ended, everything that was heard today, and what it is about."""

    cards: list[Card]
    past: list[Spike]
    chart: Chart | None
    matters: list[Matter]
    whys: Whys


@dataclass(frozen=True, slots=True)
class SpikePage:
    """One spike: its curve, the words and topics that stand out, and its newest posts."""

    card: Card
    chart: Chart | None
    words: list[Word]
    topics: list[tuple[str, int, float]]
    posts: Sequence[Mention]


def overview(person: Person, *, zone: tzinfo, at: datetime) -> Overview:
    """Return what is going on."""
    return Overview(
        cards=[card_of(person, spike) for spike in queries.spikes_of(person, live=True, limit=PAST_SHOWN)],
        past=queries.spikes_of(person, live=False, limit=PAST_SHOWN),
        chart=_chart(curve_of(Series(Sort.ALL), zone=zone, at=at), zone),
        matters=most_said(person, at - A_DAY),
        whys=whys_since(at - A_DAY),
    )


def spike_page(person: Person, spike_id: int, *, zone: tzinfo, at: datetime) -> SpikePage:
    """Return one spike.

    Raises:
        NotFound: there is none, or not for this person.
    """
    spike = queries.spike_of(person, spike_id)
    posts = queries.posts_of(person, spike.series, up_to=spike.to_verdict_id)
    began_at = spike.noticed_at - timedelta(minutes=spike.minutes)
    # As many verdicts as gave it away lie between the posts before it and the moment it was noticed.
    earlier = queries.posts_of(person, Series(Sort.ALL), up_to=spike.from_verdict_id - spike.heard)
    during = [post.crowd_text for post in posts if post.posted_at >= began_at]
    before = [post.crowd_text for post in earlier if post.posted_at < began_at]
    return SpikePage(
        card=card_of(person, spike),
        chart=_chart(curve_of(spike.series, zone=zone, at=at, ended_at=spike.ended_at), zone),
        words=words_standing_out(during, before),
        topics=_topics(zone=zone, at=at) if spike.ended_at is None else [],
        posts=posts[:POSTS_SHOWN],
    )


def card_of(person: Person, spike: Spike) -> Card:
    """Return a spike with what the reader can do about it."""
    name, line = name_of(spike), noticed_line(spike)
    if spike.ended_at is not None or not may(person, Permission.PULL_CORD):
        return Card(spike, name, line)
    asked = _scope(spike) | {"reason": _("%(what)s: %(heard)s", what=name, heard=line)[:REASON_CHARACTERS]}
    return Card(
        spike,
        name,
        line,
        cord=f"/cord?{urlencode(asked)}#pull",
        incident=f"/cord?{urlencode(asked | {'is_incident': 'y'})}#pull",
        may_dismiss=spike.status is SpikeStatus.OPEN,
    )


def _scope(spike: Spike) -> dict[str, str]:
    """Return what the cord's form should offer to pause: what the spike is about, and no more."""
    if spike.connection_id is not None:
        return {"scope": HoldScope.CONNECTION.value, "connection_id": str(spike.connection_id)}
    if spike.topic in topics_to_pause():
        return {"scope": HoldScope.TOPIC.value, "topic": spike.topic}
    return {"scope": HoldScope.CROWD.value}


def _topics(*, zone: tzinfo, at: datetime) -> list[tuple[str, int, float]]:
    """Return the topics of which more is heard than usual in the last hour: name, heard, usual; the fastest rising first."""
    found = []
    for standing in standings(zone=zone, at=at):
        window = standing.windows[-1]
        if standing.series.sort is Sort.TOPIC and window.heard >= FACTOR and window.heard > FACTOR * window.expected:
            found.append((series_name(standing.series), window.heard, window.expected))
    return sorted(found, key=lambda each: each[2] - each[1])


def _chart(curve: Curve | None, zone: tzinfo) -> Chart | None:
    if curve is None:
        return None
    points, last = curve.points, curve.points[-1]
    labels = [point.ends_at.astimezone(zone).strftime("%H:%M") for point in points]
    most = max(points, key=lambda point: point.heard)
    told = last if curve.reaches_now else most
    return Chart(
        finding=heard_line(heard=told.heard, minutes=_AN_HOUR, usual=told.usual),
        drawings=lines(
            labels,
            [
                Line(_("Heard"), 1, [point.heard for point in points]),
                Line(_("Usual"), 4, [round(point.usual, 1) for point in points]),
                Line(_("From here on you are told"), 2, [point.bound for point in points], dashed=True),
            ],
        ),
        rows=[
            (label, point.heard, round(point.usual), point.bound)
            for label, point in zip(reversed(labels), reversed(points), strict=True)
        ],
        is_plain=curve.is_plain,
    )
