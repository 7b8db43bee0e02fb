import re
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

import app as house
from app.accounts.demo import DEMO_PEOPLE
from app.accounts.models import Role, RoleGrant, User
from app.advocates.models import Advocate, AdvocateStatus, Skill
from app.channels.models import Connection, Destination, SavedSearch
from app.cli import demo
from app.foundation import clock
from app.foundation.config import Mode, Settings
from app.foundation.db import session, unit_of_work
from app.foundation.journal import JournalEntry, record
from app.foundation.seals import JournalSeal
from app.rewards.models import Season
from app.spikes.models import HeardCount
from app.spikes.sorts import Sort
from app.triage.models import Topic
from sandbox import network
from tests import factories
from tests.conftest import sign_in
from tests.spikes.scene import learnt
from worker.lanes.journal import seal_journal

FIRST, SECOND = "http://127.0.0.1:9001", "http://127.0.0.1:9002"


@pytest.fixture
def demo_app(settings: Settings, db_session: None) -> Flask:
    made = house.create_app(replace(settings, mode=Mode.DEMO, sandbox_url=FIRST))
    made.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    made.teardown_appcontext_funcs.clear()
    return made


def run(app: Flask, *words: str, typed: str | None = None) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=list(words), input=typed)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def counts() -> dict[str, int]:
    return {
        model.__name__: session.scalar(select(func.count()).select_from(model)) or 0
        for model in (User, RoleGrant, Advocate, Skill, Connection, Season, Topic, JournalEntry)
    }


def test_the_demo_has_somebody_for_every_role_and_the_way_in_is_said(demo_app: Flask) -> None:
    code, said = run(demo_app, "seed-demo")

    assert code == 0
    assert set(session.scalars(select(RoleGrant.role))) == set(Role)
    for member in [next(one for one in DEMO_PEOPLE if one.role is role) for role in Role]:
        assert member.password in said
        client = demo_app.test_client()
        answer = client.post("/sign-in", data={"who": member.email, "password": member.password})
        assert answer.headers["Location"] == "/", member.handle
    assert "sandbox-brand-token" not in said


def test_the_cast_came_in_by_the_front_door(demo_app: Flask) -> None:
    run(demo_app, "seed-demo")

    statuses = dict(
        session.execute(select(User.handle, Advocate.status).join(Advocate, Advocate.user_id == User.id)).all()
    )
    assert statuses["mossy"] is AdvocateStatus.TRUSTED
    assert statuses["bruno"] is AdvocateStatus.PROBATION
    accepted = session.scalars(select(JournalEntry).where(JournalEntry.action == "invitation.accepted")).all()
    assert len(accepted) == len(DEMO_PEOPLE)


def test_a_second_start_adds_nothing_and_follows_the_network(demo_app: Flask, settings: Settings) -> None:
    run(demo_app, "seed-demo")
    before = counts()
    row = session.scalars(select(Connection)).one()
    row.cursor, row.impact_counts = "here", False
    session.commit()

    assert run(demo_app, "seed-demo")[0] == 0
    assert counts() == before
    demo.seed(replace(settings, mode=Mode.DEMO, sandbox_url=SECOND), at=clock.now())

    session.expire_all()
    row = session.scalars(select(Connection)).one()
    assert (row.base_url, row.cursor, row.impact_counts) == (SECOND, "here", False)


def test_what_the_demo_connects_is_the_sandbox_as_it_starts(demo_app: Flask, tmp_path: Path) -> None:
    started = network.open_network(
        tmp_path / "sandbox.db",
        brand=network.DEFAULT_BRAND,
        brand_name=network.DEFAULT_BRAND_NAME,
        token=network.STARTER_TOKEN,
        limits="wide",
    )
    with started.store.read() as db:
        first = db.execute("SELECT id FROM users WHERE handle = ?", (network.DEFAULT_BRAND,)).fetchone()[0]
    started.store.close()

    assert (str(first), network.DEFAULT_BRAND) == (demo.BRAND_ID, demo.BRAND_HANDLE)
    assert demo.BRAND_SECRETS == {
        "access_token": network.STARTER_TOKEN,
        "refresh_token": network.STARTER_REFRESH_TOKEN,
        "client_id": network.CLIENT_ID,
        "client_secret": network.CLIENT_SECRET,
    }


def test_the_demo_searches_for_posts_that_staff_answer_by_hand(demo_app: Flask) -> None:
    run(demo_app, "seed-demo")

    search = session.scalars(select(SavedSearch)).one()
    assert (search.query, search.destination, search.is_on) == ('"northwind kettle"', Destination.CROWD, True)


def test_a_season_covers_today_and_nobody_was_given_a_point(demo_app: Flask) -> None:
    run(demo_app, "seed-demo")

    season, today = session.scalars(select(Season)).one(), clock.now().date()
    assert season.starts_on <= today <= season.ends_on
    assert session.scalars(select(JournalEntry.action).where(JournalEntry.action.like("points.%"))).all() == []


