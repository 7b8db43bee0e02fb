"""The listening worker against the sandbox network: nothing lost, nothing twice, every trouble written down."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import undefer

from app.channels import raw_pages
from app.channels.models import Connection, ConnectionState, ListeningGap, RawPage
from app.channels.queries import due_connections, listens_from
from app.channels.types import Batch, Gap, Tokens
from app.foundation import clock, db
from app.foundation.db import session, unit_of_work
from app.foundation.journal import JournalEntry
from app.foundation.secrets import KEYRING
from app.foundation.stumbles import Stumble
from app.foundation.tasks import Task, TaskKind
from app.foundation.terms import Terms
from app.mentions.models import Conversation, IgnoredBecause, Mention, MentionStatus, ThreadPost
from tests.channels.conftest import Brand
from tests.conftest import KEYS
from tests.factories import make_connection
from worker import hearing, shift
from worker.lanes.listening import Listener, listen_once
from worker.pages import store

ROOT = Path(__file__).parents[2]
HOSTILE = [json.loads(line) for line in (ROOT / "tests/data/hostile_inputs.jsonl").read_text().splitlines()]


def connect(brand: Brand, **overrides: object) -> Connection:
    tokens = {"access_token": brand.access.tokens.access_token}
    values = {
        "external_id": brand.access.account_id,
        "handle": brand.handle,
        "base_url": brand.network.base_url,
        "page_url": brand.network.base_url,
        "poll_seconds": 0,
        "tokens": tokens,
    }
    return make_connection(**(values | overrides))


def heard() -> list[str]:
    return list(session.scalars(select(Mention.external_id).order_by(Mention.id)))


def refreshed(connection: Connection) -> Connection:
    session.refresh(connection)
    return connection


@pytest.fixture
def connection_row(db_session: None, brand: Brand) -> Connection:
    return connect(brand)


def test_what_is_posted_is_stored_once_with_the_cursor_and_how_long_it_took(
    brand: Brand, connection_row: Connection
) -> None:
    first = brand.customer("@brand one")
    listener = Listener()
    listen_once(listener)
    second = brand.customer("@brand two")

    listen_once(listener)
    listen_once(listener)

    row = refreshed(connection_row)
    assert heard() == [first, second]
    assert row.cursor is not None
    assert row.polled_at is not None
    assert row.lag_seconds is not None
    assert row.lag_seconds < 60
    assert row.cost_today > 0


def test_a_listener_that_starts_anew_goes_on_from_the_stored_cursor(brand: Brand, connection_row: Connection) -> None:
    brand.customer("@brand one")
    listen_once(Listener())
    brand.network.post_many([{"author": "many", "text": f"@{brand.handle} {n}"} for n in range(130)])

    listen_once(Listener())

    assert len(heard()) == 131
    assert len(set(heard())) == 131


def test_two_listeners_at_once_store_each_post_once(brand: Brand, connection_row: Connection) -> None:
    one, other = Listener(), Listener()
    brand.network.post_many([{"author": "many", "text": f"@{brand.handle} {n}"} for n in range(30)])
    [due] = due_connections(at=clock.now())
    stale = one.ear(due).channel.poll(due.cursor)

    listen_once(other)
    store(due.id, stale)

    assert len(heard()) == 30


@pytest.mark.parametrize("kind", ["429", "500", "503_before", "reset", "garbage", "broken_json", "redirect"])
def test_a_fault_is_written_down_and_nothing_is_lost(brand: Brand, connection_row: Connection, kind: str) -> None:
    listener = Listener()
    listen_once(listener)
    post = brand.customer("@brand in bad weather")
    brand.network.fault("mentions", kind, seconds=0)

    listen_once(listener)
    troubled = refreshed(connection_row).last_error
    connection_row.settings = {}
    session.commit()
    listen_once(listener)

    assert troubled is not None
    assert troubled.startswith("rate_limited" if kind == "429" else "transient")
    assert heard() == [post]
    assert refreshed(connection_row).last_error is None


def test_a_network_that_asks_for_patience_is_left_alone(brand: Brand, connection_row: Connection) -> None:
    brand.network.fault("mentions", "429", seconds=40)
    listen_once(Listener())
    seen = len(brand.network.requests_seen())

    listen_once(Listener())

    assert len(brand.network.requests_seen()) == seen
    until = listens_from(refreshed(connection_row))
    assert until is not None
    assert timedelta(seconds=30) < until - clock.now() < timedelta(seconds=45)


def test_a_hanging_network_holds_up_nobody_for_long(
    brand: Brand, connection_row: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.channels.adapters.x_transport.READ_SECONDS", 0.3)
    brand.network.fault("mentions", "hang", seconds=30)
    started = time.monotonic()

    listen_once(Listener())

    assert time.monotonic() - started < 20
    assert (refreshed(connection_row).last_error or "").startswith("transient")


def test_a_network_that_is_down_does_not_hold_up_the_others(brand: Brand, connection_row: Connection) -> None:
    make_connection(base_url="http://127.0.0.1:1", handle="Other")
    post = brand.customer("@brand hello")

    listen_once(Listener())

    assert heard() == [post]


def test_a_fault_of_our_own_with_one_account_does_not_hold_up_the_others(
    brand: Brand, connection_row: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    broken = make_connection(kind="unheard-of")
    post = brand.customer("@brand hello")

    listen_once(Listener())

    assert heard() == [post]
    assert f"listening to connection {broken.id} failed" in caplog.text


def test_a_token_that_is_no_longer_taken_asks_for_a_person_once(brand: Brand, db_session: None) -> None:
    row = connect(brand, tokens={"access_token": "revoked"})

    listen_once(Listener())
    listen_once(Listener())

    assert refreshed(row).state is ConnectionState.NEEDS_LOGIN
    tasks = session.scalars(select(Task).where(Task.kind == TaskKind.RECONNECT)).all()
    assert [task.subject_id for task in tasks] == [row.id]


def test_tokens_that_ran_out_are_renewed_and_kept(brand: Brand, db_session: None) -> None:
    network = brand.network
    account = brand.channel(tokens=Tokens(network.token)).whoami()
    post = network.post_as("vega", f"@{account.handle} hello")
    client = {"client_id": network.client_id, "client_secret": network.client_secret}
    ran_out = {"access_token": "ran out", "refresh_token": network.refresh_token}
    row = connect(brand, external_id=account.id, handle=account.handle, tokens=ran_out | client)

    listen_once(Listener())

    kept = session.scalars(
        select(Connection).options(undefer(Connection.secrets)).execution_options(populate_existing=True)
    ).one()
    secrets = kept.read_secrets()
    assert heard() == [post]
    assert kept.state is ConnectionState.CONNECTED
    assert secrets.keys() == {*ran_out, *client, "expires_at"}
    assert secrets["refresh_token"] != network.refresh_token
    assert row.id == kept.id


def test_a_deleted_post_is_erased_when_it_is_looked_up_again(brand: Brand, connection_row: Connection) -> None:
    gone, stays = brand.customer("@brand my address is 5 Elm Street"), brand.customer("@brand hello")
    listener = Listener()
    listen_once(listener)
    for mention in session.scalars(select(Mention)):
        mention.open()
        mention.checked_at = clock.now() - timedelta(hours=13)
    session.commit()
    brand.network.delete(gone)

    listen_once(listener)

    rows = {mention.external_id: mention for mention in session.scalars(select(Mention))}
    assert (rows[gone].text, rows[gone].ignored_because) == ("", IgnoredBecause.DELETED)
    assert rows[stays].status is MentionStatus.OPEN
    assert clock.now() - rows[stays].checked_at < timedelta(minutes=1)


def test_a_strangers_deleted_post_beside_a_mention_is_erased_when_it_is_looked_up_again(
    brand: Brand, connection_row: Connection
) -> None:
    gone, stays = (brand.network.post_as("asker", words) for words in ("My address is 5 Elm Street", "My kettle sings"))
    listener = Listener()
    for root in (gone, stays):
        brand.network.post_as("friend", f"ask @{brand.handle}", reply_to=root)
    listen_once(listener)
    for beside in session.scalars(select(ThreadPost)):
        beside.checked_at = clock.now() - timedelta(hours=13)
    session.commit()
    brand.network.delete(gone)

    listen_once(listener)

    left = session.scalars(select(ThreadPost)).one()
    assert left.external_id == stays
    assert left.checked_at is not None
    assert clock.now() - left.checked_at < timedelta(minutes=1)


def test_a_look_up_that_fails_erases_nothing_and_does_not_stop_the_news(
    brand: Brand, connection_row: Connection
) -> None:
    old = brand.customer("@brand old")
    listener = Listener()
    listen_once(listener)
    session.scalars(select(Mention)).one().checked_at = clock.now() - timedelta(hours=13)
    session.commit()
    brand.network.fault("lookup", "500", count=5)
    new = brand.customer("@brand new")

    listen_once(listener)

    assert heard() == [old, new]
    assert refreshed(connection_row).last_error is None
    assert session.scalar(select(func.count()).select_from(Mention).where(Mention.text == "")) == 0


def test_a_thread_somebody_will_read_is_fetched_with_parents_and_siblings(
    brand: Brand, connection_row: Connection
) -> None:
    root = brand.network.post_as("asker", "My kettle sings")
    sibling = brand.network.post_as("bystander", "mine too", reply_to=root)
    middle = brand.network.post_as("friend", "does it?", reply_to=root)
    post = brand.network.post_as("asker", f"ask @{brand.handle}", reply_to=middle)
    listener = Listener()
    listen_once(listener)
    session.scalars(select(Mention)).one().open()
    session.commit()

    listen_once(listener)

    assert heard() == [post]
    beside = {row.external_id for row in session.scalars(select(ThreadPost))}
    assert beside == {root, sibling, middle}
    assert session.scalars(select(Conversation)).one().fetched_at is not None


def test_a_thread_that_was_fetched_when_told_to_stop_is_stored(
    brand: Brand, connection_row: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = brand.network.post_as("friend", "does yours sing?")
    middle = brand.network.post_as("neighbour", "it does", reply_to=root)
    brand.network.post_as("asker", f"ask @{brand.handle}", reply_to=middle)
    listener = Listener()
    listen_once(listener)
    session.scalars(select(Mention)).one().open()
    session.commit()
    told = threading.Event()
    monkeypatch.setattr(shift, "_stopping", told)
    monkeypatch.setattr(hearing, "crash_point", lambda point: told.set() if point == "hearing.counted" else None)

    listen_once(listener)

    assert told.is_set()
    assert session.scalars(select(Conversation)).one().fetched_at is not None
    assert session.scalars(select(Stumble)).all() == []


def test_a_post_the_brand_answers_on_the_network_is_set_aside(brand: Brand, connection_row: Connection) -> None:
    post = brand.customer("@brand how?")
    listener = Listener()
    listen_once(listener)
    session.scalars(select(Mention)).one().open()
    session.commit()
    brand.network.post_as(brand.handle, "Like this.", reply_to=post)

    listen_once(listener)

    mention = session.scalars(select(Mention)).one()
    assert mention.ignored_because is IgnoredBecause.ANSWERED_ELSEWHERE


def test_an_answer_of_the_brand_that_is_listed_late_counts_once_however_often_it_is_read(
    brand: Brand, connection_row: Connection
) -> None:
    asked = brand.customer("@brand why?", age_seconds=600)
    brand.network.post_as(brand.handle, "New kettles are in")
    listen_once(Listener())
    session.execute(update(Mention).values(status=MentionStatus.OPEN))
    session.commit()
    late = brand.network.post_as(brand.handle, "Because of the scale.", reply_to=asked, age_seconds=300)

    for _turn in range(3):
        row = refreshed(connection_row)
        row.cursor = json.dumps(json.loads(row.cursor or "{}") | {"overlapped_at": 0})
        session.commit()
        listen_once(Listener())

    mention = session.scalars(select(Mention).execution_options(populate_existing=True)).one()
    assert (mention.status, mention.ignored_because) == (MentionStatus.IGNORED, IgnoredBecause.ANSWERED_ELSEWHERE)
    assert list(session.scalars(select(ThreadPost.external_id).where(ThreadPost.external_id == late))) == [late]
    assert session.scalar(select(func.count()).where(JournalEntry.action == "mention.answered_elsewhere")) == 1


def test_every_hostile_text_is_heard_as_it_was_written(brand: Brand, connection_row: Connection) -> None:
    written = [row["text"].encode("utf-16", "surrogatepass").decode("utf-16", "replace") for row in HOSTILE]
    ids = brand.network.post_many([{"author": "mallory", "text": f"@{brand.handle} {text}"} for text in written])

    listen_once(Listener())

    stored = {mention.external_id: mention.text for mention in session.scalars(select(Mention))}
    assert stored.keys() == set(ids)
    shown = {i: text.replace("\x00", "") for i, text in zip(ids, written, strict=True)}
    assert {i for i in ids if stored[i].split() != f"@{brand.handle} {shown[i]}".split()} == set()


def test_a_post_the_database_cannot_take_does_not_hold_up_its_neighbours(
    brand: Brand, connection_row: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.mentions import intake

    bad = brand.customer("@brand poison")
    good = brand.customer("@brand fine")
    whole = intake.mention_row

    def spoiled(post: object, **values: object) -> dict[str, object]:
        row = whole(post, **values)  # type: ignore[arg-type]
        return row | ({"text": None} if row["external_id"] == bad else {})

    monkeypatch.setattr(intake, "mention_row", spoiled)

    listen_once(Listener())

    assert heard() == [good]
    [task] = session.scalars(select(Task).where(Task.kind == TaskKind.UNREADABLE_PAGE))
    assert bad in task.message
    assert refreshed(connection_row).cursor is not None


Run = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def listen(own_database_url: str) -> Iterator[Run]:
    """Start ``python -m worker listen`` as a process of its own."""
    engine = db.make_engine(own_database_url)
    db.bind(engine)
    KEYRING.load(KEYS)

    def start(*program: str, **environment: str) -> "subprocess.Popen[bytes]":
        settings = {
            "OVATION_MODE": "test",
            "OVATION_SECRET_KEY": "s" * 32,
            "OVATION_ENCRYPTION_KEYS": "test:a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=",
            "DATABASE_URL": own_database_url,
            "PYTHONPATH": str(ROOT),
            "PATH": os.environ["PATH"],
        }
        command = [sys.executable, "-m", *(program or ("worker", "listen"))]
        return subprocess.Popen(command, env=settings | environment, cwd=ROOT)

    yield start
    session.remove()
    engine.dispose()


def until(done: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        session.rollback()
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


@pytest.mark.parametrize("point", ["listening.heard", "listening.uncommitted", "listening.stored"])
def test_a_kill_around_the_commit_loses_nothing_and_doubles_nothing(brand: Brand, listen: Run, point: str) -> None:
    connect(brand)
    made = brand.network.post_many([{"author": "many", "text": f"@{brand.handle} {n}"} for n in range(250)])
    killed = listen(CRASH_AT=f"{point}:2")
    assert killed.wait(30) == -9

    again = listen()
    try:
        until(lambda: len(heard()) >= len(made))
    finally:
        again.terminate()
        assert again.wait(15) == 0

    assert sorted(heard()) == sorted(made)


def test_a_page_is_kept_before_anything_of_it_is_read(brand: Brand, listen: Run) -> None:
    connect(brand)
    post = brand.customer("@brand hello")

    assert listen(CRASH_AT="hearing.kept").wait(30) == -9

    [page] = pages_kept()
    assert "hello" in raw_pages.text_of(page)
    assert post in page.shown_ids
    assert heard() == []


def test_a_page_that_kills_three_listeners_is_set_aside_for_a_person_and_the_next_is_heard(
    brand: Brand, listen: Run
) -> None:
    row = connect(brand)
    deadly = brand.customer("@brand deadly")

    deaths = [listen("tests.worker.deadly_page").wait(30) for _each in range(3)]
    last = listen("tests.worker.deadly_page")
    try:
        until(lambda: raw_pages.unread_of(row) != [])
        later = brand.customer("@brand and then?")
        until(lambda: later in heard())
    finally:
        last.terminate()
        ended = last.wait(15)

    [page] = raw_pages.unread_of(row)
    assert (deaths, ended) == ([-9] * 3, 0)
    assert page.unread_ids == f",{deadly},"
    assert "deadly" in raw_pages.text_of(page)
    assert session.scalars(select(Task.kind)).all() == [TaskKind.UNREADABLE_PAGE]


def test_listeners_that_die_of_something_else_over_one_page_lose_nothing_of_it(brand: Brand, listen: Run) -> None:
    row = connect(brand)
    post = brand.customer("@brand hello")
    for _each in range(4):
        assert listen(CRASH_AT="listening.uncommitted").wait(30) == -9

    again = listen()
    try:
        until(lambda: heard() == [post])
    finally:
        again.terminate()
        again.wait(15)

    assert raw_pages.unread_of(row) == []
    assert session.scalars(select(Stumble)).all() == []


def test_being_told_to_stop_finishes_the_page_in_hand(brand: Brand, listen: Run) -> None:
    connect(brand)
    brand.customer("@brand hello")
    process = listen()
    until(lambda: len(heard()) == 1)

    process.terminate()

    assert process.wait(15) == 0


def test_an_edited_post_is_one_mention_with_its_new_words(brand: Brand, connection_row: Connection) -> None:
    first = brand.customer("@brand it leaks")
    listener = Listener()
    listen_once(listener)
    newest = brand.network.edit(first, f"@{brand.handle} it leaks no more")

    listen_once(listener)

    mention = session.scalars(select(Mention).execution_options(populate_existing=True)).one()
    assert (mention.external_id, mention.target_external_id, mention.edition) == (first, newest, 2)
    assert mention.text.endswith("leaks no more")


def test_an_edit_that_takes_our_name_away_is_found_by_a_look_up(brand: Brand, connection_row: Connection) -> None:
    first = brand.customer("@brand it leaks")
    listener = Listener()
    listen_once(listener)
    mention = session.scalars(select(Mention)).one()
    mention.checked_at = clock.now() - timedelta(hours=13)
    session.commit()
    brand.network.edit(first, "Never mind")

    listen_once(listener)

    mention = session.scalars(select(Mention).execution_options(populate_existing=True)).one()
    assert (mention.text, mention.edition, mention.can_reply) == ("Never mind", 2, False)


def test_what_could_not_be_read_is_kept_and_shown_once(brand: Brand, connection_row: Connection) -> None:
    start = clock.now() - timedelta(days=9)
    lost = Batch((), cursor="{}", more=False, gap=Gap(start, start + timedelta(days=1)))

    for _again in range(2):
        store(connection_row.id, lost)

    [gap] = session.scalars(select(ListeningGap)).all()
    assert (gap.connection_id, gap.began_at) == (connection_row.id, start)


def test_listening_rests_while_sorting_is_behind_and_loses_nothing(
    brand: Brand, connection_row: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.foundation.terms._chosen", [Terms(backlog=1)])
    listener = Listener()
    posts = [brand.customer(f"@brand {n}") for n in range(3)]
    listen_once(listener)
    later = brand.customer("@brand later")
    listen_once(listener)
    rested = heard()
    for mention in session.scalars(select(Mention)):
        mention.open()
    session.commit()

    for _turn in range(2):
        listen_once(listener)

    assert rested == posts
    assert heard() == [*posts, later]


def pages_kept() -> list[RawPage]:
    return list(session.scalars(select(RawPage).order_by(RawPage.id).execution_options(populate_existing=True)))


def test_a_page_of_which_all_is_known_is_not_kept_again(brand: Brand, connection_row: Connection) -> None:
    brand.customer("@brand hello")
    listener = Listener()
    for _turn in range(3):
        listen_once(listener)

    assert len(pages_kept()) == 1
    assert session.scalars(select(Stumble)).all() == []


def test_a_fault_of_the_network_counts_as_no_death(brand: Brand, connection_row: Connection) -> None:
    for _turn in range(4):
        brand.network.fault("mentions", "garbage", seconds=0)
        listen_once(Listener())

    assert session.scalars(select(Stumble)).all() == []


def test_a_page_is_kept_as_it_came_and_forgotten_with_any_post_on_it(brand: Brand, connection_row: Connection) -> None:
    listener = Listener()
    gone = brand.customer("@brand my address is 5 Elm Street")
    listen_once(listener)
    listen_once(listener)
    [page] = pages_kept()
    before, size = raw_pages.text_of(page), page.size
    for mention in session.scalars(select(Mention)):
        mention.checked_at = clock.now() - timedelta(hours=13)
    session.commit()
    brand.network.delete(gone)

    listen_once(listener)

    assert "5 Elm Street" in before
    assert size == len(before)
    assert pages_kept() == []


def test_the_page_with_the_old_words_is_forgotten_when_a_post_is_edited(
    brand: Brand, connection_row: Connection
) -> None:
    listener = Listener()
    first = brand.customer("@brand my address is 5 Elm Street")
    listen_once(listener)
    brand.network.edit(first, f"@{brand.handle} my address is private")

    listen_once(listener)

    assert "5 Elm Street" not in "".join(raw_pages.text_of(page) for page in pages_kept())


def test_old_pages_are_swept(brand: Brand, connection_row: Connection) -> None:
    brand.customer("@brand hello")
    listen_once(Listener())

    with unit_of_work():
        raw_pages.sweep(at=clock.now() + timedelta(days=6))
    kept = len(pages_kept())
    with unit_of_work():
        raw_pages.sweep(at=clock.now() + timedelta(days=8))

    assert (kept, pages_kept()) == (1, [])


def test_a_post_that_could_not_be_read_is_asked_for_again_when_somebody_wants_it(
    brand: Brand, connection_row: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.lanes.listening.PAGES_A_TURN", 0)
    post = brand.customer("@brand hello")
    unread = Batch((), cursor="", more=False, unreadable=[{"id": post}], raw=b"{}")
    store(connection_row.id, unread)
    set_aside = [page.unread_ids for page in pages_kept()]
    with unit_of_work():
        raw_pages.ask_again(connection_id=connection_row.id, actor_id=1, at=clock.now())

    listen_once(Listener())

    assert set_aside == [f",{post},"]
    assert heard() == [post]
    assert {page.unread_ids for page in pages_kept()} == {""}
    assert session.scalars(select(Task).where(Task.settled_at.is_(None))).all() == []
