"""Saved searches and gaps in the listener's turn: each on its own way, and nothing twice."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from app.channels.adapters.x_map import Reader
from app.channels.gaps import note_gap
from app.channels.models import Connection, Destination, ListeningGap, RawPage, SavedSearch
from app.foundation import clock
from app.foundation.db import session, unit_of_work
from app.foundation.tasks import Task, TaskKind
from app.mentions.models import IgnoredBecause, Mention, MentionStatus
from app.mentions.types import FeedLane, Route
from tests.channels.conftest import Brand
from tests.factories import make_search
from tests.worker.test_listening import connect, heard
from worker.lanes.listening import Listener, listen_once
from worker.lanes.triage import drain_triage

D = Destination


@pytest.fixture
def account(db_session: None, brand: Brand) -> Connection:
    return connect(brand)


def word(brand: Brand) -> str:
    return f"word{brand.access.account_id}"


def search_for(account: Connection, query: str, **values: Any) -> SavedSearch:
    return make_search(connection=account, query=query, **values)


def mention_of(post_id: str) -> Mention:
    return session.scalars(
        select(Mention).where(Mention.external_id == post_id).execution_options(populate_existing=True)
    ).one()


def fresh(row: Any) -> Any:
    session.refresh(row)
    return row


def test_what_only_a_search_finds_goes_where_the_search_says(brand: Brand, account: Connection) -> None:
    found = {}
    for destination in Destination:
        token = f"{word(brand)}{destination.value.casefold()}"
        search_for(account, token, destination=destination)
        found[destination] = brand.network.post_as("stranger", f"How do I descale a {token} kettle?")

    listen_once(Listener())
    drain_triage()

    rows = {destination: mention_of(post_id) for destination, post_id in found.items()}
    assert {row.can_reply for row in rows.values()} == {False}
    assert (rows[D.CROWD].status, rows[D.CROWD].feed_lane) == (MentionStatus.BY_HAND, FeedLane.QUESTIONS)
    assert (rows[D.HELLO].status, rows[D.HELLO].feed_lane) == (MentionStatus.BY_HAND, FeedLane.HELLO)
    assert (rows[D.STAFF].status, rows[D.STAFF].route) == (MentionStatus.ESCALATED, Route.STAFF_TECHNICAL)
    assert rows[D.OBSERVE].ignored_because is IgnoredBecause.ONLY_OBSERVED


def test_what_is_sensitive_goes_to_staff_whatever_the_search_is_for(brand: Brand, account: Connection) -> None:
    search_for(account, word(brand), destination=D.OBSERVE)
    post = brand.network.post_as("stranger", f"My {word(brand)} kettle burned my hand badly, I am going to sue")

    listen_once(Listener())
    drain_triage()

    row = mention_of(post)
    assert row.status is MentionStatus.ESCALATED
    assert row.route in (Route.STAFF_SENSITIVE, Route.STAFF_ANGRY)


def test_a_post_that_names_us_and_is_found_is_one_mention_on_the_usual_way(brand: Brand, account: Connection) -> None:
    search_for(account, word(brand), destination=D.OBSERVE)
    post = brand.customer(f"@brand how do I descale the {word(brand)}?")

    for _turn in range(2):
        listen_once(Listener())
    drain_triage()

    assert heard() == [post]
    assert mention_of(post).destination is None
    assert mention_of(post).status is MentionStatus.OPEN


def test_a_search_goes_on_where_it_was_and_costs_are_added_up(brand: Brand, account: Connection) -> None:
    row = search_for(account, word(brand))
    first = brand.network.post_as("stranger", f"{word(brand)} one")
    listen_once(Listener())
    made = brand.network.post_many([{"author": f"s{n % 7}", "text": f"{word(brand)} {n}"} for n in range(230)])

    listen_once(Listener())
    listen_once(Listener())

    assert sorted(heard()) == sorted([first, *made])
    assert fresh(row).searched_at is not None
    assert row.heard_at is not None
    assert fresh(account).cost_today > 1


def test_a_search_the_network_does_not_understand_says_so_and_holds_up_nothing(
    brand: Brand, account: Connection
) -> None:
    bad = search_for(account, "(kettle", name="A")
    search_for(account, word(brand), name="B")
    post = brand.network.post_as("stranger", f"{word(brand)} here")

    listen_once(Listener())

    assert heard() == [post]
    assert (fresh(bad).last_error or "").startswith("invalid")
    assert fresh(account).last_error is None


def test_a_search_that_rests_is_not_made(brand: Brand, account: Connection) -> None:
    search_for(account, word(brand), is_on=False)
    brand.network.post_as("stranger", f"{word(brand)} here")

    listen_once(Listener())

    assert heard() == []


def gap_of(account: Connection, hours: float, until: float) -> ListeningGap:
    now = clock.now()
    with unit_of_work():
        note_gap(
            connection_id=account.id,
            began_at=now - timedelta(hours=hours),
            ended_at=now - timedelta(hours=until),
            at=now,
        )
    return session.scalars(select(ListeningGap)).one()


def test_what_was_said_in_a_gap_is_read_later_and_the_gap_is_healed(brand: Brand, account: Connection) -> None:
    listen_once(Listener())
    inside = brand.customer("@brand in the gap", age_seconds=2 * 3600)
    brand.customer("@brand before the gap", age_seconds=9 * 3600)
    gap = gap_of(account, 4, 1)

    listen_once(Listener())

    assert inside in heard()
    assert fresh(gap).is_healed


def test_a_gap_out_of_reach_says_that_it_cannot_be_healed_and_is_asked_for_once(
    brand: Brand, account: Connection
) -> None:
    listen_once(Listener())
    gap = gap_of(account, 24 * 12, 24 * 9)

    listen_once(Listener())

    assert fresh(gap).healed_at is not None
    assert not gap.is_healed


def test_a_gap_partly_out_of_reach_is_read_as_far_as_the_network_tells(brand: Brand, account: Connection) -> None:
    listen_once(Listener())
    inside = brand.customer("@brand in the gap", age_seconds=5 * 86_400)
    gap = gap_of(account, 24 * 12, 24)

    listen_once(Listener())

    assert inside in heard()
    assert not fresh(gap).is_healed
    assert gap.healed_from is not None
    assert gap.began_at < gap.healed_from < gap.ended_at


def test_a_page_on_which_our_own_reading_fails_is_kept_and_what_is_behind_it_is_heard(
    brand: Brand, account: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen_once(Listener())
    lost = brand.customer("@brand on the bad page")
    with monkeypatch.context() as broken:
        broken.setattr(Reader, "page", _fail)
        listen_once(Listener())
    after = brand.customer("@brand behind it")

    listen_once(Listener())

    [page] = session.scalars(select(RawPage).where(RawPage.unread_ids != ""))
    assert after in heard()
    assert lost in page.shown_ids
    assert session.scalar(select(func.count()).select_from(Task).where(Task.kind == TaskKind.UNREADABLE_PAGE)) == 1


def _fail(_reader: Reader, _body: Mapping[str, Any]) -> Any:
    raise RuntimeError("a mistake of ours")


def test_answers_that_say_nothing_are_kept_once_and_the_third_asks_a_person(brand: Brand, account: Connection) -> None:
    listen_once(Listener())
    post = brand.customer("@brand meanwhile")
    brand.network.fault("mentions", "garbage", count=4, seconds=0)
    asked = []
    for _turn in range(4):
        listen_once(Listener())
        asked.append(len(open_tasks()))
        with_tasks = session.scalar(select(func.count()).select_from(RawPage).where(RawPage.unread_ids == ",answer,"))

    listen_once(Listener())

    assert asked == [0, 0, 1, 1]
    assert with_tasks == 1
    assert heard() == [post]
    assert open_tasks() == []


def open_tasks() -> list[Task]:
    wanted = select(Task).where(Task.kind == TaskKind.UNREADABLE_PAGE, Task.settled_at.is_(None))
    return list(session.scalars(wanted.execution_options(populate_existing=True)))
