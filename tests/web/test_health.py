"""How the installation fares, for programs and for people: what stands still is red, what is slow is not."""

import time
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from app.accounts.models import Role
from app.foundation import bell, heartbeats
from app.foundation.db import session, unit_of_work
from app.foundation.heartbeats import Process
from app.web.health import Health
from tests import factories
from tests.conftest import sign_in


@pytest.fixture
def settled(app: Flask) -> FlaskClient:
    """A client of a web server that was started long ago; staff are signed in."""
    known = app.extensions["ovation-health"]
    known._started = time.monotonic() - 3600
    return sign_in(app.test_client(), factories.sol())


def beaten(process: str, *, ago: float = 1, apart: float = 0) -> None:
    at = heartbeats.database_now() - timedelta(seconds=ago)
    with unit_of_work():
        heartbeats.beat(process, machine="here", apart=timedelta(seconds=apart), at=at)


def all_beat() -> None:
    for process in Process:
        beaten(process)


def forget_kept(app: Flask) -> None:
    app.extensions["ovation-health"]._kept = None


def test_all_is_well_while_every_process_gives_signs_of_life(settled: FlaskClient) -> None:
    all_beat()

    answer = settled.get("/healthz")

    assert answer.status_code == 200
    assert answer.json["status"] == "ok"
    assert "All is well" in settled.get("/manage/health").text


@pytest.mark.parametrize(
    ("process", "told"), [("clock", "python -m worker clock"), ("listen", "python -m worker listen")]
)
def test_a_process_that_fell_silent_is_red_with_what_to_do(
    app: Flask, settled: FlaskClient, process: str, told: str
) -> None:
    all_beat()
    beaten(process, ago=70)

    answer = settled.get("/healthz")

    assert answer.status_code == 503
    assert answer.json["checks"][process] == "down"
    assert told in settled.get("/manage/health").text
    assert "A part of Ovation has stopped: " in settled.get("/inbox").text

    beaten(process)
    forget_kept(app)

    assert settled.get("/healthz").status_code == 200
    assert "A part of Ovation has stopped" not in settled.get("/inbox").text


def test_a_process_that_never_came_is_red_once_there_was_time(settled: FlaskClient) -> None:
    beaten("listen")

    assert settled.get("/healthz").json["checks"]["clock"] == "down"


def test_a_fresh_start_is_given_time(client: FlaskClient) -> None:
    assert client.get("/healthz").status_code == 200


def test_the_crowd_is_not_told_about_processes(app: Flask, settled: FlaskClient) -> None:
    sign_in(settled, factories.ada().user)

    assert "has stopped" not in settled.get("/feed").text


def test_without_redis_it_is_slower_than_usual_and_not_red(settled: FlaskClient, tmp_path: object) -> None:
    all_beat()
    bell.BELL.hang(f"unix://{tmp_path}/nobody.sock")

    answer = settled.get("/healthz")
    page = settled.get("/manage/health").text

    bell.BELL.hang("")
    assert (answer.status_code, answer.json["status"]) == (200, "slow")
    assert "Slower than usual" in page
    assert "Nothing is lost, and everything is slower than usual: half a minute at most." in page


def test_a_silent_worker_of_a_lane_is_slow_and_not_red(settled: FlaskClient, redis_url: str) -> None:
    all_beat()
    beaten("triage", ago=300)
    bell.BELL.hang(redis_url)

    answer = settled.get("/healthz")

    bell.BELL.hang("")
    assert answer.json["checks"] | {"triage": "slow"} == answer.json["checks"]
    assert answer.status_code == 200


@pytest.mark.parametrize("apart", [600, -600, 31])
def test_a_clock_that_is_wrong_pauses_publishing_and_says_so(settled: FlaskClient, apart: float) -> None:
    all_beat()
    beaten("publishing", apart=apart)

    assert settled.get("/healthz").json["checks"]["clocks"] == "down"
    assert "Publishing paused: the clocks differ." in settled.get("/inbox").text


def test_a_clock_that_was_wrong_long_ago_is_nobodys_trouble(settled: FlaskClient) -> None:
    all_beat()
    beaten("publishing", ago=600, apart=600)

    assert settled.get("/healthz").json["checks"]["clocks"] == "ok"


def test_a_database_that_cannot_write_is_said_to_everybody_and_forgotten_when_it_can(
    app: Flask, settled: FlaskClient
) -> None:
    all_beat()
    sign_in(settled, factories.ada().user)
    known: Health = app.extensions["ovation-health"]
    known.note(OperationalError("INSERT", {}, Exception("database or disk is full")))

    assert "Publishing paused: storage." in settled.get("/feed").text

    known._probed = None
    forget_kept(app)

    assert "Publishing paused" not in settled.get("/feed").text


def test_moderators_may_look(app: Flask) -> None:
    client = sign_in(app.test_client(), factories.make_user(Role.MODERATOR))

    assert client.get("/manage/health").status_code == 200


def test_a_slow_answer_of_the_database_is_no_difference_of_clocks(db_session: None) -> None:
    told = iter([timedelta(seconds=-40), timedelta(seconds=1)])
    now = heartbeats.database_now()

    def read() -> datetime:
        return now + next(told)

    assert heartbeats.compare_clocks(read)[1] == timedelta(0)
    session.rollback()


def test_looking_while_a_page_is_drawn_leaves_its_rows_alone(app: Flask, settled: FlaskClient) -> None:
    factories.make_case()
    reply = factories.make_reply()

    answer = settled.get(f"/queue/{reply.id}")

    assert answer.status_code == 200
    assert "A part of Ovation has stopped" in answer.text
