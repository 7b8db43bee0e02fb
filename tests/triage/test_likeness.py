from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.cases.models import Case
from app.channels.models import Connection
from app.foundation.db import session, unit_of_work
from app.mentions.models import Author, IgnoredBecause, Mention, MentionStatus
from app.publishing import actions as publishing
from app.triage import actions
from app.triage.likeness import queries
from app.triage.likeness.actions import forget, forget_old_keys, put_back
from app.triage.likeness.grouping import Holder, Placed, Said, place
from app.triage.likeness.sketch import share_of, sketch_of
from app.triage.models import Likeness, LikenessGroup, LikenessKey
from tests import factories
from tests.factories import NOW

DOWN = "the app will not start since the update this morning, only a white screen on my phone"
WORDS = st.sampled_from([*DOWN.replace(",", "").split(), "kettle", "lid", "leaks", "filter", "descale", "why"])
TEXTS = st.lists(WORDS, min_size=0, max_size=14).map(" ".join)


def grouped(texts: list[str], *, cuts: int = 1) -> list[int]:
    """Return each text's group; the texts come in ``cuts`` batches, between which only what holds a key is kept."""
    holders: dict[int, Holder] = {}
    placed: dict[int, Placed] = {}
    for batch in range(cuts):
        mine = [n for n in range(len(texts)) if n * cuts // len(texts) == batch]
        said = [Said(n, n, sketch) for n in mine if (sketch := sketch_of(texts[n])) is not None]
        kept = {key: holders[key] for each in said for key in each.keys if key in holders}
        placed |= {each.said.mention_id: each for each in place(said, kept)}
        holders |= kept
    return [placed[n].group_id if n in placed else -1 for n in range(len(texts))]


@given(st.text(max_size=300))
def test_the_same_text_has_the_same_sketch_and_a_bounded_one(text: str) -> None:
    sketch = sketch_of(text)

    assert sketch == sketch_of(text)
    assert sketch is None or (len(sketch.bands) in (0, 6) and len(sketch.mins) in (0, 48))
    assert sketch is None or all(-(2**63) <= key < 2**63 for key in (sketch.same, *sketch.bands))


@given(TEXTS, TEXTS)
def test_two_texts_are_as_like_the_one_as_the_other(one: str, other: str) -> None:
    first, second = sketch_of(one), sketch_of(other)

    if first and second:
        assert share_of(first.mins, second.mins) == share_of(second.mins, first.mins)


@settings(max_examples=60)
@given(st.lists(TEXTS, min_size=2, max_size=12), st.randoms(use_true_random=False))
def test_the_same_words_share_a_group_in_any_order(texts: list[str], chance: object) -> None:
    texts = texts + texts[:3]
    chance.shuffle(texts)  # type: ignore[attr-defined]

    groups = grouped(texts)

    assert len({(text, group) for text, group in zip(texts, groups, strict=True)}) == len(set(texts))


@settings(max_examples=60)
@given(st.lists(TEXTS, min_size=3, max_size=12), st.integers(2, 3))
def test_it_does_not_matter_how_posts_are_cut_into_batches(texts: list[str], cuts: int) -> None:
    assert grouped(texts) == grouped(texts, cuts=cuts)


@pytest.mark.parametrize(
    "other",
    [
        "@Brand " + DOWN.upper() + "!! https://t.co/abc",
        "App will not start after the update this morning: white screen on my phone. Help?",
        "my phone shows only a white screen, the app won't start since this morning's update",
    ],
)
def test_one_issue_in_other_words_is_one_group(other: str) -> None:
    assert len(set(grouped([DOWN, other]))) == 1


@pytest.mark.parametrize(
    "other",
    [
        "the lid of my kettle leaks since this morning",
        "how do I get the app on my new phone?",
        "thanks, the update this morning is great on my phone",
    ],
)
def test_other_issues_are_other_groups(other: str) -> None:
    assert len(set(grouped([DOWN, other]))) == 2


def test_order_numbers_keep_two_orders_of_one_person_apart() -> None:
    one, other = sketch_of("where is my order 4711 please"), sketch_of("where is my order 4712 please")

    assert one is not None
    assert other is not None
    assert one.same != other.same


def test_languages_without_spaces_are_compared_too() -> None:
    assert (
        len(set(grouped(["アプリが朝から起動しません助けてください", "朝からアプリが起動しません、助けてください!"])))
        == 1
    )


def heard(text: str = f"@NorthwindKettles {DOWN}?", **overrides: object) -> Mention:
    values = {"status": MentionStatus.RECEIVED, "route": None, "kind": None, "feed_lane": None, "masked_text": None}
    return factories.make_mention(text=text, **(values | overrides))


def by(mention: Mention) -> dict[str, object]:
    """Return who wrote it, and where we heard them."""
    return {
        "author": session.get_one(Author, mention.author_id),
        "connection": session.get_one(Connection, mention.connection_id),
    }


def sort(*, after: timedelta = timedelta(0)) -> None:
    with unit_of_work():
        actions.triage_waiting(at=NOW + after)
    session.expire_all()


def others(mention: Mention) -> int:
    return queries.counts_of([mention.id]).get(mention.id, 0)


stored = pytest.mark.usefixtures("db_session")


@stored
def test_posts_that_say_the_same_are_counted_within_and_across_batches() -> None:
    first, second = heard(), heard()
    sort()
    third = heard("@NorthwindKettles App will not start after the update this morning, only a white screen. Phone.")
    sort()

    assert [others(each) for each in (first, second, third)] == [2, 2, 2]
    assert [post.id for post in queries.alike(factories.person(factories.sol()), first.id, limit=10)] == [
        third.id,
        second.id,
    ]


@stored
def test_what_was_said_days_ago_is_another_matter() -> None:
    heard()
    sort()
    later = heard()
    sort(after=queries.WINDOW + timedelta(hours=1))

    assert others(later) == 0


@stored
def test_the_same_words_from_one_person_make_one_case() -> None:
    first = heard()
    again = heard(**by(first))
    sort()

    assert session.scalar(select(func.count()).select_from(Case)) == 1
    assert (again.status, again.ignored_because) == (MentionStatus.IGNORED, IgnoredBecause.REPEATED)
    assert first.status is MentionStatus.ESCALATED


@stored
def test_a_repetition_is_sorted_once_the_first_is_deleted() -> None:
    first = heard()
    again = heard(**by(first))
    sort()
    with unit_of_work():
        publishing.mirror_deletion(mention_id=first.id, at=NOW)
    session.expire_all()

    assert again.status is MentionStatus.RECEIVED
    sort()
    assert again.status is MentionStatus.ESCALATED
    assert others(again) == 0


@stored
def test_nobody_who_speaks_of_harm_is_set_aside_as_repeating_it() -> None:
    text = "@NorthwindKettles nobody helps me, I want to kill myself tonight"
    first = heard(text)
    again = heard(text, **by(first))
    sort()

    assert (first.status, again.status) == (MentionStatus.ESCALATED, MentionStatus.ESCALATED)


@stored
def test_nobody_whose_device_burns_is_set_aside_as_repeating_it() -> None:
    text = "@NorthwindKettles the charger caught fire last night, is it safe to use?"
    first = heard(text)
    again = heard(text, **by(first))
    sort()

    assert again.status is MentionStatus.ESCALATED


@stored
@pytest.mark.parametrize(
    "again",
    [
        "@NorthwindKettles HOW DO I CHANGE MY TARIFF? NOBODY ANSWERS!!!!!!",
        "@NorthwindKettles how do I change my tariff? nobody answers 🤬🤬🤬",
        "@NorthwindKettles how do I change my tariff? nobody answers https://t.co/bbb",
        "@NorthwindKettles @Ombudsman how do I change my tariff? nobody answers",
    ],
)
def test_who_says_it_louder_or_to_somebody_else_is_not_silenced(again: str) -> None:
    first = heard("@NorthwindKettles how do I change my tariff? nobody answers")
    louder = heard(again, **by(first))
    sort()

    assert louder.ignored_because is not IgnoredBecause.REPEATED


@stored
def test_what_goes_to_staff_now_is_not_left_to_a_first_one_with_the_crowd() -> None:
    first = heard(status=MentionStatus.OPEN)
    with unit_of_work():
        put_back(first, at=NOW)
    again = heard(**by(first))
    sort()

    assert again.status is MentionStatus.ESCALATED


@stored
def test_a_first_one_that_is_about_to_go_makes_no_repetition(monkeypatch: pytest.MonkeyPatch) -> None:
    first = heard()
    sort()
    again = heard(**by(first))
    monkeypatch.setattr(queries, "held_in_place", lambda _ids: {})  # somebody else has it in hand
    sort()

    assert again.status is MentionStatus.ESCALATED


@stored
def test_another_person_or_an_ended_post_is_no_repetition() -> None:
    first = heard(status=MentionStatus.ESCALATED)
    with unit_of_work():
        put_back(first, at=NOW)
        first.close()
    other, again = heard(), heard(**by(first))
    sort()

    assert (other.status, again.status) == (MentionStatus.ESCALATED, MentionStatus.ESCALATED)


@stored
def test_an_edited_post_stands_with_those_that_say_what_it_says_now() -> None:
    first, second = heard(), heard()
    lid = heard("@NorthwindKettles the lid of my kettle leaks and boiling water drips out")
    sort()
    with unit_of_work():
        first = session.get_one(Mention, first.id)
        forget(first, at=NOW)
        first.rewrite(
            text="@NorthwindKettles boiling water drips out, the lid of the kettle leaks",
            edition=2,
            edition_external_id="2",
        )
        actions.read_again(first, at=NOW)

    assert [others(each) for each in (first, second, lid)] == [1, 0, 1]


@stored
def test_nothing_is_kept_of_a_deleted_post_and_the_next_still_finds_the_rest() -> None:
    first, second = heard(), heard()
    sort()
    with unit_of_work():
        publishing.mirror_deletion(mention_id=second.id, at=NOW)

    assert session.get(Likeness, second.id) is None
    assert not session.scalars(select(LikenessKey).where(LikenessKey.mention_id == second.id)).all()
    third = heard()
    sort()
    assert (others(first), others(third)) == (1, 1)


@stored
def test_a_group_goes_with_its_last_post() -> None:
    only = heard()
    sort()
    with unit_of_work():
        publishing.mirror_deletion(mention_id=only.id, at=NOW)

    for table in (Likeness, LikenessKey, LikenessGroup):
        assert session.scalar(select(func.count()).select_from(table)) == 0


@stored
def test_keys_are_few_however_many_say_the_same_and_old_ones_go() -> None:
    for _n in range(12):
        heard()
    sort()
    shared = session.scalar(select(func.count()).select_from(LikenessKey))

    assert shared == 12 + 1 + 6  # one for each author's own words, and those all share

    with unit_of_work():
        forget_old_keys(at=NOW + queries.WINDOW + timedelta(seconds=1))
    assert session.scalar(select(func.count()).select_from(LikenessKey)) == 0
