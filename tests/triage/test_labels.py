"""Wherever somebody says that a post belongs elsewhere, a label is written; it holds no word of the post."""

import json
from dataclasses import fields
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.desk import actions as desk
from app.feed import actions as feed
from app.foundation.db import session, unit_of_work
from app.mentions.models import IgnoredBecause, Mention, MentionStatus
from app.mentions.types import Route
from app.replies import actions as replies
from app.replies.actions import HandOverReason
from app.replies.models import ReplyVersion
from app.reviews import actions as reviews
from app.triage import labelling, signals
from app.triage.models import Label
from app.triage.types import Said, Signals, Source
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.usefixtures("db_session")

TEXT = "@NorthwindKettles I moved to Birchwater Lane and my parcel has not arrived"


def judged(**overrides: object) -> Mention:
    """Return a post on which triage has concluded what its row says."""
    mention = factories.make_mention(text=TEXT, **overrides)
    factories.make_verdict(mention, confidence=0.55, band="unsure", reasons=[["need.sensitive", "parcel"]])
    return mention


def label() -> Label:
    return session.scalars(select(Label).where(Label.taken_back_at.is_(None))).one()


def test_it_keeps_what_triage_had_said_and_by_what() -> None:
    mention, sol = judged(), factories.sol()

    with unit_of_work():
        labelling.say(mention, Said.STAFF_SENSITIVE, source=Source.STAFF, by_id=sol.id, at=NOW)

    said = label()
    assert (said.said_route, said.source, said.by_id, said.said_at) == (
        Said.STAFF_SENSITIVE,
        Source.STAFF,
        sol.id,
        NOW,
    )
    assert (said.route, said.band, said.confidence, said.reason) == (
        Route.COMMUNITY,
        "unsure",
        0.55,
        "need.sensitive",
    )
    assert set(said.scores) == {field.name for field in fields(Signals) if field.type in (float, "float")}
    assert all(isinstance(score, float) for score in said.scores.values())
    assert said.cues
    assert all(code.partition(".")[2] for code in said.cues)


def test_no_word_of_the_post_is_in_it() -> None:
    mention, sol = judged(), factories.sol()

    with unit_of_work():
        labelling.say(mention, Said.STAFF, source=Source.STAFF, by_id=sol.id, at=NOW)

    kept = json.dumps([[str(value) for value in row] for row in session.execute(select(*Label.__table__.c))])
    assert not [word for word in ("Birchwater", "moved", "parcel", "arrived") if word in kept]


@pytest.mark.parametrize("learns", [True, False])
def test_the_connections_switch_says_whether_it_may_be_learnt_from(learns: bool) -> None:
    mention, sol = judged(connection=factories.make_connection(learns=learns)), factories.sol()

    with unit_of_work():
        labelling.say(mention, Said.STAFF, source=Source.STAFF, by_id=sol.id, at=NOW)

    assert label().learnable is learns


def test_where_triage_has_said_nothing_there_is_nothing_to_correct() -> None:
    mention, sol = factories.make_mention(), factories.sol()

    with unit_of_work():
        said = labelling.say(mention, Said.STAFF, source=Source.STAFF, by_id=sol.id, at=NOW)

    assert said is None


def test_what_no_program_can_read_has_no_scores() -> None:
    mention, sol = judged(masked_text=None), factories.sol()

    with unit_of_work():
        labelling.say(mention, Said.STAFF, source=Source.STAFF, by_id=sol.id, at=NOW)

    assert (label().scores, label().cues) == ({}, [])


def test_its_language_is_not_looked_for_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """What tells languages takes a hundred megabytes, and every web process would keep it."""
    monkeypatch.setattr(signals, "language_of", None)
    mention, sol = judged(language="de"), factories.sol()

    with unit_of_work():
        labelling.say(mention, Said.STAFF, source=Source.STAFF, by_id=sol.id, at=NOW)

    assert label().scores


