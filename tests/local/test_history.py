"""The demo's first hour: what the cast says fits the posts of the demo, and is said once."""

from pathlib import Path

import pytest

from app.accounts.demo import demo_person
from app.cli.demo import SEARCH
from app.mentions.types import Route
from app.replies.checks import check
from app.triage.judge import judge
from app.triage.signals import read_signals
from local.answers import ANSWERS, Answer
from local.history import MODERATORS
from sandbox.demo import read_demo

DEMO = read_demo(Path(__file__).parents[2] / "sandbox" / "demo.jsonl")


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: f"{answer.writer}-{answer.customer}")
class TestAnswer:
    def test_answers_one_post_that_waits_for_the_crowd(self, answer: Answer) -> None:
        [post] = [line for line in DEMO.history if line.author == answer.customer and answer.about in line.text]

        assert judge(read_signals(post.text)).route is Route.COMMUNITY
        assert not [line for line in DEMO.history if line.in_reply_to == post.id and line.author == "NorthwindKettle"]

    def test_may_be_sent(self, answer: Answer) -> None:
        for text in filter(None, (answer.text, answer.edited, answer.again)):
            assert check(text, signature="Colette, Crew volunteer", network="x").may_send

    def test_is_written_decided_and_liked_by_people_who_exist(self, answer: Answer) -> None:
        customers = {person["handle"] for person in DEMO.people}

        assert all(demo_person(handle) for handle in (answer.writer, *MODERATORS))
        assert {answer.customer, *answer.likes} <= customers
        assert answer.customer not in answer.likes


def test_some_posts_speak_of_the_brand_without_calling_it_so_that_staff_have_something_to_post_by_hand() -> None:
    words = SEARCH.query.strip('"')
    old, new = ([line for line in lines if words in line.text.casefold()] for lines in (DEMO.history, DEMO.drip))

    assert len(old) >= 2
    assert len(new) >= 3
    assert not [line for line in (*old, *new) if "@NorthwindKettle" in line.text]
    assert {judge(read_signals(line.text)).route for line in (*old, *new)} == {Route.COMMUNITY}
    assert {answer.customer for answer in ANSWERS if answer.approved} & {line.author for line in old}