def test_the_demo_is_seeded_in_a_demo_only(app: Flask) -> None:
    code, said = run(app, "seed-demo")

    assert code == 1
    assert "OVATION_MODE" in said
    assert session.scalars(select(User)).all() == []


def test_one_click_signs_in_where_it_is_a_demo(demo_app: Flask) -> None:
    run(demo_app, "seed-demo")
    client = demo_app.test_client()
    page = client.get("/sign-in?next=/me/password").text

    assert all(member.name in page for member in DEMO_PEOPLE)
    answer = client.post("/sign-in/demo?next=/me/password", data={"handle": "ivo"})

    assert answer.headers["Location"] == "/me/password"
    assert "Ivo Hart" in client.get("/me").text
    assert client.post("/sign-in/demo", data={"handle": "nobody"}).status_code == 404


def test_one_click_signs_nobody_in_elsewhere(app: Flask) -> None:
    factories.make_user(Role.ADMIN, handle="ruth")
    client = app.test_client()

    assert "Ruth" not in client.get("/sign-in").text
    assert client.post("/sign-in/demo", data={"handle": "ruth"}).status_code == 404
    assert client.get("/me").status_code == 303


def test_the_first_admin_comes_in_by_a_link(app: Flask) -> None:
    code, said = run(app, "create-admin", "--email", "Boss@example.org", "--name", "The Boss")
    path = re.search(r"http://127\.0\.0\.1:8000(/join/\S+)", said)

    assert code == 0
    assert path is not None
    client = app.test_client()
    form = {"name": "The Boss", "handle": "boss", "password": "tall grey boats sing"}
    assert client.post(path.group(1), data=form).status_code == 303
    assert client.get("/manage/people").status_code == 200


def test_an_address_is_made_an_admin_once(app: Flask) -> None:
    factories.make_user(email="boss@example.org")

    code, said = run(app, "create-admin", "--email", "boss@example.org", "--name", "The Boss")

    assert code == 1
    assert "is here already" in said


def test_an_admin_with_a_password_is_there_at_once(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    typed = iter(["password1234", "tall grey boats sing"])
    monkeypatch.setattr("app.cli._ask_password", lambda: next(typed))
    monkeypatch.setattr("app.cli._is_at_a_terminal", lambda: True)

    refused, said = run(app, "create-admin", "--email", "a@example.org", "--name", "The Boss")
    assert refused == 1
    assert "guessers" in said
    assert run(app, "create-admin", "--email", "a@example.org", "--name", "The Boss")[0] == 0

    client = app.test_client()
    answer = client.post("/sign-in", data={"who": "a@example.org", "password": "tall grey boats sing"})
    assert answer.status_code == 303
    assert client.get("/manage/people").status_code == 200


def test_what_was_counted_is_forgotten_to_be_counted_anew(app: Flask) -> None:
    learnt({(Sort.ALL, ""): 12}, weeks=1)

    code, said = run(app, "recount")

    assert code == 0
    assert "counted anew" in said
    assert session.scalars(select(HeardCount)).all() == []


def test_signing_in_works_when_redis_is_away(settings: Settings, db_session: None) -> None:
    for url in ("redis://127.0.0.1:1/0", "unix:///nowhere/redis.sock?db=0"):
        made = house.create_app(replace(settings, redis_url=url))
        made.config.update(WTF_CSRF_ENABLED=False)
        made.teardown_appcontext_funcs.clear()
        answer = made.test_client().post("/sign-in", data={"who": "nobody", "password": "x"})
        assert answer.status_code == 422, url


def test_an_address_that_guesses_on_is_stopped_even_without_redis(settings: Settings, db_session: None) -> None:
    made = house.create_app(replace(settings, redis_url="redis://127.0.0.1:1/0"))
    made.config.update(WTF_CSRF_ENABLED=False)
    made.teardown_appcontext_funcs.clear()
    client = made.test_client()

    answers = [client.post("/sign-in", data={"who": f"name{n}", "password": "x"}).status_code for n in range(32)]

    assert answers[:30] == [422] * 30
    assert answers[30:] == [429, 429]


def test_right_passwords_do_not_count_against_an_address(settings: Settings, db_session: None) -> None:
    made = house.create_app(settings)
    made.teardown_appcontext_funcs.clear()
    sol = factories.sol()

    assert {sign_in(made.test_client(), sol).get("/sign-in").status_code for _ in range(40)} == {303}


def test_the_journal_is_checked_by_hand(app: Flask) -> None:
    line_written()
    seal_journal()

    status, said = run(app, "check-journal")

    assert (status, "as they were sealed: 1." in said) == (0, True)


def test_a_journal_that_somebody_changed_ends_the_check_with_1(app: Flask) -> None:
    line = line_written()
    with unit_of_work():
        session.add(JournalSeal(id=1, entry_id=line, digest="f" * 64))

    status, said = run(app, "check-journal")

    assert (status, f"Line {line} of the journal is not what it was when it was sealed." in said) == (1, True)


def line_written() -> int:
    user = factories.sol()
    with unit_of_work():
        record("user.waved_at", subject=user, actor_id=None, at=factories.NOW)
    return session.scalars(select(JournalEntry.id)).one()