def test_staff_who_give_a_case_back_say_that_it_is_the_crowds() -> None:
    mention, sol = judged(status=MentionStatus.ESCALATED, route=Route.STAFF_ANGRY, feed_lane=None), factories.sol()
    case = factories.make_case(mention=mention)

    with unit_of_work():
        desk.return_to_feed(case_id=case.id, by=factories.person(sol), brief="", at=NOW)

    assert (label().said_route, label().route, label().source) == (Said.COMMUNITY, Route.STAFF_ANGRY, Source.STAFF)


def test_a_moderator_who_puts_a_post_on_the_feed_says_so_as_a_moderator() -> None:
    mention = judged(
        status=MentionStatus.IGNORED, route=Route.NOISE, feed_lane=None, ignored_because=IgnoredBecause.NOISE
    )
    mo = factories.mo()

    with unit_of_work():
        desk.put_on_feed(mention_id=mention.id, by=factories.person(mo), at=NOW)

    assert (label().said_route, label().route, label().source) == (Said.COMMUNITY, Route.NOISE, Source.MODERATOR)


def test_who_makes_a_case_says_staff() -> None:
    mention, sol = judged(), factories.sol()

    with unit_of_work():
        desk.make_case(mention_id=mention.id, by=factories.person(sol), reason="Ours", at=NOW)

    assert (label().said_route, label().source) == (Said.STAFF, Source.STAFF)


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (HandOverReason.UNHAPPY, Said.STAFF_ANGRY),
        (HandOverReason.ORDER, Said.STAFF_SENSITIVE),
        (HandOverReason.SAFETY, Said.STAFF_SENSITIVE),
        (HandOverReason.LEGAL, Said.STAFF_SENSITIVE),
        (HandOverReason.TECHNICAL, Said.STAFF_TECHNICAL),
        (HandOverReason.OTHER, Said.STAFF),
    ],
)
def test_an_advocate_who_hands_over_says_which_lane(reason: HandOverReason, said: Said) -> None:
    ada = factories.ada()
    held = factories.make_claim(advocate=ada, mention=judged(status=MentionStatus.CLAIMED))

    with unit_of_work():
        replies.hand_over(claim_id=held.id, advocate=ada, reason=reason, note="See", at=NOW)

    assert (label().said_route, label().source, label().by_id) == (said, Source.ADVOCATE, ada.user_id)


def test_every_reason_for_handing_over_says_something() -> None:
    assert set(replies._SAID) == set(HandOverReason)


def test_a_moderator_who_escalates_says_staff() -> None:
    mention = judged(status=MentionStatus.IN_REVIEW)
    reply = factories.make_reply(mention=mention)
    version_id = session.scalars(select(ReplyVersion.id).where(ReplyVersion.reply_id == reply.id)).one()
    mo = factories.mo()

    with unit_of_work():
        reviews.escalate(reply_id=reply.id, version_id=version_id, note="Ours", by=factories.person(mo), at=NOW)

    assert (label().said_route, label().source, label().by_id) == (Said.STAFF, Source.MODERATOR, mo.id)


class TestNotForMe:
    def test_an_unkind_post_is_said_to_be_angry(self) -> None:
        mention, ada = judged(), factories.ada()

        with unit_of_work():
            feed.pass_over(mention_id=mention.id, advocate_id=ada.id, reason="unkind", at=NOW)

        assert (label().said_route, label().source) == (Said.STAFF_ANGRY, Source.ADVOCATE)

    def test_another_reason_says_nothing_of_triage(self) -> None:
        mention, ada = judged(), factories.ada()

        with unit_of_work():
            feed.pass_over(mention_id=mention.id, advocate_id=ada.id, reason="topic", at=NOW)

        assert session.scalars(select(Label)).all() == []

    def test_a_second_time_says_nothing_more_and_taking_it_up_again_takes_it_back(self) -> None:
        mention, ada = judged(), factories.ada()
        for _time in range(2):
            with unit_of_work():
                feed.pass_over(mention_id=mention.id, advocate_id=ada.id, reason="unkind", at=NOW)
        assert label()
        later = NOW + timedelta(minutes=1)

        with unit_of_work():
            feed.take_up_again(mention_id=mention.id, advocate_id=ada.id, at=later)

        assert session.scalars(select(Label.taken_back_at)).one() == later
