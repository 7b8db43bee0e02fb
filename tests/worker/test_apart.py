"""A fault in one story of a lane: the others have their turn all the same, and nobody takes the round for a good one."""

import logging
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from rq.timeouts import JobTimeoutException
from sqlalchemy import select, update

from app.channels.models import Connection
from app.channels.types import Batch, Keep, Transient
from app.foundation import clock, stumbles
from app.foundation.db import session
from app.foundation.heartbeats import Heartbeat
from app.foundation.tasks import Task, TaskKind
from app.publishing import actions, outgoing, queries
from app.publishing.models import Publication, PublicationStatus
from tests import factories
from tests.publishing.conftest import StubChannel
from worker import shift
from worker.apart import apart, named
from worker.lanes import listening, publishing, removals, rewards, sweeps, triage

pytestmark = pytest.mark.usefixtures("db_session")
LONG_AGO = factories.NOW - timedelta(hours=1)


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> StubChannel:
    channel = StubChannel()
    monkeypatch.setattr(outgoing, "open_channel", lambda *_asked, **_named: channel)
    return channel


def broken(*_words: object, **_named: object) -> Any:
    raise ZeroDivisionError


def fresh(publication_id: int) -> Publication:
    session.rollback()
    return session.get_one(Publication, publication_id, populate_existing=True)


def test_those_behind_a_story_that_fails_have_their_turn_and_the_fault_is_raised_in_the_end() -> None:
    told: list[int] = []

    with pytest.raises(ZeroDivisionError):
        apart({"one": partial(told.append, 1), "two": broken, "three": partial(told.append, 3)})

    assert told == [1, 3]


def test_a_fault_is_logged_once_by_the_name_of_its_own_story(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR), pytest.raises(ZeroDivisionError):
        apart({"outer": partial(apart, {"inner": broken})})

    assert [line.getMessage() for line in caplog.records] == ["inner failed"]


def test_the_end_of_a_jobs_time_ends_the_round() -> None:
    told: list[int] = []

    def too_long() -> None:
        raise JobTimeoutException

    with pytest.raises(JobTimeoutException):
        apart({"too long": too_long, "behind": partial(told.append, 1)})

    assert told == []


def test_no_story_begins_once_the_process_is_told_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []
    monkeypatch.setattr("worker.apart.may_go_on", lambda: not told)

    apart({"one": partial(told.append, 1), "two": partial(told.append, 2)})

    assert told == [1]
    assert shift.may_go_on()


