"""What happened is said in words, and every word can be translated."""

import ast
import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask_babel import LazyString

from app.accounts.demo import DEMO_PEOPLE
from app.accounts.permissions import Grade
from app.accounts.words import grades_in_words
from app.desk.words import happening
from app.foundation.lifecycle import IllegalMove
from app.mentions.models import MENTION_LIFECYCLE, MentionStatus
from app.publishing.words import journal_words
from app.triage import actions as triage
from tests.conftest import ROOT

#: The journal of these rows is shown: on a post's timeline, and on the page of a sending.
SHOWN = re.compile(r"(mention|case|reply|publication)\.[a-z_]+")


def recorded() -> set[str]:
    """Return every action that the journal of such a row may hold, found where it is written down."""
    return {
        action
        for room in ("app", "worker")
        for file in (ROOT / room).rglob("*.py")
        for action in _actions_in(file.read_text())
        if file.name != "words.py"
    }


def _actions_in(source: str) -> Iterator[str]:
    tree = ast.parse(source)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    places = {id(place) for call in calls if ast.unparse(call.func).endswith("crash_point") for place in call.args}
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in places
        if is_text and SHOWN.fullmatch(node.value):
            yield node.value


def test_the_search_finds_what_is_recorded() -> None:
    assert {"mention.claimed", "mention.handed_back", "case.noted", "reply.noted", "publication.begun"} <= recorded()


@pytest.mark.parametrize("action", sorted(recorded()))
def test_whatever_is_recorded_of_a_post_has_its_words(app: Flask, action: str) -> None:
    with app.test_request_context():
        assert happening(action) != happening("nothing.known")
        if action.startswith("publication."):
            assert journal_words(action) != journal_words("publication.unknown_word")


@pytest.mark.parametrize("verb", sorted(triage._PAST.values()))
def test_whatever_triage_records_has_its_words(app: Flask, verb: str) -> None:
    with app.test_request_context():
        assert happening(f"mention.{verb}") != happening("nothing.known")


def test_an_action_without_words_is_not_shown_as_it_is_written(app: Flask) -> None:
    with app.test_request_context():
        assert "turned_round" not in happening("mention.turned_round") + journal_words("publication.turned_round")
        assert "turned round" not in happening("mention.turned_round")


def test_a_state_is_not_shown_as_it_is_written() -> None:
    with pytest.raises(IllegalMove) as refused:
        MENTION_LIFECYCLE.move("claim", MentionStatus.IN_REVIEW)

    assert "review" not in refused.value.message


def test_those_who_may_are_named_as_a_reader_names_them(app: Flask) -> None:
    with app.test_request_context():
        assert grades_in_words([Grade.MODERATOR, Grade.STAFF, Grade.ADMIN]) == "moderators, staff, and admins"
        assert "_" not in grades_in_words(Grade)


def test_the_demos_parts_can_be_translated() -> None:
    assert all(isinstance(person.part, LazyString) for person in DEMO_PEOPLE)
