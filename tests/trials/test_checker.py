"""The checker finds whatever is wrong: for each promise, something is planted that breaks it."""

import copy
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from app.accounts.models import Role
from app.channels.errors import Transient
from app.channels.types import Receipt, Ref
from app.cord import actions as cord
from app.cord.models import HoldScope, ResumeOffer
from app.foundation import clock
from app.foundation.db import session, unit_of_work
from app.mentions.models import Mention, MentionStatus
from app.publishing import actions as publishing
from app.replies.models import Reply, ReplyStatus
from app.reviews import actions as reviews
from app.rewards import actions as rewards
from tests.factories import make_connection, make_mention, make_reply, make_user, person
from tests.trials.checker import PROMISES, Kind, check
from tests.trials.truth import Facts, Network, read
from worker.lanes.journal import seal_journal

BRAND = "NorthwindKettle"
Plant = Callable[[dict[str, list[dict[str, Any]]], list[dict[str, Any]]], object]


class Good:
    """A small installation that has kept every promise, as tables and as the network's log."""

    def __init__(self) -> None:
        self.log: list[dict[str, Any]] = []
        self.at = clock.now()
        self.connection = make_connection()
        self.moderator = person(make_user(Role.MODERATOR))
        self.posted = self._sent()
        self.lost = self._begun()
        with unit_of_work():
            publishing.record_outcome(Transient("reset", sent="maybe"), at=self.at, **self.lost)
        with unit_of_work():
            hold = cord.pull(scope=HoldScope.EVERYTHING, reason="Recall", by=self.moderator, at=self.at)
            hold_id = hold.id
        for admin in [person(make_user(Role.ADMIN)) for _each in range(2)]:
            with unit_of_work():
                publishing.release_cord(hold_id=hold_id, offer=ResumeOffer.SEND_FRESH, by=admin, at=self.at)
        seal_journal()
        self.facts = read(session.connection(), self.log, at=self.at)

    def line(self, action: str, actor: str, post_id: str, **more: Any) -> None:
        at_ms = int(self.at.timestamp() * 1000)
        values = {"seq": len(self.log) + 1, "at_ms": at_ms, "action": action, "actor": actor, "post_id": post_id}
        self.log.append(values | {"reply_to": None, "text": None, "via": "admin"} | more)

    def _begun(self) -> dict[str, Any]:
        mention = make_mention(connection=self.connection, status=MentionStatus.IN_REVIEW, heard_at=self.at)
        self.line("post", "dilly", mention.external_id, text=mention.text)
        reply = make_reply(ReplyStatus.SUBMITTED, mention=mention)
        self.reply_id, version_id = reply.id, _version_of(reply)
        with unit_of_work():
            approval = reviews.approve(
                reply_id=self.reply_id, version_id=version_id, by=self.moderator, at=self.at, undo_lasts=timedelta()
            )
            assert approval.publication is not None
            publication_id = approval.publication.id
        with unit_of_work():
            outgoing = publishing.begin(publication_id=publication_id, worker="w", at=self.at)
        assert outgoing is not None
        self.outgoing = outgoing
        return {"publication_id": publication_id, "attempt": 1, "worker": "w"}

    def _sent(self) -> int:
        claimed = self._begun()
        reply = self.outgoing.reply
        self.line("post", BRAND, "777", reply_to=reply.target.id, text=reply.text, via="api")
        with unit_of_work():
            receipt = Receipt(Ref("777"), "https://x.com/n/status/777", self.at)
            publishing.record_outcome(receipt, at=self.at, **claimed)
        with unit_of_work():
            rewards.reward(publication_id=claimed["publication_id"], at=self.at)
        return int(claimed["publication_id"])


def _version_of(reply: Reply) -> int:
    from sqlalchemy import select

    from app.replies.models import ReplyVersion

    return session.scalars(select(ReplyVersion.id).where(ReplyVersion.reply_id == reply.id)).one()


@pytest.fixture
def good(db_session: None) -> Good:
    return Good()


def test_nothing_is_found_where_nothing_is_wrong(good: Good) -> None:
    assert check(good.facts) == []
    assert {row["status"] for row in good.facts.publications} == {"SENT", "UNKNOWN"}
    assert good.facts.point_entries


def _sent(tables: dict[str, Any]) -> dict[str, Any]:
    return next(row for row in tables["publications"] if row["status"] == "SENT")


def _unknown(tables: dict[str, Any]) -> dict[str, Any]:
    return next(row for row in tables["publications"] if row["status"] == "UNKNOWN")


def _mention(tables: dict[str, Any], status: str) -> dict[str, Any]:
    return next(row for row in tables["mentions"] if row["status"] == status)


