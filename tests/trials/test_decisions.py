"""Fifty decisions on one version at the same moment, over HTTP: one wins, and everybody else sees what happened."""

import time
from collections import Counter
from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy import func, select

import app as house
from app.accounts.login import COOKIE
from app.accounts.models import Role
from app.foundation.config import Settings
from app.foundation.db import session
from app.foundation.journal import JournalEntry
from app.publishing.models import Publication
from app.replies.models import Reply, ReplyStatus, ReplyVersion
from app.reviews.models import Decision, Review
from tests.factories import make_reply, make_sign_in, make_user
from tests.races import race

PRESSES = 50
MODERATORS = 5
#: A form with a field too many is refused. The edit leaves most of the words, so that one person may let it out.
_EDIT = "Fill it with equal parts of vinegar and water, boil once, rinse three times."
_SAID = {"edit": {"text": _EDIT}, "reject": {"note": "No"}, "return": {"note": "Warmer"}}
_ENDS = {
    "approve": (ReplyStatus.APPROVED, 1),
    "edit": (ReplyStatus.APPROVED, 1),
    "reject": (ReplyStatus.REJECTED, 0),
    "return": (ReplyStatus.RETURNED, 0),
}


@dataclass(frozen=True)
class Pressed:
    """One press of a button: when it began and ended, and with what answer."""

    verb: str
    began: float
    ended: float
    status: int


@pytest.fixture
def web(own_database: str, settings: Settings) -> Flask:
    made = house.create_app(settings)
    made.config.update(TESTING=True, WTF_CSRF_ENABLED=False, RATELIMIT_ENABLED=False)
    return made


def press_all(web: Flask, verbs: tuple[str, ...]) -> tuple[int, list[Pressed]]:
    """Let moderators press fifty times at once; return the reply and the history."""
    reply = make_reply()
    version_id = session.scalars(select(ReplyVersion.id).where(ReplyVersion.reply_id == reply.id)).one()
    reply_id, keys = reply.id, [make_sign_in(make_user(Role.MODERATOR)) for _each in range(MODERATORS)]
    session.remove()
    history: list[Pressed] = []

    def press(number: int) -> None:
        verb, client = verbs[number % len(verbs)], web.test_client()
        client.set_cookie(COOKIE, keys[number % MODERATORS])
        form = {"version_id": str(version_id), **_SAID.get(verb, {})}
        began = time.monotonic()
        answer = client.post(f"/queue/{reply_id}/{verb}", data=form)
        history.append(Pressed(verb, began, time.monotonic(), answer.status_code))

    assert [error for error in race(PRESSES, press) if error] == []
    return reply_id, history


@pytest.mark.parametrize(
    "verbs",
    [("approve",), ("approve", "reject"), ("approve", "edit", "reject", "return")],
    ids="-".join,
)
def test_one_of_fifty_presses_wins_and_the_others_are_told(web: Flask, verbs: tuple[str, ...]) -> None:
    reply_id, history = press_all(web, verbs)

    won = [one for one in history if one.status == 303]
    assert len(won) == 1, Counter(one.status for one in history)
    assert set(Counter(one.status for one in history)) <= {303, 409, 403}
    status, sendings = _ENDS[won[0].verb]
    assert session.get_one(Reply, reply_id).status is status
    assert session.scalar(select(func.count()).where(Publication.reply_id == reply_id)) == sendings
    assert session.scalar(select(func.count()).where(Review.reply_id == reply_id)) == 1


def test_nobody_is_told_of_a_decision_before_somebody_made_it(web: Flask) -> None:
    reply_id, history = press_all(web, ("approve", "reject"))

    won = next(one for one in history if one.status == 303)
    told = [one for one in history if one.status == 409]
    assert told
    assert all(one.ended > won.began for one in told)
    decision = session.scalars(select(Review.decision).where(Review.reply_id == reply_id)).one()
    assert decision is (Decision.APPROVE if won.verb == "approve" else Decision.REJECT)
    lines = session.scalars(
        select(JournalEntry.action).where(JournalEntry.subject_type == "replies", JournalEntry.subject_id == reply_id)
    ).all()
    assert len([line for line in lines if line in {"reply.approved", "reply.rejected"}]) == 1
