"""Redis emptied, full, read-only, gone, restarted, silent, or written to by strangers: slower at most, never lost, and back by itself."""

import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from redis import Redis
from sqlalchemy import func, select

import app as house
from app.accounts.models import WrongPassword
from app.foundation import bell, clock
from app.foundation.config import Settings
from app.foundation.db import ring_after_commit, session, unit_of_work
from app.foundation.journal import JournalEntry, record
from app.foundation.lanes import Lane
from app.mentions.models import Mention, MentionStatus
from tests import factories, servers
from tests.chaos import Way, chaos
from tests.faults.conftest import wait_for
from tests.worker.test_main import Start

#: How long a worker may be away after Redis is itself again.
BACK_SECONDS = 15
#: How long a decision may take while Redis does not answer.
SOON_SECONDS = 15
pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def redis(own_redis: servers.Server) -> Iterator[Redis]:
    with Redis.from_url(own_redis.url) as connection:
        yield connection


def url_of(redis: Redis) -> str:
    return f"unix://{redis.connection_pool.connection_kwargs['path']}?db=0"


def heard(count: int) -> None:
    account = factories.make_connection()
    author = factories.make_author(connection=account)
    unsorted = {"status": MentionStatus.RECEIVED, "route": None, "feed_lane": None}
    for n in range(count):
        text = f"How do I descale kettle {n}?"
        factories.make_mention(connection=account, author=author, text=text, **unsorted)


def waiting() -> int:
    session.rollback()
    return session.scalar(select(func.count()).where(Mention.status == MentionStatus.RECEIVED)) or 0


def read_only(redis: Redis) -> None:
    redis.execute_command("REPLICAOF", "127.0.0.1", "1")


def writable(redis: Redis) -> None:
    redis.execute_command("REPLICAOF", "NO", "ONE")


def full(redis: Redis) -> None:
    redis.config_set("maxmemory", "1mb")


def roomy(redis: Redis) -> None:
    redis.config_set("maxmemory", "0")


def empty(redis: Redis) -> None:
    redis.flushall()


def strangers(redis: Redis) -> None:
    redis.lpush("rq:queue:triage", "no-such-job", "drain-publishing", "\xff\xfe", "")
    redis.hset("rq:job:bad", mapping={"data": '["os.system", null, ["touch /tmp/taken"], {}]', "status": "queued"})
    redis.lpush("rq:queue:triage", "bad")


def nothing(_redis: Redis) -> None:
    """It mends itself."""


@pytest.mark.parametrize(
    ("trouble", "mend"),
    [(read_only, writable), (full, roomy), (empty, nothing), (strangers, nothing)],
    ids=["read-only", "full", "empty", "strangers"],
)
def test_a_worker_survives_and_answers_again(
    own_database: str, redis: Redis, start: Start, trouble: Callable[[Redis], None], mend: Callable[[Redis], None]
) -> None:
    worker = start("drain", "triage", REDIS_URL=url_of(redis))
    heard(1)
    wait_for(lambda: bell.ring(Lane.TRIAGE) is None and waiting() == 0, 30)
    # A bell that is answered at the very moment stays marked as being answered; then the clock's own round goes on.
    wait_for(lambda: not redis.keys("rq:job:drain-*"), 15)

    for _round in range(3):
        trouble(redis)
        bell.ring(Lane.TRIAGE)
        time.sleep(1)
    mend(redis)
    heard(1)

    wait_for(lambda: bell.ring(Lane.TRIAGE) is None and waiting() == 0, BACK_SECONDS)
    assert worker.poll() is None


def test_emptied_again_and_again_it_loses_nothing(own_database: str, redis: Redis, start: Start) -> None:
    for process in (("drain", "triage"), ("clock",)):
        start(*process, REDIS_URL=url_of(redis))
    for _round in range(20):
        heard(5)
        redis.flushall()
        time.sleep(0.2)

    wait_for(lambda: waiting() == 0, 35)

    assert session.scalar(select(func.count(Mention.id))) == 100
    assert session.scalars(select(Mention.status).distinct()).all() == [MentionStatus.OPEN]


def test_killed_and_started_again_it_loses_nothing(own_database: str, own_redis: servers.Server, start: Start) -> None:
    workers = [start(*words, REDIS_URL=own_redis.url) for words in (("drain", "triage"), ("clock",))]
    for _round in range(4):
        heard(5)
        bell.ring(Lane.TRIAGE)
        own_redis.stop(signal.SIGKILL)
        heard(5)
        bell.ring(Lane.TRIAGE)
        own_redis.start()

    wait_for(lambda: waiting() == 0, 35)

    assert session.scalar(select(func.count(Mention.id))) == 40
    assert session.scalars(select(Mention.status).distinct()).all() == [MentionStatus.OPEN]
    assert [worker.poll() for worker in workers] == [None, None]


@pytest.mark.parametrize("trouble", [read_only, full], ids=["read-only", "full"])
def test_while_it_cannot_be_rung_the_clock_does_the_work(
    own_database: str, redis: Redis, start: Start, trouble: Callable[[Redis], None]
) -> None:
    trouble(redis)
    start("clock", REDIS_URL=url_of(redis))
    heard(3)

    wait_for(lambda: waiting() == 0, 35)


def test_wrong_passwords_are_slowed_down_without_redis(settings: Settings, db_session: None, tmp_path: object) -> None:
    dead = replace(settings, redis_url=f"unix://{tmp_path}/nobody.sock")
    made = house.create_app(dead)
    made.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    made.teardown_appcontext_funcs.clear()
    client = made.test_client()
    user = factories.make_user()

    answers = [
        client.post("/sign-in", data={"who": user.email, "password": f"wrong words {n}"}).status_code for n in range(9)
    ]

    assert 500 not in answers
    counted = session.scalar(select(func.count(WrongPassword.id)).where(WrongPassword.at <= clock.now())) or 0
    assert counted < len(answers) or 429 in answers


def test_too_many_calls_are_refused_without_redis(settings: Settings, db_session: None, tmp_path: object) -> None:
    made = house.create_app(replace(settings, redis_url=f"unix://{tmp_path}/nobody.sock"))
    made.config.update(TESTING=True)
    made.teardown_appcontext_funcs.clear()
    client = made.test_client()

    answers = [client.post("/csp-report", data=b"{}").status_code for _n in range(70)]

    assert answers.count(204) <= 60
    assert answers[-1] == 429


# A bad way to it


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
    mention = factories.make_mention()
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