@pytest.mark.parametrize("story", ["lose_overdue", "hold_covered", "resume_uncovered", "forget_places"])
def test_what_is_too_old_ends_although_another_sweep_of_the_lane_fails(
    story: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = factories.make_publication(expires_at=clock.now() - timedelta(seconds=1)).id
    broken_story = partial(broken)
    broken_story.__name__ = story  # type: ignore[attr-defined]
    monkeypatch.setattr(actions, story, broken_story)

    with pytest.raises(ZeroDivisionError):
        publishing.sweep_publishing()

    assert fresh(old).status is PublicationStatus.EXPIRED


def lost(external_id: str) -> int:
    at = clock.now() - timedelta(seconds=60)
    overrides = {"lost_at": at, "next_try_at": at, "attempt": 1, "begun_at": at}
    return factories.make_publication(PublicationStatus.UNKNOWN, **overrides).id


def test_a_look_in_which_our_own_code_fails_is_put_off_and_those_behind_it_are_made(
    stub: StubChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = lost("1"), lost("2")
    look = outgoing.LookBack.look

    def look_or_fail(self: outgoing.LookBack, **named: Any) -> Any:
        return broken() if self.publication_id == first else look(self, **named)

    monkeypatch.setattr(outgoing.LookBack, "look", look_or_fail)
    publishing.look_back()

    assert [fresh(one).looks for one in (first, second)] == [1, 1]
    assert fresh(first).next_try_at > clock.now() - timedelta(seconds=1)
    assert fresh(first).last_error == "our own program failed: ZeroDivisionError"


def test_a_removal_that_cannot_be_begun_does_not_hold_up_those_behind_it(
    stub: StubChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    at, staff = clock.now() - timedelta(seconds=60), factories.person(factories.sol())
    rows = [
        factories.make_publication(PublicationStatus.SENT, sent_at=at, external_id=one).id for one in ("1900", "1901")
    ]
    for row_id in rows:
        actions.ask_removal(publication_id=row_id, because="It names a person.", by=staff, at=at)
    session.commit()
    begin = actions.begin_removal

    def begin_or_fail(*, publication_id: int, at: Any) -> Any:
        return broken() if publication_id == rows[0] else begin(publication_id=publication_id, at=at)

    monkeypatch.setattr(actions, "begin_removal", begin_or_fail)
    with pytest.raises(ZeroDivisionError):
        removals.remove_asked()

    assert stub.deleted == ["1901"]


def test_old_signs_of_life_are_forgotten_although_live_events_cannot_be(monkeypatch: pytest.MonkeyPatch) -> None:
    long_ago = clock.now() - timedelta(days=30)
    session.add(Heartbeat(process="clock", machine="gone", beat_at=long_ago, apart_seconds=0.0))
    session.commit()
    monkeypatch.setattr(sweeps, "sweep_events", broken)

    with pytest.raises(ZeroDivisionError):
        sweeps.forget_old()

    session.rollback()
    assert session.scalars(select(Heartbeat)).all() == []


@pytest.mark.parametrize(
    ("lane", "first", "second"),
    [
        (rewards, "reward_posted", "look_up_reach"),
        (triage, "sort_waiting", "reread_edited"),
        (sweeps, "hand_over_unanswered", "expire_hellos"),
    ],
)
def test_the_second_story_of_a_lane_runs_although_the_first_fails(
    lane: Any, first: str, second: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    def fails() -> None:
        raise ZeroDivisionError

    fails.__name__ = first
    behind = partial(told.append, second)
    behind.__name__ = second  # type: ignore[attr-defined]
    monkeypatch.setattr(lane, first, fails)
    monkeypatch.setattr(lane, second, behind)
    rounds = {rewards: "drain_rewards", triage: "drain_triage", sweeps: "keep_the_promise"}

    with pytest.raises(ZeroDivisionError):
        getattr(lane, rounds[lane])()

    assert told == [second]


def test_gaps_are_filled_although_the_searches_fail_and_these_wait_before_they_are_paid_for_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    factories.make_connection()
    asked: list[str] = []

    def search(_connection_id: int, _channel: object) -> None:
        asked.append("search")
        raise ZeroDivisionError

    class Quiet:
        def poll(self, cursor: str | None, *, keep: Keep) -> Batch:
            return Batch((), cursor or "0", more=False)

        def read(self, raw: bytes) -> None:
            """Nothing."""

    monkeypatch.setattr(listening, "open_channel", lambda *_asked, **_named: Quiet())
    monkeypatch.setattr(listening, "search_all", search)
    monkeypatch.setattr(listening, "fill_gap", lambda _connection_id, _channel: asked.append("gap"))
    listener = listening.Listener()

    for _turn in range(2):
        session.execute(update(Connection).values(polled_at=None, last_error_at=None))
        session.commit()
        listening.listen_once(listener)

    assert asked == ["search", "gap", "gap"]


def test_stories_go_by_their_own_names() -> None:
    assert list(named(sweeps.expire_claims, sweeps.reconcile)) == ["expire_claims", "reconcile"]


def test_a_network_that_hangs_over_removals_leaves_time_for_the_replies_behind(
    stub: StubChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    wished = [factories.make_publication(PublicationStatus.SENT, external_id=str(one)).id for one in range(3)]
    asked = {"retract_asked_at": clock.now(), "next_try_at": clock.now()}
    session.execute(update(Publication).where(Publication.id.in_(wished)).values(asked))
    ready = factories.make_publication(expires_at=clock.now() + timedelta(hours=1))
    session.commit()
    passed = [0.0]
    monkeypatch.setattr(shift.time, "monotonic", lambda: passed[0])

    def hang(_ref: object) -> None:
        passed[0] += 45
        raise Transient("read timed out", sent="maybe")

    monkeypatch.setattr(stub, "delete", hang)

    with shift.budget():
        publishing.drain_publishing()

    assert passed == [45]
    assert fresh(ready.id).status is PublicationStatus.SENT


@pytest.mark.parametrize(
    ("story", "before", "after", "overrides"),
    [
        ("expire_old", PublicationStatus.READY, PublicationStatus.EXPIRED, {"expires_at": LONG_AGO}),
        ("lose_overdue", PublicationStatus.SENDING, PublicationStatus.UNKNOWN, {"lease_until": LONG_AGO}),
    ],
)
def test_a_reply_on_which_a_sweep_fails_holds_up_no_other_and_is_counted(
    story: str,
    before: PublicationStatus,
    after: PublicationStatus,
    overrides: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent = {"attempt": 1, "begun_at": LONG_AGO, "worker": "one"} if before is PublicationStatus.SENDING else {}
    bad, good = (factories.make_publication(before, **overrides, **sent).id for _ in range(2))
    whole = queries.whole
    monkeypatch.setattr(queries, "whole", lambda one: broken() if one == bad else whole(one))

    for _each in range(stumbles.ERRORS):
        session.execute(update(stumbles.Stumble).values(try_at=clock.now()))
        session.commit()
        publishing._tell(getattr(actions, story))

    assert (fresh(bad).status, fresh(good).status) == (before, after)
    poison = select(Task.subject_id).where(Task.kind == TaskKind.POISON)
    assert session.scalars(poison).all() == [bad]
    assert session.scalars(select(stumbles.Stumble.subject_id)).all() == [bad]
