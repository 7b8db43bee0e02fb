import tracemalloc
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.cases.models import Case
from app.foundation.db import session, unit_of_work
from app.foundation.events import Event, EventType
from app.foundation.journal import JournalEntry
from app.foundation.tasks import Task, TaskKind
from app.mentions.models import IgnoredBecause, Mention, MentionStatus, ThreadPost
from app.mentions.types import FeedLane, Route
from app.triage import actions, personal_data, queries
from app.triage.models import Topic, TriageVerdict
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.usefixtures("db_session")


def heard(text: str, **overrides: object) -> int:
    values = {"status": MentionStatus.RECEIVED, "route": None, "kind": None, "feed_lane": None, "masked_text": None}
    return factories.make_mention(text=text, **(values | overrides)).id


def sort() -> int:
    with unit_of_work():
        return actions.triage_waiting(at=NOW)


def mention(mention_id: int) -> Mention:
    wanted = select(Mention).where(Mention.id == mention_id).execution_options(populate_existing=True)
    return session.scalars(wanted).one()


def test_a_question_goes_to_the_feed() -> None:
    one = heard("@NorthwindKettles how do I descale the K2? Can I use vinegar?")

    sort()

    assert (mention(one).status, mention(one).feed_lane) == (MentionStatus.OPEN, FeedLane.QUESTIONS)
    assert session.scalar(select(func.count()).where(Event.type == EventType.POST_NEW)) == 1


def test_a_loving_post_goes_to_say_hello() -> None:
    one = heard("Honestly in love with my @NorthwindKettles kettle, best thing I bought this year")

    sort()

    assert (mention(one).status, mention(one).feed_lane) == (MentionStatus.OPEN, FeedLane.HELLO)


def test_an_angry_post_becomes_a_case_and_never_reaches_the_feed() -> None:
    one = heard("@NorthwindKettles THIRD time asking you useless idiots. Worst company ever, never buying again!!!")

    sort()

    assert mention(one).status is MentionStatus.ESCALATED
    case = session.scalars(select(Case)).one()
    assert case.mention_id == one
    assert case.priority == sum(points for _name, points in case.parts)


def test_a_case_of_harm_is_marked_for_those_who_may_see_it() -> None:
    heard("@NorthwindKettles the handle melted and I burnt my hand, is this thing safe?")

    sort()

    case = session.scalars(select(Case)).one()
    assert case.safety
    assert case.sensitive


def test_what_may_not_be_answered_is_set_aside_with_that_reason() -> None:
    one = heard("Does anyone know how to descale a K2?", can_reply=False, summoned=False)

    sort()

    assert (mention(one).status, mention(one).ignored_because) == (
        MentionStatus.IGNORED,
        IgnoredBecause.MAY_NOT_BE_ANSWERED,
    )


def test_what_only_a_person_may_answer_waits_in_the_lane_of_the_hand() -> None:
    one = heard(
        "Does anyone know how to descale a K2?", can_reply=False, summoned=False, cannot_reply_why="not_summoned"
    )

    sort()

    assert (mention(one).status, mention(one).route) == (MentionStatus.BY_HAND, Route.COMMUNITY)
    assert session.scalars(select(JournalEntry.action)).one() == "mention.lined_up"


def test_what_the_brand_does_not_answer_by_hand_is_set_aside() -> None:
    connection = factories.make_connection(answer_by_hand=False)
    one = heard(
        "Does anyone know how to descale a K2?",
        connection=connection,
        can_reply=False,
        summoned=False,
        cannot_reply_why="not_summoned",
    )

    sort()

    assert mention(one).ignored_because is IgnoredBecause.MAY_NOT_BE_ANSWERED


def test_personal_data_is_masked_for_the_crowd() -> None:
    one = heard("@NorthwindKettles can you mail the K2 manual to jane.roe@example.org please?")

    sort()

    assert "jane.roe@example.org" in mention(one).text
    assert "jane.roe" not in mention(one).crowd_text


def test_the_brands_topics_are_told_by_its_words() -> None:
    session.add(Topic(name="Descaling", words=["descale", "limescale"]))
    session.commit()
    one = heard("@NorthwindKettles how do I descale the K2?")

    sort()

    assert mention(one).topic == "Descaling"


def test_a_bare_thanks_under_our_answer_closes_the_conversation() -> None:
    connection = factories.make_connection()
    parent = factories.make_mention(connection=connection)
    session.add(
        ThreadPost(
            connection_id=connection.id,
            conversation_id=parent.conversation_id,
            external_id="77",
            author_handle="NorthwindKettles",
            author_name="Northwind Kettles",
            text="Wipe the disc with vinegar.",
            posted_at=NOW,
            ours=True,
        )
    )
    session.commit()
    one = heard("@NorthwindKettles thank you!", parent_external_id="77", connection=connection)

    sort()

    assert (mention(one).status, mention(one).ignored_because) == (MentionStatus.IGNORED, IgnoredBecause.NOISE)


