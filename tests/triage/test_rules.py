"""The brand's rules at work: what they do with posts, how they come to count, and who stands in whose way."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, delete, event, func, select, update
from sqlalchemy.exc import IntegrityError

from app.accounts.models import Role
from app.cases.models import Case, CaseStatus
from app.channels.models import Destination
from app.foundation.db import session, unit_of_work
from app.foundation.errors import Conflict, Invalid
from app.foundation.journal import JournalEntry
from app.mentions.models import IgnoredBecause, Mention, MentionStatus
from app.mentions.types import FeedLane, Route
from app.triage.actions import triage_waiting
from app.triage.models import DryRun, RuleBook, TriageVerdict
from app.triage.rules import actions, queries, trying
from app.triage.rules.book import Act, Change, rule_of
from app.triage.rules.types import MOST_RULES, Guard, Then, Way, When, Wording, in_force
from tests import factories
from tests.factories import NOW, make_rule, make_user

pytestmark = pytest.mark.usefixtures("db_session")

ASKS = "@NorthwindKettles how do I descale the K2? Can I use vinegar?"
CARD = f"{ASKS} My card is 4111 1111 1111 1111"


def heard(text: str = ASKS, **overrides: Any) -> int:
    values = {"status": MentionStatus.RECEIVED, "route": None, "kind": None, "feed_lane": None, "masked_text": None}
    return factories.make_mention(text=text, **(values | overrides)).id


def sort() -> None:
    with unit_of_work():
        triage_waiting(at=NOW)


def sorted_as(text: str = ASKS, **overrides: Any) -> Mention:
    wanted = heard(text, **overrides)
    sort()
    return session.scalars(select(Mention).where(Mention.id == wanted).execution_options(populate_existing=True)).one()


def verdict() -> TriageVerdict:
    return session.scalars(select(TriageVerdict).order_by(TriageVerdict.id.desc()).limit(1)).one()


def case() -> Case:
    return session.scalars(select(Case)).one()


# What a rule does


def test_a_rule_sends_a_post_to_staff_and_the_verdict_names_it() -> None:
    key = make_rule("Coupons", is_on=True)

    one = sorted_as()

    assert (one.status, one.route) == (MentionStatus.ESCALATED, Route.STAFF_TECHNICAL)
    assert case().tags == ["marketing"]
    kept = verdict()
    assert (kept.rule_key, kept.rule_version, kept.way, kept.guard) == (key, key, Way.CROWD, Guard.NONE)
    assert kept.reasons[0] == ["rule.sent", "Coupons"]


def test_the_first_that_fits_decides_and_one_that_is_off_does_not() -> None:
    make_rule("Off", then=Then(way=Way.ANGRY))
    second = make_rule("Second", is_on=True, then=Then(way=Way.HELLO))
    make_rule("Third", is_on=True, then=Then(way=Way.NOISE))

    one = sorted_as()

    assert (one.status, one.feed_lane) == (MentionStatus.OPEN, FeedLane.HELLO)
    assert verdict().rule_key == second


def test_a_rule_sets_a_post_aside() -> None:
    make_rule(is_on=True, when=When(authors=("coffee",)), then=Then(way=Way.NOISE))

    one = sorted_as(author=factories.make_author(handle="Coffee"))

    assert (one.status, one.ignored_because) == (MentionStatus.IGNORED, IgnoredBecause.NOISE)


def test_a_post_that_waits_for_a_person_is_not_before_the_crowd() -> None:
    make_rule(is_on=True, then=Then(way=Way.HOLD))

    assert sorted_as().status not in (MentionStatus.OPEN, MentionStatus.BY_HAND, MentionStatus.IGNORED)


def test_a_rule_gives_the_case_to_a_person_with_its_tags_and_priority() -> None:
    sol = factories.sol()
    make_rule(is_on=True, then=Then(way=Way.SENSITIVE, points=15, tags=("vip",), assign_to=sol.id))

    one = sorted_as()

    assert (case().status, case().assigned_to_id) == (CaseStatus.ASSIGNED, sol.id)
    assert "vip" in case().tags
    assert ["rule", 15] in case().parts
    assert case().priority == one.priority == sum(points for _name, points in case().parts)


def test_a_case_is_not_given_to_who_left() -> None:
    gone = make_user(Role.STAFF, is_active=False)
    make_rule(is_on=True, then=Then(way=Way.ANGRY, assign_to=gone.id))

    sorted_as()

    assert (case().status, case().assigned_to_id) == (CaseStatus.OPEN, None)


def test_personal_data_does_not_reach_the_crowd_by_a_rule() -> None:
    make_rule(is_on=True, then=Then(way=Way.CROWD))

    assert sorted_as(CARD).status is MentionStatus.ESCALATED
    assert verdict().guard is Guard.PRIVATE


def test_what_is_only_observed_stays_so() -> None:
    make_rule(is_on=True, then=Then(way=Way.CROWD))

    assert sorted_as(destination=Destination.OBSERVE).ignored_because is IgnoredBecause.ONLY_OBSERVED


def test_triage_asks_for_the_rules_once_a_batch(engine: Engine) -> None:
    make_rule(is_on=True)
    for _n in range(5):
        heard()
    asked: list[str] = []
    note = lambda *told: asked.append(told[2])  # noqa: E731
    event.listen(engine, "before_cursor_execute", note)
    sort()
    event.remove(engine, "before_cursor_execute", note)

    assert sum("rule_books" in statement for statement in asked) == 1
    assert len(asked) < 30


def test_how_often_a_rule_decided_is_counted() -> None:
    key = make_rule(is_on=True)
    heard()
    heard("@NorthwindKettles which filter fits?")
    sorted_as()

    assert queries.decided_by(since=NOW - timedelta(days=1)) == {key: 2}
    assert queries.decided_by(since=NOW + timedelta(seconds=1)) == {}


# How it comes to count


def change(act: Act, key: int) -> None:
    with unit_of_work():
        actions.change(Change(act, key), actor_id=make_user(Role.ADMIN).id, at=NOW)


def tried(act: Act, key: int) -> DryRun:
    one = Change(act, key)
    before, later, found = actions.see_what_comes(one, at=NOW)
    with unit_of_work():
        return actions.keep_dry_run(one, before, later, found, actor_id=make_user(Role.ADMIN).id, at=NOW)


def put_in_force(row: DryRun, at: Any = NOW) -> None:
    with unit_of_work():
        actions.put_in_force(dry_run=row, actor_id=make_user(Role.ADMIN).id, at=at)


def counting() -> list[int]:
    return [live.key for live in in_force(queries.newest_book().rules)]


def wording(name: str = "Coupons", **when: Any) -> Wording:
    return Wording(name, When(**(when or {"words": ("vinegar",)})), Then(way=Way.MARKETING))


def word(key: int, seen: int, wanted: Wording) -> None:
    with unit_of_work():
        actions.word(key=key, seen=seen, wording=wanted, actor_id=make_user(Role.STAFF).id, at=NOW)


def test_a_rule_is_off_until_its_dry_run_is_let_count() -> None:
    with unit_of_work():
        key = actions.add(wording=wording(), actor_id=make_user(Role.STAFF).id, at=NOW).key

    with pytest.raises(actions.NeedsDryRun):
        change(Act.SWITCHED_ON, key)
    assert counting() == []

    put_in_force(tried(Act.SWITCHED_ON, key))
    assert counting() == [key]
    acts = session.scalars(select(JournalEntry.action).where(JournalEntry.action.like("rules.%"))).all()
    assert acts == ["rules.added", "rules.tried", "rules.switched_on"]


def test_every_act_is_a_version_that_nobody_changes() -> None:
    key = make_rule(is_on=True)
    change(Act.SWITCHED_OFF, key)

    assert [each.row.number for each in queries.versions(limit=10)] == [2, 1]
    for statement in (update(RuleBook).values(key=9), delete(RuleBook)):
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(statement)


def test_switching_off_works_at_once() -> None:
    key = make_rule(is_on=True)

    change(Act.SWITCHED_OFF, key)

    assert counting() == []


def test_a_dry_run_holds_for_exactly_what_it_was_made_of() -> None:
    key = make_rule()
    row = tried(Act.SWITCHED_ON, key)
    word(key, key, wording(words=("voucher",)))

    with pytest.raises(Conflict):
        put_in_force(row)
    assert counting() == []


def test_a_dry_run_does_not_hold_once_other_rules_count() -> None:
    key, other = make_rule(), make_rule()
    row = tried(Act.SWITCHED_ON, key)
    put_in_force(tried(Act.SWITCHED_ON, other))

    with pytest.raises(Conflict):
        put_in_force(row)
    assert counting() == [other]


def test_words_that_others_wrote_meanwhile_do_not_spoil_a_dry_run() -> None:
    key, other = make_rule(), make_rule()
    row = tried(Act.SWITCHED_ON, key)
    word(other, other, wording("Other", words=("tea",)))

    put_in_force(row)

    assert counting() == [key]
    assert rule_of(queries.newest_book().rules, other).wording.name == "Other"


def test_a_dry_run_of_yesterday_does_not_hold() -> None:
    row = tried(Act.SWITCHED_ON, make_rule())

    with pytest.raises(Conflict, match="yesterday"):
        put_in_force(row, at=NOW + timedelta(hours=25))


def test_going_back_brings_an_earlier_list_after_a_dry_run() -> None:
    key = make_rule(is_on=True)
    word(key, key, wording("New name"))
    change(Act.SWITCHED_OFF, key)

    with pytest.raises(actions.NeedsDryRun):
        change(Act.WENT_BACK, 1)
    put_in_force(tried(Act.WENT_BACK, 1))

    assert counting() == [key]
    assert queries.newest_book().rules == queries.book_of(1).rules
    assert queries.newest_book().number == 4


def test_the_order_of_what_counts_changes_by_a_dry_run() -> None:
    first, second = make_rule(is_on=True), make_rule(is_on=True, then=Then(way=Way.HELLO))
    seen = sorted_as()

    with pytest.raises(actions.NeedsDryRun):
        change(Act.MOVED_UP, second)
    row = tried(Act.MOVED_UP, second)
    put_in_force(row)

    assert row.moves == [["marketing", "hello", 1]]
    assert row.changes == [[seen.id, "marketing", "hello"]]
    assert counting() == [second, first]


def test_the_second_of_two_who_change_a_rule_is_shown_what_the_first_wrote() -> None:
    key = make_rule()
    word(key, key, wording("Theirs"))

    with pytest.raises(actions.Overtaken) as overtaken:
        word(key, key, wording("Mine"))

    assert overtaken.value.theirs.wording.name == "Theirs"
    word(key, overtaken.value.theirs.version, wording("Mine"))
    assert rule_of(queries.newest_book().rules, key).wording.name == "Mine"


def test_saving_the_same_words_makes_no_version() -> None:
    key = make_rule("Coupons")

    word(key, key, wording())

    assert queries.newest_book().number == 1


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (Wording("New", When(), Then(way=Way.NOISE)), "words"),
        (Wording("New", When(kinds=("praise",)), Then()), "way"),
        (Wording("TAKEN", When(kinds=("praise",)), Then(points=1)), "name"),
    ],
)
def test_a_rule_that_says_nothing_is_refused(wanted: Wording, field: str) -> None:
    make_rule("Taken")

    with pytest.raises(Invalid) as refused, unit_of_work():
        actions.add(wording=wanted, actor_id=make_user().id, at=NOW)

    assert refused.value.field == field


def test_there_are_not_too_many_rules() -> None:
    for _n in range(MOST_RULES):
        make_rule()

    with pytest.raises(Conflict), unit_of_work():
        actions.add(wording=wording(), actor_id=make_user().id, at=NOW)


def test_two_people_who_append_at_once_make_no_version_twice() -> None:
    make_rule()
    staff = make_user().id

    with pytest.raises(Conflict), unit_of_work():
        actions._append((), Change(Act.DELETED, 1), number=1, actor_id=staff, at=NOW)
    assert session.scalar(select(func.count()).select_from(RuleBook)) == 1


# Dry runs


def test_a_dry_run_finds_what_sorting_would_do() -> None:
    """What was found beforehand is what happens to the same posts."""
    texts = [ASKS, CARD, "@NorthwindKettles lovely vinegar, thank you so much, I love it", "@NorthwindKettles hello?"]
    before = [sorted_as(text, posted_at=NOW, heard_at=NOW) for text in texts]
    ways = {one.id: (one.route, one.feed_lane) for one in before}
    row = tried(Act.SWITCHED_ON, make_rule(then=Then(way=Way.HELLO)))
    put_in_force(row)

    again = [sorted_as(text) for text in texts]

    moved = [old.id for old, new in zip(before, again, strict=True) if ways[old.id] != (new.route, new.feed_lane)]
    assert (row.posts, row.decided, row.kept, row.is_whole) == (4, 3, 1, True)
    assert sorted(each[0] for each in row.changes) == moved


def test_marks_and_owners_are_told_apart_from_ways() -> None:
    one = sorted_as()

    row = tried(Act.SWITCHED_ON, make_rule(then=Then(points=5)))

    assert (row.moves, row.marked, row.changes) == ([], 1, [[one.id, "crowd", "crowd"]])


def test_what_was_said_before_the_week_or_erased_is_not_tried() -> None:
    sorted_as(heard_at=NOW - timedelta(days=8))
    session.execute(update(Mention).values(text="").where(Mention.id == sorted_as().id))
    session.commit()
    sorted_as()

    assert tried(Act.SWITCHED_ON, make_rule()).posts == 1


def test_no_more_posts_are_tried_than_a_page_can_wait_for(monkeypatch: pytest.MonkeyPatch) -> None:
    for _n in range(3):
        heard()
    newest = sorted_as().id
    monkeypatch.setattr(trying, "MOST_POSTS", 2)
    monkeypatch.setattr(queries, "SLICE", 1)

    row = tried(Act.SWITCHED_ON, make_rule())

    assert (row.posts, row.is_whole) == (2, False)
    assert row.changes[0][0] == newest


def test_what_an_older_release_sorted_is_not_thought_harmless() -> None:
    sorted_as()
    session.execute(update(TriageVerdict).values(way=None, guard=None))
    session.commit()

    assert tried(Act.SWITCHED_ON, make_rule(then=Then(way=Way.HELLO))).moves == []
    assert tried(Act.SWITCHED_ON, make_rule()).moves == [["crowd", "marketing", 1]]


def test_dry_runs_are_forgotten_after_a_week() -> None:
    factories.make_dry_run(made_at=NOW - timedelta(days=8))

    row = tried(Act.SWITCHED_ON, make_rule())

    assert session.scalars(select(DryRun.made_at)).all() == [row.made_at]
