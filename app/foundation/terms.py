"""The terms: how long something may wait before somebody else is asked, and what two people must agree to.

Hours are those of the clock, nights and Sundays too.
"""

from dataclasses import dataclass
from datetime import UTC, timedelta, tzinfo


@dataclass(frozen=True, slots=True)
class Terms:
    """How long things may wait, and what one person does not decide alone."""

    #: A customer is answered within this time of our hearing them; that is the promise.
    promise: timedelta = timedelta(minutes=120)
    #: So much of it the crowd has, in percent; the rest is for staff.
    crowds_percent: int = 75
    #: A hello that nobody returned in so long is old news.
    hello: timedelta = timedelta(hours=24)
    #: When moderators are told that a reply waits for them, and when its post goes to staff instead.
    review_told: timedelta = timedelta(minutes=20)
    review: timedelta = timedelta(minutes=60)
    #: A reply that has not left so long after its approval is decided on again.
    approval: timedelta = timedelta(hours=24)
    #: When more posts than this wait to be sorted, listening rests until they are.
    backlog: int = 20_000
    #: At most so many posts a day wait for a listener, so long each; then they go the way triage guessed.
    asked_a_day: int = 100
    asking: timedelta = timedelta(minutes=15)
    #: So many first replies of an advocate are approved by two people; so is every reply to who has more followers.
    first_replies: int = 20
    many_followers: int = 10_000
    #: Where the brand is at home: its rules speak of weekdays and hours there.
    zone: tzinfo = UTC

    @property
    def crowds(self) -> timedelta:
        """How long a question stays with the crowd."""
        return self.promise * self.crowds_percent / 100


_chosen = [Terms()]


def choose(terms: Terms) -> None:
    """Let these count from now on; called once, when the house is opened."""
    _chosen[0] = terms


def chosen() -> Terms:
    """Return the terms that count."""
    return _chosen[0]
