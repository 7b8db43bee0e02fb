"""How long somebody who mistyped a password waits before the next try: pure."""

from datetime import datetime, timedelta

WINDOW = timedelta(minutes=15)
FREE_TRIES = 5
FIRST_WAIT = timedelta(seconds=10)
#: Never a lock: a stranger who goes on guessing must not shut the owner out.
LONGEST_WAIT = timedelta(minutes=2)


def wait(wrong: int, newest: datetime | None, *, at: datetime) -> timedelta:
    """Return the time until the next try counts, zero for at once.

    ``wrong`` tries lie within the window before ``at``, the last of them at ``newest``. The wait doubles with each
    try after the free ones.
    """
    if newest is None or wrong < FREE_TRIES:
        return timedelta(0)
    doubled: timedelta = FIRST_WAIT * 2 ** min(wrong - FREE_TRIES, 10)
    return max(timedelta(0), newest + min(doubled, LONGEST_WAIT) - at)
