"""Taking in pages: each post once, in its thread, with its author as last seen."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, true

from app.channels.models import Connection
from app.channels.types import Batch, Deleted, IncomingPost, PostAuthor, Ref
from app.foundation.db import session, unit_of_work
from app.foundation.events import Event, EventType
from app.foundation.journal import JournalEntry
from app.mentions import actions, queries
from app.mentions.models import Author, Conversation, IgnoredBecause, Mention, MentionStatus, ThreadPost
from tests.factories import NOW, make_connection, make_mention, make_thread_post, person, sol

pytestmark = pytest.mark.usefixtures("db_session")


@pytest.fixture
def account(db_session: None) -> Connection:
    return make_connection()


def a_post(post_id: str = "100", **changes: object) -> IncomingPost:
    post = IncomingPost(
        ref=Ref(post_id),
        author=PostAuthor(id="7", handle="vega", name="Vega", url="https://x.com/vega", followers=12),
        text="@NorthwindKettles it leaks",
        created_at=NOW - timedelta(minutes=2),
        url=f"https://x.com/vega/status/{post_id}",
        thread_root=Ref(post_id),
        parent=None,
        quoted=None,
        language="en",
        summoned=True,
        ours=False,
        can_reply=True,
        cannot_reply_why=None,
    )
    return replace(post, **changes)  # type: ignore[arg-type]


def answer_to(parent: str, post_id: str, **changes: object) -> IncomingPost:
    return a_post(post_id, parent=Ref(parent), thread_root=Ref(parent), **changes)


def our_answer_to(parent: str, post_id: str) -> IncomingPost:
    us = PostAuthor(id="9001", handle="NorthwindKettles", name="Northwind Kettles", url="")
    return answer_to(parent, post_id, author=us, ours=True, can_reply=False, text="Descale it.")


def capture(account: Connection, *posts: IncomingPost | Deleted, **parts: object) -> actions.Captured:
    batch = Batch(events=posts, cursor="c", more=False, **parts)  # type: ignore[arg-type]
    with unit_of_work():
        return actions.capture(batch, connection_id=account.id, at=NOW)


def only_mention() -> Mention:
    return session.scalars(select(Mention)).one()


def count(model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_post_becomes_one_mention_with_author_and_thread(account: Connection) -> None:
    captured = capture(account, a_post())

    mention = only_mention()
    assert captured.mentions == 1
    assert (mention.external_id, mention.text, mention.language) == ("100", "@NorthwindKettles it leaks", "en")
    assert mention.status is MentionStatus.RECEIVED
    assert (mention.heard_at, mention.checked_at) == (NOW, NOW)
    assert session.get_one(Author, mention.author_id).handle == "vega"
    assert session.get_one(Conversation, mention.conversation_id).external_id == "100"


def test_the_same_page_twice_changes_nothing(account: Connection) -> None:
    capture(account, a_post(), a_post("101"))

    again = capture(account, a_post(), a_post("101"), a_post("102"))

    assert again.mentions == 1
    assert count(Mention) == 3
    assert count(Author) == 1


def test_the_same_id_twice_on_one_page_is_one_mention(account: Connection) -> None:
    capture(account, a_post(), a_post(text="other words"))

    assert count(Mention) == 1


def test_two_connections_may_hear_the_same_post(account: Connection) -> None:
    other = make_connection()

    capture(account, a_post())
    capture(other, a_post())

    assert count(Mention) == 2


def test_a_post_heard_again_keeps_its_words_and_its_state(account: Connection) -> None:
    capture(account, a_post())
    only_mention().open()
    session.commit()

    capture(account, a_post(text="changed"))

    assert only_mention().status is MentionStatus.OPEN
    assert only_mention().text == "@NorthwindKettles it leaks"


def test_an_author_is_kept_as_last_seen(account: Connection) -> None:
    capture(account, a_post())

    renamed = PostAuthor(id="7", handle="vega2", name="Vega II", url="", followers=13)
    capture(account, a_post("101", author=renamed))

    author = session.scalars(select(Author).execution_options(populate_existing=True)).one()
    assert (author.handle, author.name, author.followers) == ("vega2", "Vega II", 13)


def test_what_may_not_be_answered_says_why(account: Connection) -> None:
    capture(account, a_post(summoned=False, can_reply=False, cannot_reply_why="not_summoned"))

    mention = only_mention()
    assert (mention.summoned, mention.can_reply, mention.cannot_reply_why) == (False, False, "not_summoned")


def test_our_own_posts_and_parents_are_thread_posts_and_never_mentions(account: Connection) -> None:
    root = a_post("90", text="My kettle sings", summoned=False)

    captured = capture(account, answer_to("90", "100"), our_answer_to("90", "95"), context=[root])

    assert [mention.external_id for mention in session.scalars(select(Mention))] == ["100"]
    beside = session.scalars(select(ThreadPost).order_by(ThreadPost.external_id)).all()
    assert [(post.external_id, post.ours) for post in beside] == [("90", False), ("95", True)]
    assert captured.thread_posts == 2


def test_a_thread_is_read_in_its_order_and_each_post_once(account: Connection) -> None:
    root = a_post("90", text="My kettle sings", created_at=NOW - timedelta(minutes=9))
    ours = replace(our_answer_to("90", "95"), created_at=NOW - timedelta(minutes=5))
    capture(account, answer_to("90", "100"), ours, context=[root, answer_to("90", "100")])

    lines = queries.thread_of(person(sol()), only_mention(), kept=true())

    assert [(line.external_id, line.ours) for line in lines] == [("90", False), ("95", True), ("100", False)]
    assert lines[2].mention_id == only_mention().id


def test_a_post_the_brand_answered_itself_is_set_aside(account: Connection) -> None:
    capture(account, a_post())
    only_mention().open()
    session.commit()

    captured = capture(account, our_answer_to("100", "105"))

    mention = only_mention()
    assert captured.answered_elsewhere == 1
    assert (mention.status, mention.ignored_because) == (MentionStatus.IGNORED, IgnoredBecause.ANSWERED_ELSEWHERE)
    assert "mention.answered_elsewhere" in session.scalars(select(JournalEntry.action)).all()


def test_the_brands_answer_may_be_heard_before_the_post(account: Connection) -> None:
    capture(account, our_answer_to("100", "105"))

    capture(account, a_post())

    assert only_mention().ignored_because is IgnoredBecause.ANSWERED_ELSEWHERE


@pytest.mark.parametrize(
    "status", [MentionStatus.CLAIMED, MentionStatus.IN_REVIEW, MentionStatus.ESCALATED, MentionStatus.ANSWERED]
)
def test_what_we_say_ourselves_is_no_answer_from_elsewhere(account: Connection, status: MentionStatus) -> None:
    mention = make_mention(connection=account, external_id="100", status=status)

    captured = capture(account, our_answer_to("100", "105"))

    assert captured.answered_elsewhere == 0
    assert mention.status is status


def test_what_was_deleted_beside_a_mention_is_erased_and_the_mention_is_reported(account: Connection) -> None:
    root = a_post("90", text="secret", summoned=False)
    capture(account, answer_to("90", "100"), context=[root])

    captured = capture(account, Deleted(Ref("100"), NOW), Deleted(Ref("90"), NOW), Deleted(Ref("1"), NOW))

    assert captured.deleted == (only_mention().id,)
    assert count(ThreadPost) == 0


@pytest.mark.parametrize("status", [MentionStatus.OPEN, MentionStatus.ANSWERED])
def test_an_erased_mention_is_not_reported_as_deleted_again(account: Connection, status: MentionStatus) -> None:
    make_mention(connection=account, external_id="100", status=status).erase()
    session.commit()

    assert capture(account, Deleted(Ref("100"), NOW)).deleted == ()


def test_a_deleted_post_that_never_had_words_is_reported(account: Connection) -> None:
    picture = make_mention(connection=account, external_id="100", text="", status=MentionStatus.ESCALATED)

    assert capture(account, Deleted(Ref("100"), NOW)).deleted == (picture.id,)


def test_whoever_reads_a_mention_is_told_of_a_new_word_in_its_thread(account: Connection) -> None:
    capture(account, a_post())
    mention = only_mention()
    mention.open()
    mention.heard_at = NOW - timedelta(minutes=1)
    session.commit()

    capture(account, answer_to("100", "101"))
    capture(account, a_post("300"))

    told = session.execute(select(Event.type, Event.subject_id)).all()
    assert [tuple(one) for one in told] == [(EventType.THREAD_NEW, mention.id)]


def test_a_reply_to_something_unseen_asks_for_its_thread_once(account: Connection) -> None:
    capture(account, answer_to("90", "100"), a_post("200"))
    for mention in session.scalars(select(Mention)):
        mention.open()
    session.commit()

    threads = queries.threads_to_fetch(connection_id=account.id, at=NOW, limit=5)
    assert [thread.external_id for thread in threads] == ["90"]

    with unit_of_work():
        stored = actions.store_thread(
            [a_post("90"), answer_to("90", "100"), answer_to("90", "96")], conversation_id=threads[0].id, at=NOW
        )

    assert stored.thread_posts == 2
    assert queries.threads_to_fetch(connection_id=account.id, at=NOW, limit=5) == []


def test_a_new_word_in_an_old_thread_asks_for_it_again(account: Connection) -> None:
    capture(account, answer_to("90", "100"))
    thread = session.scalars(select(Conversation)).one()
    thread.fetched_at = NOW - timedelta(hours=1)
    only_mention().open()
    session.commit()

    capture(account, answer_to("90", "101"))

    assert [one.id for one in queries.threads_to_fetch(connection_id=account.id, at=NOW, limit=5)] == [thread.id]


def test_posts_waiting_longest_for_a_second_look_come_first(account: Connection) -> None:
    ages = {"1": timedelta(minutes=2), "2": timedelta(minutes=9), "3": timedelta(seconds=5)}
    for external_id, age in ages.items():
        make_mention(connection=account, external_id=external_id, checked_at=NOW - age)
    make_mention(
        connection=account, external_id="4", status=MentionStatus.ANSWERED, checked_at=NOW - timedelta(hours=11)
    )
    make_mention(
        connection=account, external_id="5", status=MentionStatus.ANSWERED, checked_at=NOW - timedelta(hours=13)
    )
    make_mention(connection=account, external_id="6", checked_at=NOW - timedelta(days=3)).erase()
    shown = make_mention(connection=account, external_id="7", text="", checked_at=NOW - timedelta(seconds=90))
    make_thread_post(shown, external_id="8", checked_at=NOW - timedelta(hours=11))
    make_thread_post(shown, external_id="9", checked_at=NOW - timedelta(hours=13))
    make_thread_post(shown, external_id="10", checked_at=None)
    make_thread_post(shown, external_id="5", checked_at=None)
    session.commit()

    due = queries.to_check(connection_id=account.id, poll_seconds=1, at=NOW)
    with unit_of_work():
        actions.confirm(due, connection_id=account.id, at=NOW)

    assert due == ["2", "1", "7", "5", "10", "9"]
    assert queries.to_check(connection_id=account.id, poll_seconds=1, at=NOW) == []


def test_a_page_of_a_hundred_costs_as_many_statements_as_a_page_of_one(
    account: Connection, statements: list[str]
) -> None:
    capture(account, answer_to("1", "10"))
    single = len(statements)
    statements.clear()

    capture(account, *[answer_to(str(n), str(n + 1000)) for n in range(100, 200)])

    assert len(statements) <= single + 2


def test_a_post_by_another_account_of_the_brand_is_no_customers(account: Connection) -> None:
    make_connection(external_id="777", handle="NorthwindHelp")
    make_connection(kind="bluesky", external_id="888")
    sister = PostAuthor(id="777", handle="NorthwindHelp", name="Northwind Help", url="")
    stranger = PostAuthor(id="888", handle="vega", name="Vega", url="")

    capture(account, a_post("100", author=sister), a_post("200", author=stranger))

    assert [mention.external_id for mention in session.scalars(select(Mention))] == ["200"]
    assert [post.external_id for post in session.scalars(select(ThreadPost))] == ["100"]


def test_what_is_heard_late_is_known_to_have_been_heard_late(account: Connection) -> None:
    capture(account, a_post(), our_answer_to("100", "101"))

    beside = session.scalars(select(ThreadPost)).one()
    assert beside.heard_at == NOW
    assert beside.posted_at < NOW
