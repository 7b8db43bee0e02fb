"""A bad way to Redis: what was decided is kept, and nobody waits for a bell."""

import time
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select

from app.foundation import bell, clock
from app.foundation.db import ring_after_commit, session, unit_of_work
from app.foundation.journal import JournalEntry, record
from app.foundation.lanes import Lane
from tests.chaos import Way, chaos
from tests.factories import make_mention

SOON_SECONDS = 15


@pytest.fixture
def way(own_database: str, redis_url: str) -> Iterator[Way]:
    """The bell, hung at the end of a way that can be made bad."""
    with chaos(redis_url.removeprefix("unix://").partition("?")[0]) as made:
        bell.BELL.hang(f"redis://{made.host}:{made.port}/0")
        assert bell.BELL.redis is not None
        assert bell.BELL.redis.ping()
        yield made
        bell.BELL.redis.close()
        bell.BELL.hang("")


SPOILT: dict[str, Callable[[Way], None]] = {
    "silent": lambda way: way.fall_silent(),
    "slow": lambda way: way.delay(0.1),
    "dripping": lambda way: way.drip(0.002),
    "cut": lambda way: way.cut(20),
    "reset": lambda way: way.reset(),
    "closed": lambda way: way.refuse(),
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_bad_way_to_redis_holds_nobody_and_loses_nothing(way: Way, how: str) -> None:
    mention = make_mention()
    SPOILT[how](way)
    began = time.monotonic()

    with unit_of_work():
        record("mention.tried", subject=mention, actor_id=None, at=clock.now())
        ring_after_commit(Lane.PUBLISHING)

    assert time.monotonic() - began < SOON_SECONDS
    session.remove()
    assert session.scalars(select(JournalEntry.id).where(JournalEntry.action == "mention.tried")).all()
    way.heal()
    with unit_of_work():
        ring_after_commit(Lane.TRIAGE)
    assert bell.BELL.redis is not None
    assert bell.BELL.redis.exists("rq:job:drain-triage")
