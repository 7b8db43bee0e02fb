"""What work is worth: pure, a fact to points.

The amounts are the brand's to set one day; today they are these.
"""

import math
from datetime import datetime, timedelta

POSTED_POINTS = 10
WITHOUT_CHANGES_POINTS = 3
WITHIN_THE_HOUR_POINTS = 2
THANKED_POINTS = 5
#: Reach is a thank-you, not a livelihood: it never outweighs the reply itself.
REACH_AT_MOST = 15
REACH_A_DAY_AT_MOST = 30
SOON = timedelta(hours=1)
#: For this long a published reply is listened to for thanks and looked up for its reach.
FOLLOWED_FOR = timedelta(days=14)
#: A look-up is repeated after this share of the reply's age, and so many polls, so that old replies cost little.
_LOOK_AGAIN_AFTER, _LOOK_AGAIN_POLLS = 0.1, 5


def was_soon(*, posted_at: datetime, sent_at: datetime) -> bool:
    """Say whether the answer stood under the post within the hour."""
    return sent_at - posted_at <= SOON


def reach_points(*, likes: int, reposts: int, views: int) -> int:
    """Return what the reach of a reply is worth: 0 to ``REACH_AT_MOST``, three more for each doubling.

    A repost puts the reply before other people's followers and weighs as three likes; fifty views weigh as one like,
    since they cost nobody a thought.
    """
    weight = max(0, likes) + 3 * max(0, reposts) + max(0, views) / 50
    return min(REACH_AT_MOST, math.floor(3 * math.log2(1 + weight)))


def next_look_up(*, sent_at: datetime, poll_seconds: int, at: datetime) -> datetime | None:
    """Return when the reach of a reply, just looked up, is looked up again; None when it is followed no longer."""
    due = at + max(timedelta(seconds=_LOOK_AGAIN_POLLS * poll_seconds), (at - sent_at) * _LOOK_AGAIN_AFTER)
    return due if due < sent_at + FOLLOWED_FOR else None


def within_the_day(points: int, *, already_today: int) -> int:
    """Return how much of ``points`` for reach still fits under the day's cap."""
    return max(0, min(points, REACH_A_DAY_AT_MOST - already_today))
