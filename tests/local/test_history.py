"""The demo's first hour: what the cast says fits the posts of the demo, and is said once."""

from pathlib import Path

import pytest

from app.accounts.demo import demo_person
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