def test_a_post_weighs_a_little_more_where_its_author_wrote_before() -> None:
    connection = factories.make_connection()
    author = factories.make_author(connection=connection)
    first = factories.make_mention(connection=connection, author=author, status=MentionStatus.ANSWERED)
    thread = {"connection": connection, "conversation_id": first.conversation_id}
    again = {"author": author, "parent_external_id": first.external_id} | thread
    ids = [
        heard("@NorthwindKettles how do I open the lid?", **again),
        heard("@NorthwindKettles how do I open the lid?", **thread, parent_external_id=first.external_id),
        heard("@NorthwindKettles how do I open the lid?", **again),
        heard("@NorthwindKettles how do I open the lid?", connection=connection, author=author),
    ]

    sort()

    parts = queries.verdicts_of(ids)
    assert [dict(parts[one].parts).get("thread", 0) for one in ids] == [1, 0, 2, 0]


def test_every_verdict_is_kept_with_its_reasons_and_journalled() -> None:
    ids = [heard(f"@NorthwindKettles how do I clean the lid of model {n}?") for n in range(5)]

    assert sort() == 5

    verdicts = session.scalars(select(TriageVerdict)).all()
    assert sorted(verdict.mention_id for verdict in verdicts) == ids
    assert all(verdict.reasons for verdict in verdicts)
    journalled = select(func.count()).where(JournalEntry.action == "mention.opened")
    assert session.scalar(journalled) == 5
    assert set(queries.verdicts_of(ids)) == set(ids)


def test_nothing_is_sorted_twice() -> None:
    heard("@NorthwindKettles how do I descale the K2?")
    sort()

    assert sort() == 0
    assert session.scalar(select(func.count()).select_from(TriageVerdict)) == 1


def test_a_batch_takes_no_more_than_its_limit_and_the_oldest_first() -> None:
    ids = [heard(f"@NorthwindKettles question number {n}?") for n in range(4)]

    with unit_of_work():
        actions.triage_waiting(at=NOW, limit=3)

    assert mention(ids[3]).status is MentionStatus.RECEIVED
    assert mention(ids[2]).status is not MentionStatus.RECEIVED


def test_a_post_that_breaks_triage_is_set_aside_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    bad, good = heard("poison"), heard("@NorthwindKettles how do I descale the K2?")
    read = actions.read_signals

    def fragile(text: str, **values: object):  # type: ignore[no-untyped-def]
        if text == "poison":
            raise ValueError(text)
        return read(text, **values)

    monkeypatch.setattr(actions, "read_signals", fragile)

    sort()

    assert mention(bad).status is MentionStatus.QUARANTINED
    assert mention(good).status is MentionStatus.OPEN
    assert session.scalar(select(Task.kind)) is TaskKind.POISON


def test_posts_of_a_megabyte_hold_up_nobody_and_fill_no_memory() -> None:
    plain = "@NorthwindKettles how do I descale the K2?"
    ids = [heard(text) for text in (plain, *("1 \U0001f621" * 350_000 for _ in range(6)), plain)]
    session.expunge_all()
    tracemalloc.start()

    sort()

    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [mention(one).status for one in ids] == [
        MentionStatus.OPEN,
        *[MentionStatus.ESCALATED] * 6,
        MentionStatus.OPEN,
    ]
    assert most < 6_000_000
    assert len(mention(ids[1]).masked_text or "") <= personal_data.SEARCHED_CHARS + 1


def test_staff_posts_are_cases_even_where_the_network_takes_no_answer() -> None:
    one = heard("You absolute clowns charged my card twice, I want my refund NOW", can_reply=False, summoned=False)

    sort()

    assert mention(one).status is MentionStatus.ESCALATED
    assert mention(one).route in {Route.STAFF_ANGRY, Route.STAFF_SENSITIVE}


@pytest.mark.parametrize(
    ("turns", "after_seconds", "route"),
    [
        (2, 5, Route.STAFF_TECHNICAL),
        (1, 5, Route.COMMUNITY),
        (2, 600, Route.COMMUNITY),
    ],
)
def test_who_answers_us_at_once_a_third_time_goes_to_staff(turns: int, after_seconds: int, route: Route) -> None:
    first = factories.make_mention(status=MentionStatus.ANSWERED)
    said = [
        factories.make_thread_post(first, ours=True, posted_at=NOW - timedelta(minutes=10 * n), text="Descale it.")
        for n in range(turns)
    ]
    again = factories.make_sibling(
        first,
        status=MentionStatus.RECEIVED,
        parent_external_id=said[0].external_id,
        posted_at=NOW + timedelta(seconds=after_seconds),
    )

    with unit_of_work():
        actions.triage_waiting(at=NOW)

    session.refresh(again)
    assert again.route is route
    if route is Route.STAFF_TECHNICAL:
        assert session.scalars(select(TriageVerdict)).one().reasons[0] == ["form.loop", ""]
