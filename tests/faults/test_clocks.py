"""A process whose clock is wrong publishes nothing, says so, and goes on by itself once it is right."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.accounts.models import User
from app.feed import actions as feed
from app.feed.models import Claim
from app.foundation import clock
from app.foundation.db import session, unit_of_work
from app.foundation.heartbeats import Heartbeat
from app.mentions.models import MentionStatus
from app.publishing.models import Publication, PublicationStatus
from app.replies.models import ReplyStatus, ReplyVersion
from tests import factories
from tests.conftest import sign_in
from tests.faults.conftest import status_of
from tests.worker.test_publishing import Network
from worker import pulse
from worker.identity import worker_id
from worker.lanes import sweeps
from worker.lanes.publishing import drain_publishing


@pytest.fixture(autouse=True)
def fresh_pulse() -> Iterator[None]:
    pulse._beaten.clear()
    pulse._trusted = True
    pulse._compared = (-pulse.COMPARED_SECONDS, 0.0)
    yield
    pulse._beaten.clear()
    pulse._trusted = True
    pulse._compared = (-pulse.COMPARED_SECONDS, 0.0)


def shifted(seconds: float) -> time_machine.travel:
    return time_machine.travel(datetime.now().astimezone() + timedelta(seconds=seconds))


@pytest.mark.parametrize("seconds", [600, -600, -3600, 32, -32])
def test_nothing_is_published_while_the_clocks_differ(
    ready: int, network: Network, seconds: float, caplog: pytest.LogCaptureFixture
) -> None:
    with shifted(seconds):
        drain_publishing()
        drain_publishing()
        pulse.beat("publishing")

    assert status_of(ready) is PublicationStatus.READY
    assert network.posted == []
    assert caplog.text.count("publishing has stopped") == 1
    assert abs(session.scalars(select(Heartbeat.apart_seconds)).one() - seconds) < 5

    drain_publishing()

    assert status_of(ready) is PublicationStatus.SENT
    assert "agree again" in caplog.text


@pytest.mark.parametrize("seconds", [20, -20])
def test_a_clock_that_is_a_little_wrong_is_good_enough(ready: int, network: Network, seconds: float) -> None:
    with shifted(seconds):
        drain_publishing()

    assert status_of(ready) is PublicationStatus.SENT


@pytest.mark.parametrize("seconds", [600, -600])
def test_nothing_is_handed_out_nor_given_up_by_a_wrong_clock(
    own_database: str, network: Network, seconds: float
) -> None:
    now = clock.now()
    in_time = {"approved_at": now, "expires_at": now + timedelta(hours=24), "next_try_at": now}
    by_hand = factories.make_publication(by_hand=True, **in_time).id
    lives, died = (
        factories.make_publication(
            PublicationStatus.SENDING, worker=worker, lease_until=now + timedelta(seconds=60), **in_time
        ).id
        for worker in ("elsewhere:1:2:3", worker_id())
    )

    with shifted(seconds):
        drain_publishing()

    assert status_of(by_hand) is PublicationStatus.READY
    assert [status_of(one) for one in (lives, died)] == [PublicationStatus.SENDING] * 2

    drain_publishing()

    assert status_of(by_hand) is PublicationStatus.HANDED_OUT
    assert [status_of(one) for one in (lives, died)] == [PublicationStatus.SENDING, PublicationStatus.UNKNOWN]


def test_a_clock_that_jumps_between_two_rows_stops_before_the_second(own_database: str, network: Network) -> None:
    now = clock.now()
    first, second = (
        factories.make_publication(
            approved_at=now,
            expires_at=now + timedelta(hours=24),
            next_try_at=now - timedelta(hours=3 - number),
        ).id
        for number in range(2)
    )
    jump = shifted(-3600)
    network.pause = jump.start
    try:
        drain_publishing()
    finally:
        jump.stop()

    assert status_of(second) is PublicationStatus.READY
    assert len(network.posted) == 1
    assert status_of(first) is PublicationStatus.SENT


def test_nothing_that_waits_is_judged_by_a_wrong_clock(own_database: str) -> None:
    held = factories.make_claim(expires_at=clock.now() + timedelta(minutes=5)).id

    with shifted(600):
        sweeps.drain_sweeps()

    assert session.get_one(Claim, held).ended_at is None


@pytest.mark.parametrize("seconds", [900, -3600])
def test_an_approval_lives_as_long_as_it_should_whatever_the_web_servers_clock_says(app: Flask, seconds: float) -> None:
    reply = factories.make_reply(ReplyStatus.SUBMITTED, mention=factories.make_mention(status=MentionStatus.IN_REVIEW))
    version = session.scalars(select(ReplyVersion.id).where(ReplyVersion.reply_id == reply.id)).one()
    client = sign_in(app.test_client(), factories.mo())

    with shifted(seconds):
        answer = client.post(f"/queue/{reply.id}/approve", data={"version_id": version, "edition": 1})

    assert answer.status_code == 303
    made, now = session.scalars(select(Publication)).one(), clock.now()
    assert abs(made.approved_at - now) < timedelta(minutes=1)
    assert abs(made.expires_at - now - timedelta(hours=24)) < timedelta(minutes=1)
    assert abs(made.next_try_at - now) < timedelta(minutes=2)


@pytest.mark.parametrize("seconds", [900, -3600])
def test_a_claim_lasts_as_long_as_it_should_whatever_the_web_servers_clock_says(app: Flask, seconds: float) -> None:
    advocate, mention = factories.make_advocate(), factories.make_mention(status=MentionStatus.OPEN)
    client = sign_in(app.test_client(), session.get_one(User, advocate.user_id))

    with shifted(seconds):
        assert client.post(f"/feed/{mention.id}/claim").status_code == 303

    held = session.scalars(select(Claim)).one()
    assert timedelta(minutes=1) < held.expires_at - clock.now() < timedelta(minutes=30)


@pytest.mark.parametrize("before", ["2026-10-25T00:59:30", "2026-03-29T00:59:30", "2026-12-31T23:59:30"])
def test_an_hour_that_comes_twice_ends_nothing_early(
    own_database: str, monkeypatch: pytest.MonkeyPatch, before: str
) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        with time_machine.travel(datetime.fromisoformat(before).replace(tzinfo=UTC), tick=False) as now:
            held = factories.make_claim(claimed_at=clock.now(), expires_at=clock.now() + timedelta(minutes=10)).id
            ends = []
            for minutes in (1, 8, 2):
                now.shift(timedelta(minutes=minutes))
                with unit_of_work():
                    feed.expire_claim(claim_id=held, at=clock.now())
                ends.append(session.get_one(Claim, held).ended_at)
    finally:
        monkeypatch.undo()
        time.tzset()

    assert ends[:2] == [None, None]
    assert ends[2] == datetime.fromisoformat(before).replace(tzinfo=UTC) + timedelta(minutes=11)