def _again(rows: list[dict[str, Any]], row: dict[str, Any], **changes: Any) -> None:
    rows.append(row | {"id": 9000} | changes)


def _say(log: list[dict[str, Any]], **changes: Any) -> None:
    """Let the brand say once more what it said, with changes."""
    own = next(line for line in log if line["actor"] == BRAND)
    log.append(own | {"post_id": "778"} | changes)


def _line(tables: dict[str, Any], action: str, number: int, subject_id: int) -> None:
    found = next(row for row in tables["journal_entries"] if row["action"] == action)
    tables["journal_entries"].append(found | {"id": number, "subject_id": subject_id})


#: What is planted: the promise it breaks, what that is called, and the plant.
PLANTS: dict[str, tuple[str, Kind, Plant]] = {
    "a line of the journal was changed": (
        "the_chain_of_the_journal_holds",
        Kind.BROKEN,
        lambda t, log: t["journal_entries"][0].update(actor_id=4711),
    ),
    "a line of the journal was taken out": (
        "the_chain_of_the_journal_holds",
        Kind.BROKEN,
        lambda t, log: t["journal_entries"].pop(1),
    ),
    "a seal was taken out": (
        "the_chain_of_the_journal_holds",
        Kind.BROKEN,
        lambda t, log: t["journal_seals"].pop(1),
    ),
    "a line of the journal was never sealed": (
        "the_chain_of_the_journal_holds",
        Kind.BROKEN,
        lambda t, log: _line(t, "hold.pulled", 9000, 1),
    ),
    "a post was not heard": (
        "every_post_is_heard_once",
        Kind.LOST,
        lambda t, log: log.append(log[0] | {"post_id": "55"}),
    ),
    "an answer to our reply was not heard": (
        "every_post_is_heard_once",
        Kind.LOST,
        lambda t, log: log.append(log[0] | {"post_id": "56", "text": "no name in it", "reply_to": "777"}),
    ),
    "what is searched for was not heard": (
        "every_post_is_heard_once",
        Kind.LOST,
        lambda t, log: (
            t["saved_searches"].append({"connection_id": t["connections"][0]["id"], "is_on": True, "query": "scale"}),
            log.append(log[0] | {"post_id": "57", "text": "So much scale."}),
        ),
    ),
    "a post was heard twice": (
        "every_post_is_heard_once",
        Kind.DOUBLED,
        lambda t, log: _again(t["mentions"], t["mentions"][0]),
    ),
    "a mention was never posted": (
        "every_post_is_heard_once",
        Kind.WRONG,
        lambda t, log: _again(t["mentions"], t["mentions"][0], external_id="4711"),
    ),
    "a post was never sorted": (
        "every_mention_stands_in_one_place",
        Kind.BROKEN,
        lambda t, log: _mention(t, "ANSWERED").update(
            status="RECEIVED", heard_at=t["mentions"][0]["heard_at"] - timedelta(minutes=2)
        ),
    ),
    "a post is claimed by nobody": (
        "every_mention_stands_in_one_place",
        Kind.BROKEN,
        lambda t, log: _mention(t, "ANSWERED").update(status="CLAIMED"),
    ),
    "a post is escalated without a case": (
        "every_mention_stands_in_one_place",
        Kind.BROKEN,
        lambda t, log: _mention(t, "ANSWERED").update(status="ESCALATED"),
    ),
    "an approval has no sending": (
        "every_approval_has_one_sending",
        Kind.LOST,
        lambda t, log: t["publications"].remove(_unknown(t)),
    ),
    "an approval has two sendings": (
        "every_approval_has_one_sending",
        Kind.DOUBLED,
        lambda t, log: _again(t["publications"], _unknown(t), status="CANCELLED"),
    ),
    "a post has two live sendings": (
        "every_approval_has_one_sending",
        Kind.DOUBLED,
        lambda t, log: _again(t["publications"], _unknown(t), approval_key="other"),
    ),
    "a reply stands there twice": (
        "what_is_public_is_what_we_say_is_public",
        Kind.DOUBLED,
        lambda t, log: _say(log),
    ),
    "what was sent is not there": (
        "what_is_public_is_what_we_say_is_public",
        Kind.LOST,
        lambda t, log: log.remove(next(line for line in log if line["actor"] == BRAND)),
    ),
    "what is public is called refused": (
        "what_is_public_is_what_we_say_is_public",
        Kind.WRONG,
        lambda t, log: _sent(t).update(status="REFUSED"),
    ),
    "an unknown send asks nobody": (
        "what_is_public_is_what_we_say_is_public",
        Kind.LOST,
        lambda t, log: t["tasks"].clear(),
    ),
    "other words went out": (
        "the_words_are_the_approved_words",
        Kind.WRONG,
        lambda t, log: next(line for line in log if line["actor"] == BRAND).update(text="Buy a new one"),
    ),
    "it went under another post": (
        "the_words_are_the_approved_words",
        Kind.WRONG,
        lambda t, log: next(line for line in log if line["actor"] == BRAND).update(reply_to="1"),
    ),
    "the brand said something of its own": (
        "the_words_are_the_approved_words",
        Kind.WRONG,
        lambda t, log: _say(log, text="Hello", reply_to=None),
    ),
    "nobody approved it": (
        "nothing_is_said_unapproved",
        Kind.UNAPPROVED,
        lambda t, log: t["reviews"].clear(),
    ),
    "its writer approved it": (
        "nothing_is_said_unapproved",
        Kind.UNAPPROVED,
        lambda t, log: [row.update(reviewer_id=row["writer_id"]) for row in t["reviews"]],
    ),
    "it was approved afterwards": (
        "nothing_is_said_unapproved",
        Kind.UNAPPROVED,
        lambda t, log: [row.update(decided_at=row["decided_at"] + timedelta(hours=1)) for row in t["reviews"]],
    ),
    "its approval had been undone": (
        "nothing_is_said_unapproved",
        Kind.UNAPPROVED,
        lambda t, log: [row.update(undone_at=row["decided_at"]) for row in t["reviews"]],
    ),
    "whoever approved it may not": (
        "nothing_is_said_unapproved",
        Kind.UNAPPROVED,
        lambda t, log: t["role_grants"].clear(),
    ),
    "one of two approvals is missing": (
        "nothing_is_said_unapproved",
        Kind.UNAPPROVED,
        lambda t, log: [row.update(sensitive=True) for row in t["replies"]],
    ),
    "the board shows other points": (
        "points_add_up",
        Kind.BROKEN,
        lambda t, log: t["balances"][0].update(points=1),
    ),
    "points were given twice": (
        "points_add_up",
        Kind.DOUBLED,
        lambda t, log: _again(t["point_entries"], t["point_entries"][0]),
    ),
    "points for what is not public": (
        "points_add_up",
        Kind.BROKEN,
        lambda t, log: _sent(t).update(status="CANCELLED"),
    ),
    "a step is missing in the journal": (
        "every_step_is_in_the_journal",
        Kind.BROKEN,
        lambda t, log: _unknown(t).update(attempt=2),
    ),
    "the journal does not say that it is public": (
        "every_step_is_in_the_journal",
        Kind.BROKEN,
        lambda t, log: _unknown(t).update(status="SENT"),
    ),
    "something began under a stop": (
        "nothing_begins_after_a_stop",
        Kind.BROKEN,
        lambda t, log: (
            [row.update(id=row["id"] + 9000) for row in t["journal_entries"] if row["action"] == "hold.released"]
            and _line(t, "publication.begun", 8000, _sent(t)["id"])
        ),
    ),
    "a claim is held for ever": (
        "nobody_holds_a_claim_for_ever",
        Kind.LOST,
        lambda t, log: _unknown(t).update(
            status="SENDING", lease_until=t["mentions"][0]["heard_at"] - timedelta(minutes=2)
        ),
    ),
    "a deleted post is still readable": (
        "deleted_posts_leave_no_words",
        Kind.BROKEN,
        lambda t, log: t["mentions"][0].update(ignored_because="DELETED"),
    ),
    "two open tasks ask for one thing": (
        "nobody_waits_twice",
        Kind.DOUBLED,
        lambda t, log: _again(t["tasks"], next(row for row in t["tasks"] if row["settled_at"] is None)),
    ),
}


@pytest.mark.parametrize("name", PLANTS)
def test_what_was_planted_is_found(good: Good, name: str) -> None:
    promised, kind, plant = PLANTS[name]
    tables, log = copy.deepcopy(good.facts.tables), copy.deepcopy(good.log)

    plant(tables, log)
    found = list(PROMISES[promised](Facts(tables, Network(log), good.at)))

    assert kind in {violation.kind for violation in found}


def test_every_promise_has_something_planted_against_it() -> None:
    assert {promised for promised, _, _ in PLANTS.values()} == set(PROMISES)


def test_a_mention_is_found_by_the_first_id_of_an_edited_post(good: Good) -> None:
    mention = session.get_one(Mention, good.facts.mentions[0]["id"])
    good.line("edit", "dilly", "99999", first_id=mention.external_id, text="@NorthwindKettle other words")

    assert check(read(session.connection(), good.log, at=good.at)) == []
