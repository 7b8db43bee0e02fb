"""What the tests of spikes stand on: weeks of counts without the posts, and a last hour with them."""

from datetime import UTC, datetime, timedelta

from app.channels.models import Connection
from app.foundation.db import session, unit_of_work
from app.foundation.upsert import insert_all
from app.mentions.types import Route
from app.spikes import actions
from app.spikes.models import CountedUpTo, HeardCount, HeardSince
from app.spikes.queries import ONE
from app.spikes.sorts import Sort
from app.spikes.standing import standings
from tests.factories import NOW, make_author, make_connection, make_mention, make_verdict

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def learnt(
    each_hour: dict[tuple[Sort, str], int],
    *,
    weeks: float = 9,
    connection: Connection | None = None,
    at: datetime = NOW,
) -> Connection:
    """Let an account have heard so many posts of each sort in every hour of the last weeks, up to the hour of ``at``."""
    account = connection or make_connection()
    since = at - timedelta(weeks=weeks)
    session.add(HeardSince(connection_id=account.id, since=since))
    now = at.replace(minute=0)
    hours = range(1, min(8 * 168, int(weeks * 168)) + 1)
    rows = [
        {"minutes": 60, "from_at": now - n * HOUR, "connection_id": account.id, "posts": posts}
        | {"sort": sort, "topic": topic}
        for n in hours
        for (sort, topic), posts in each_hour.items()
    ]
    insert_all(HeardCount, rows)
    if session.get(CountedUpTo, ONE) is None:
        session.add(CountedUpTo(id=ONE, verdict_id=0))
    session.commit()
    return account


def posts(
    account: Connection,
    many: int,
    *,
    ending: datetime = NOW,
    within: timedelta = 10 * MINUTE,
    text: str = "",
    **columns: object,
) -> None:
    """Let so many posts be heard and sorted, evenly over the minutes before ``ending``."""
    author = make_author(connection=account)
    verdict = {name: columns.pop(name) for name in ("reasons",) if name in columns}
    for number in range(many):
        at = ending - MINUTE - within * (number / many)
        words = text or f"@NorthwindKettle the lid of my kettle opens early, number {number}"
        mention = make_mention(
            connection=account, author=author, posted_at=at, heard_at=at, text=words, **({"topic": ""} | columns)
        )
        make_verdict(mention, decided_at=at, **verdict)


def angry(account: Connection, many: int, **columns: object) -> None:
    posts(account, many, route=Route.STAFF_ANGRY, feed_lane=None, **columns)  # type: ignore[arg-type]


def look(at: datetime = NOW) -> bool:
    """Count and watch, as the sweep does."""
    with unit_of_work():
        actions.count_sorted(at=at)
    found = standings(zone=UTC, at=at) if actions.is_due(at=at) else []
    with unit_of_work():
        return actions.watch(found, at=at)
