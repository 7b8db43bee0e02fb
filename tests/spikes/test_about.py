"""What the posts of the last day are about: why people write, and what most of them say."""

from datetime import datetime, timedelta
from http import HTTPStatus

import pytest
import time_machine
from flask.testing import FlaskClient

from app.accounts.models import User
from app.foundation.db import session, unit_of_work
from app.mentions.models import Mention
from app.mentions.types import Kind, Route
from app.spikes import about
from app.spikes.about import A_DAY, Matter, most_said, whys_since
from app.triage.likeness.actions import put_back
from app.triage.types import Cause
from tests.conftest import sign_in
from tests.factories import NOW, make_author, make_case, make_mention, make_verdict, mo, person, sol

CRUST = "@NorthwindKettles how do I get the white crust out of my K2 kettle?"
LID = "@NorthwindKettles the hinge of the lid broke off after three weeks"


pytestmark = pytest.mark.usefixtures("db_session")


@pytest.fixture(autouse=True)
def _now() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


def said(text: str, *, times: int = 1, at: datetime = NOW, **overrides: object) -> list[Mention]:
    """Let a text be said, by somebody else each time unless told otherwise."""
    made = [make_mention(text=text, **overrides) for _time in range(times)]
    with unit_of_work():
        for each in made:
            put_back(session.get_one(Mention, each.id), at=at)
    return made


def wrote(*, times: int = 1, **overrides: object) -> Mention:
    for _time in range(times):
        mention = make_mention()
        make_verdict(mention, **{"decided_at": NOW, "kind": Kind.QUESTION, "route": Route.COMMUNITY} | overrides)
    return mention


def matters(reader: User) -> list[tuple[str, int, int]]:
    return [_plain(matter) for matter in most_said(person(reader), NOW - A_DAY)]


def _plain(matter: Matter) -> tuple[str, int, int]:
    return matter.newest.text, matter.posts, matter.people


def test_what_most_people_say_comes_first() -> None:
    said(CRUST, times=2)
    said(LID, times=3)

    assert matters(sol()) == [(LID, 3, 3), (CRUST, 2, 2)]


def test_what_one_person_says_again_and_again_is_not_what_people_say() -> None:
    said(CRUST, times=4, author=make_author())

    assert matters(sol()) == []


def test_what_was_said_before_the_last_day_is_left_out() -> None:
    said(CRUST, times=2, at=NOW - A_DAY - timedelta(minutes=1))

    assert matters(sol()) == []


def test_a_post_that_is_kept_from_the_reader_is_neither_quoted_nor_counted() -> None:
    *_others, last = said(LID, times=3)
    make_case(mention=last, safety=True)

    (for_mo,) = most_said(person(mo()), NOW - A_DAY)

    assert for_mo.newest.id != last.id
    assert _plain(for_mo) == (LID, 2, 2)
    assert matters(sol()) == [(LID, 3, 3)]


def test_no_more_posts_are_looked_at_in_a_crowd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(about, "LOOKED_AT", 2)
    said(LID, times=3)
    wrote(times=3, cause=Cause.PRODUCT)

    assert matters(sol()) == [(LID, 2, 2)]
    assert whys_since(NOW - A_DAY).posts == len(range(2))


def test_reasons_to_write_are_counted_each_post_once() -> None:
    wrote(times=3, cause=Cause.PROCESS)
    twice = wrote(cause=Cause.KNOWLEDGE)
    make_verdict(twice, cause=Cause.KNOWLEDGE, decided_at=NOW)
    wrote(times=2, kind=Kind.WANTS_TO_BUY)
    wrote(kind=Kind.PRAISE)

    whys = whys_since(NOW - A_DAY)

    assert (whys.posts, dict(whys.causes), dict(whys.wishes)) == (
        7,
        {Cause.PROCESS: 3, Cause.KNOWLEDGE: 1},
        {Kind.WANTS_TO_BUY: 2},
    )


def test_noise_yesterdays_posts_and_what_people_overruled_tell_no_reason() -> None:
    wrote(cause=Cause.PROCESS, route=Route.NOISE)
    wrote(cause=Cause.PROCESS, decided_at=NOW - A_DAY - timedelta(minutes=1))
    wrote(cause=Cause.PROCESS, decided_by_id=sol().id)

    assert whys_since(NOW - A_DAY).posts == 0


def test_staff_read_what_people_say_and_why_they_write_and_find_the_posts(client: FlaskClient) -> None:
    *_others, last = said(LID, times=2)
    wrote(times=2, cause=Cause.PRODUCT)
    wrote(kind=Kind.IDEA)
    wrote(kind=Kind.CHATTER)

    answer = sign_in(client, sol()).get("/spikes")
    page = " ".join(answer.get_data(as_text=True).split())

    assert answer.status_code == HTTPStatus.OK
    assert f'<a href="/posts/{last.id}/alike">2 people say so, in 2 posts</a>' in page
    assert "<dt>A product fails</dt><dd>2 (50%)</dd>" in page
    assert "<dt>They have an idea</dt><dd>1 (25%)</dd>" in page
    assert "<dt>Praise, chatter, and where nothing tells</dt><dd>1 (25%)</dd>" in page


def test_a_day_without_posts_shows_no_empty_lists(client: FlaskClient) -> None:
    page = sign_in(client, sol()).get("/spikes").text

    assert "What most people say" not in page
    assert "Why people write" not in page
