"""Sorting leans as it was set, from then on; what it would do and what corrections tell is counted."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from app.accounts.models import Role
from app.foundation.db import session, unit_of_work
from app.foundation.errors import Conflict, Invalid
from app.foundation.journal import JournalEntry
from app.mentions.models import Mention, MentionStatus
from app.mentions.types import Route
from app.triage.actions import triage_waiting
from app.triage.judge import DEFAULT_POINT, USUAL_INFLUENCE
from app.triage.models import SortingOutlook, SortingVersion, Topic, TriageVerdict
from app.triage.sorting import actions, queries
from app.triage.sorting.ladder import Border, Step, plain_shifts, point_of
from app.triage.sorting.learning import LEAST
from app.triage.sorting.measuring import Measured, measure, spread
from app.triage.sorting.shares import Share
from app.triage.types import Said, Source
from app.triage.voices import counted_posts
from tests import factories
from tests.factories import NOW, make_connection, make_label, make_outlook, make_user

pytestmark = pytest.mark.usefixtures("db_session")

NEEDS = "@NorthwindKettles my parcel has not arrived yet"
#: A question of which so little is known that steps towards staff give it to them.
ASKS = "@NorthwindKettles can somebody tell me about the lid?"


def admin() -> int:
    return make_user(Role.ADMIN).id


def lean(step: Step, *, seen: int = 0) -> SortingVersion | None:
    with unit_of_work():
        return actions.lean(step=step, seen=seen, actor_id=admin(), at=NOW)


def sorted_post(text: str, **overrides: Any) -> Mention:
    values = {"status": MentionStatus.RECEIVED, "route": None, "kind": None, "feed_lane": None, "masked_text": None}
    mention = factories.make_mention(text=text, **(values | overrides))
    with unit_of_work():
        triage_waiting(at=NOW)
    session.refresh(mention)
    return mention


def corrections(of: int, said: Said = Said.STAFF, **overrides: Any) -> None:
    connection = overrides.pop("connection", None) or make_connection(learns=True)
    by_id = make_user(Role.STAFF).id
    for _ in range(of):
        make_label(connection=connection, said_route=said, by_id=by_id, **overrides)


def test_before_anybody_set_it_sorting_is_as_it_was_made() -> None:
    assert queries.setting() == queries.Setting()
    assert queries.point_in_force() == DEFAULT_POINT


def test_a_post_is_sorted_as_sorting_is_set_by_then() -> None:
    before = sorted_post(ASKS)
    lean(Step.FAR_TO_STAFF)
    after = sorted_post(ASKS)

    assert before.route is Route.COMMUNITY
    assert after.route is not None
    assert after.route.is_staff
    assert session.get_one(Mention, before.id).route is Route.COMMUNITY


def test_a_batch_asks_once_how_sorting_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr("app.triage.actions.point_in_force", lambda: asked.append(1) or DEFAULT_POINT)
    received = {"status": MentionStatus.RECEIVED, "route": None, "kind": None, "feed_lane": None, "masked_text": None}
    for _ in range(3):
        factories.make_mention(text=ASKS, **received)

    with unit_of_work():
        triage_waiting(at=NOW)

    assert asked == [1]


def test_setting_it_makes_a_version_and_a_line_in_the_journal() -> None:
    lean(Step.TO_STAFF)
    lean(Step.TO_CREW, seen=1)

    rows = session.scalars(select(SortingVersion).order_by(SortingVersion.number)).all()
    lines = session.scalars(select(JournalEntry.details).where(JournalEntry.action == "sorting.changed")).all()
    assert [(row.number, row.step, row.made_at) for row in rows] == [(1, 1, NOW), (2, -1, NOW)]
    assert [(line["from"]["step"], line["to"]["step"]) for line in lines] == [(0, 1), (1, -1)]


def weigh(points: int, *, seen: int = 0) -> SortingVersion | None:
    with unit_of_work():
        return actions.weigh_influence(points=points, seen=seen, actor_id=admin(), at=NOW)


def test_influence_is_set_in_a_version_of_its_own_and_nothing_else_with_it() -> None:
    lean(Step.TO_STAFF)
    weigh(7, seen=1)
    lean(Step.TO_CREW, seen=2)

    line = session.scalars(select(JournalEntry.details).where(JournalEntry.action == "sorting.changed")).all()[1]
    assert (line["from"]["influence"], line["to"]["influence"]) == (2, 7)
    assert line["from"]["step"] == line["to"]["step"] == 1
    assert queries.setting() == queries.Setting(3, Step.TO_CREW, None, 7)
    assert queries.point_in_force().influence == 7


def test_influence_set_as_it_is_makes_no_version() -> None:
    assert weigh(USUAL_INFLUENCE) is None


@pytest.mark.parametrize("points", [-1, 11])
def test_influence_has_its_bounds(points: int) -> None:
    with pytest.raises(Invalid):
        weigh(points)


def test_who_weighs_influence_on_an_older_page_is_told() -> None:
    lean(Step.TO_STAFF)

    with pytest.raises(Conflict, match="meanwhile"):
        weigh(5)


def parts_of(mention: Mention) -> dict[str, int]:
    (kept,) = session.scalars(select(TriageVerdict.parts).where(TriageVerdict.mention_id == mention.id))
    return {str(name): int(points) for name, points in kept}


def test_who_wrote_on_the_topic_before_counts_by_as_much_as_is_set() -> None:
    session.add_all([Topic(name="Lids", words=["lid"]), Topic(name="Parcels", words=["parcel"])])
    author = factories.make_author(followers=0)
    weigh(10)

    posts = [sorted_post(text, author=author) for text in (ASKS, NEEDS, ASKS, ASKS, ASKS, ASKS)]
    stranger = sorted_post(ASKS, author=factories.make_author(followers=0))

    assert [parts_of(each).get("on_topic", 0) for each in posts] == [0, 0, 2, 4, 6, 6]
    assert "on_topic" not in parts_of(stranger)


def test_posts_on_a_topic_are_counted_without_a_look_at_every_post() -> None:
    connection = session.connection()
    # The planner needs something to choose from: of few rows it reads them all, or takes any index there is.
    first = factories.make_mention()
    copied = {each.key: getattr(first, each.key) for each in Mention.__table__.columns if each.key != "id"}
    authors = [factories.make_author().id for _ in range(40)]
    session.execute(
        insert(Mention),
        [copied | {"external_id": str(n), "author_id": authors[n % len(authors)]} for n in range(2000)],
    )
    connection.exec_driver_sql("ANALYZE mentions")
    counted = counted_posts(authors[:2], before=first.id + 5000).compile(
        connection, compile_kwargs={"literal_binds": True}
    )
    explain = "EXPLAIN" if connection.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"

    plan = str(connection.exec_driver_sql(f"{explain} {counted}").all())

    assert "ix_mentions_voices" in plan


def test_posts_on_a_topic_are_counted_once_for_a_batch_and_not_where_influence_is_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    session.add(Topic(name="Lids", words=["lid"]))
    batches: list[int] = []
    monkeypatch.setattr("app.triage.actions.with_voices", lambda waiting: batches.append(len(waiting)) or waiting)
    received = {"status": MentionStatus.RECEIVED, "route": None, "kind": None, "feed_lane": None, "masked_text": None}

    for points in (3, 0):
        weigh(points, seen=queries.setting().number)
        for _ in range(4):
            factories.make_mention(text=ASKS, **received)
        with unit_of_work():
            triage_waiting(at=NOW)

    assert batches == [4]


def test_setting_it_as_it_is_makes_no_version() -> None:
    assert lean(Step.AS_MADE) is None
    assert session.scalar(select(func.count()).select_from(SortingVersion)) == 0


def test_who_looked_at_an_older_setting_is_told() -> None:
    lean(Step.TO_STAFF)

    with pytest.raises(Conflict, match="meanwhile"):
        lean(Step.TO_CREW, seen=0)


def test_corrections_count_only_when_an_admin_says_so_and_can_be_switched_off() -> None:
    outlook = make_outlook(shifts={"sensitive": 0.3})
    assert queries.point_in_force() == DEFAULT_POINT

    with unit_of_work():
        actions.follow_corrections(outlook_id=outlook.id, seen=0, actor_id=admin(), at=NOW)
    assert queries.point_in_force() == point_of(Step.AS_MADE, {Border.SENSITIVE: 0.3})

    lean(Step.TO_STAFF, seen=1)
    assert queries.point_in_force() == point_of(Step.TO_STAFF, {Border.SENSITIVE: 0.3})

    with unit_of_work():
        actions.forget_corrections(seen=2, actor_id=admin(), at=NOW)
    assert queries.point_in_force() == point_of(Step.TO_STAFF)


def test_nobody_follows_figures_that_are_not_the_newest() -> None:
    old = make_outlook(shifts={"sensitive": 0.3})
    make_outlook(shifts={"sensitive": 0.1})

    with pytest.raises(Conflict, match="newer figures"), unit_of_work():
        actions.follow_corrections(outlook_id=old.id, seen=0, actor_id=admin(), at=NOW)


def test_where_nothing_is_proposed_nothing_is_followed() -> None:
    outlook = make_outlook()

    with pytest.raises(Conflict, match="too few"), unit_of_work():
        actions.follow_corrections(outlook_id=outlook.id, seen=0, actor_id=admin(), at=NOW)


def test_what_listeners_say_moves_a_border() -> None:
    corrections(LEAST)

    found = measure(at=NOW)

    assert found.shifts[Border.SENSITIVE] > 0
    assert found.learnt_from == {Border.ANGRY: 0, Border.SENSITIVE: LEAST, Border.TECHNICAL: 0}


def test_without_corrections_nothing_is_proposed() -> None:
    assert measure(at=NOW).shifts == {}


@pytest.mark.parametrize(
    "why_not",
    [
        {"learnable": False},
        {"source": Source.STAFF},
        {"source": Source.ADVOCATE},
        {"rule_key": 3},
        {"taken_back_at": NOW},
        {"scores": {}},
    ],
    ids=lambda why: next(iter(why)),
)
def test_what_may_not_be_learnt_from_moves_nothing(why_not: dict[str, Any]) -> None:
    corrections(LEAST, **why_not)

    assert measure(at=NOW).shifts == {}


def test_a_connection_whose_switch_is_off_by_now_moves_nothing_and_is_counted() -> None:
    corrections(LEAST, connection=make_connection(learns=False))

    found = measure(at=NOW)

    assert found.shifts == {}
    assert found.tallies.reasons == {"community.answerable": Share(0, LEAST)}


def test_the_newest_word_on_a_post_counts() -> None:
    mention = factories.make_mention()
    make_label(mention=mention, said_route=Said.COMMUNITY)
    make_label(mention=mention, said_route=Said.STAFF_ANGRY, source=Source.ADVOCATE)

    [told] = queries.told_since(NOW - timedelta(days=1))

    assert told.corrected.said is Said.STAFF_ANGRY


def test_it_says_what_each_step_does_to_last_weeks_posts() -> None:
    sorted_post(ASKS)
    sorted_post(NEEDS)

    found = measure(at=NOW + timedelta(days=1))

    staff = [found.steps["plain"][step]["staff"].so for step in Step]
    assert (found.posts, found.read, found.is_whole) == (2, 2, True)
    assert staff == sorted(staff)
    assert staff[-1] == 2


def test_posts_that_people_called_staffs_are_followed_to_the_crew() -> None:
    connection = make_connection(learns=True)
    angry = factories.make_mention(connection=connection, text=ASKS)
    make_label(mention=angry, said_route=Said.STAFF_ANGRY)
    unclear = factories.make_mention(connection=connection, text=ASKS)
    make_label(mention=unclear, said_route=Said.STAFF)

    steps = measure(at=NOW).steps["plain"]

    assert (steps[Step.AS_MADE]["angry"], steps[Step.AS_MADE]["sensitive"]) == (Share(1, 1), Share(0, 0))
    assert steps[Step.AS_MADE]["staffs"] == Share(2, 2)
    assert steps[Step.FAR_TO_STAFF]["staffs"] == Share(0, 2)


def test_older_posts_are_not_last_weeks() -> None:
    sorted_post(ASKS)

    assert measure(at=NOW + timedelta(days=8)).posts == 0


@pytest.mark.parametrize(("of", "most", "kept"), [(3, 5, [0, 1, 2]), (6, 3, [0, 2, 4]), (0, 3, [])])
def test_a_sample_is_spread_over_the_week(of: int, most: int, kept: list[int]) -> None:
    assert spread(list(range(of)), most) == kept


def test_figures_are_kept_and_made_anew_in_time() -> None:
    assert actions.is_due(at=NOW)
    found = measure(at=NOW)
    kept(found)

    assert not actions.is_due(at=NOW + timedelta(hours=1))
    assert actions.is_due(at=NOW + actions.EVERY)


def kept(found: Measured) -> SortingOutlook:
    with unit_of_work():
        return actions.keep(found, at=NOW)


def test_figures_are_made_anew_when_it_is_set_otherwise() -> None:
    kept(measure(at=NOW))
    lean(Step.TO_STAFF)

    assert actions.is_due(at=NOW)


def test_figures_hold_what_was_found() -> None:
    corrections(LEAST)
    found = measure(at=NOW)

    row = kept(found)

    assert row.shifts == plain_shifts(found.shifts)
    assert row.learnt_from["sensitive"] == LEAST
    assert row.weeks[0][1:] == ["community", [0, LEAST], [0, 0]]
    assert row.steps["proposed"]["0"]["staffs"][1] == LEAST


def test_figures_of_last_month_are_forgotten() -> None:
    make_outlook(made_at=NOW - timedelta(days=29))
    row = kept(measure(at=NOW))

    assert session.scalars(select(SortingOutlook.id)).all() == [row.id]
