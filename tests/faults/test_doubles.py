"""Two of everything by mistake: two listeners on one account, two clocks with their drainers; nothing happens twice."""

import json
import time
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.cases.models import Case
from app.channels.models import Connection
from app.feed.models import Claim
from app.foundation import clock
from app.foundation.db import session
from app.foundation.journal import JournalEntry
from app.foundation.secrets import KEYRING
from app.mentions.models import Mention, MentionStatus
from app.triage.models import TriageVerdict
from tests import factories
from tests.channels.conftest import Brand
from tests.channels.conftest import brand as brand
from tests.channels.conftest import brand_on_x as brand_on_x
from tests.channels.conftest import network as network
from tests.conftest import KEYS
from tests.faults.conftest import wait_for
from tests.worker.test_listening import connect
from tests.worker.test_main import Start

pytestmark = pytest.mark.timeout(150)
PATIENCE_SECONDS = 60


def test_two_listeners_store_each_post_once_and_never_go_back(own_database: str, brand: Brand, start: Start) -> None:
    KEYRING.load(KEYS)
    row = connect(brand, poll_seconds=1).id
    for _each in range(2):
        start("listen", OVATION_SANDBOX_URL=brand.network.base_url)
    floors: list[int] = []

    def look() -> int:
        session.rollback()
        cursor = session.scalars(select(Connection.cursor).where(Connection.id == row)).one()
        for place in json.loads(cursor or "{}").values():
            if isinstance(place, dict) and "floor" in place:
                floors.append(int(place["floor"]))
                break
        return session.scalar(select(func.count(Mention.id))) or 0

    for batch in range(6):
        brand.network.post_many([{"author": "many", "text": f"@{brand.handle} {batch} {n}"} for n in range(20)])
        look()
        time.sleep(0.4)
    wait_for(lambda: look() == 120, PATIENCE_SECONDS)
    time.sleep(2)

    assert look() == 120
    assert session.scalar(select(func.count(func.distinct(Mention.external_id)))) == 120
    assert floors
    assert floors == sorted(floors)


def test_two_clocks_do_everything_once(own_database: str, start: Start) -> None:
    now = clock.now()
    account = factories.make_connection()
    author = factories.make_author(connection=account)
    fresh = {
        "connection": account,
        "author": author,
        "status": MentionStatus.RECEIVED,
        "route": None,
        "feed_lane": None,
        "heard_at": now,
    }
    received = [factories.make_mention(**fresh, text=f"How do I descale kettle {n}?").id for n in range(40)]
    overdue = [
        factories.make_mention(connection=account, author=author, waits_since=now - timedelta(hours=3)).id
        for _n in range(10)
    ]
    for _n in range(10):
        held = factories.make_mention(connection=account, author=author, status=MentionStatus.CLAIMED, heard_at=now)
        factories.make_claim(mention=held, expires_at=now - timedelta(minutes=1))
    session.remove()
    for _each in range(2):
        start("clock")

    def is_quiet() -> bool:
        waiting = select(func.count(Mention.id)).where(
            Mention.status.in_((MentionStatus.RECEIVED, MentionStatus.CLAIMED))
        )
        cases = session.scalar(select(func.count(Case.id)))
        return session.scalar(waiting) == 0 and cases == len(overdue)

    wait_for(is_quiet, PATIENCE_SECONDS)
    time.sleep(6)

    def lines(action: str) -> int:
        session.rollback()
        return session.scalar(select(func.count(JournalEntry.id)).where(JournalEntry.action == action)) or 0

    assert lines("mention.opened") == len(received)
    assert session.scalar(select(func.count(TriageVerdict.id))) == len(received)
    assert lines("mention.overdue") == len(overdue)
    assert session.scalar(select(func.count(Case.id))) == len(overdue)
    assert lines("mention.released") == 10
    assert session.scalar(select(func.count(Claim.id)).where(Claim.ended_at.is_(None))) == 0
