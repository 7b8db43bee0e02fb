"""A post that its author edits stays one mention, however its editions arrive."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from app.channels.models import Connection
from app.channels.types import Batch, Deleted, IncomingPost, Ref
from app.foundation.db import session, unit_of_work
from app.mentions import actions, queries
from app.mentions.models import IgnoredBecause, Mention, MentionStatus, ThreadPost
from tests.factories import NOW, make_connection
from tests.mentions.test_actions import a_post, answer_to, our_answer_to

pytestmark = pytest.mark.usefixtures("db_session")


@pytest.fixture
def account(db_session: None) -> Connection:
    return make_connection()


def an_edition(number: int, of: tuple[str, ...] = ("100", "110"), **changes: object) -> IncomingPost:
    changes = {"text": f"Words of edition {number}"} | changes
    return a_post(of[0], edition=number, editions=of, **changes)


def capture(account: Connection, *posts: IncomingPost | Deleted, **parts: object) -> actions.Captured:
    batch = Batch(events=posts, cursor="c", more=False, **parts)  # type: ignore[arg-type]
    with unit_of_work():
        return actions.capture(batch, connection_id=account.id, at=NOW)


def mentions() -> list[Mention]:
    return list(session.scalars(select(Mention).order_by(Mention.id)))


def test_a_later_edition_is_reported_and_makes_no_second_mention(account: Connection) -> None:
    capture(account, a_post())

    captured = capture(account, an_edition(2))

    [mention] = mentions()
    assert [(one.mention_id, one.post.edition) for one in captured.edited] == [(mention.id, 2)]
    assert captured.mentions == 0


def test_a_post_heard_first_as_it_was_edited_is_kept_so(account: Connection) -> None:
    capture(account, an_edition(2))

    late = capture(account, an_edition(1))

    [mention] = mentions()
    assert (mention.external_id, mention.edition, mention.target_external_id) == ("100", 2, "110")
    assert mention.text == "Words of edition 2"
    assert late.edited == ()


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_two_editions_on_one_page_are_the_newer_one(account: Connection, order: tuple[int, int]) -> None:
    capture(account, *(an_edition(number) for number in order))

    [mention] = mentions()
    assert (mention.edition, mention.text) == (2, "Words of edition 2")


def test_an_edited_post_beside_a_mention_shows_its_new_words_and_never_older_ones(account: Connection) -> None:
    parent = a_post("90", text="Old")
    capture(account, answer_to("90", "100"), context=[parent])

    edited = replace(parent, text="New", edition=2, editions=("90", "95"))
    capture(account, context=[edited])
    capture(account, context=[replace(edited, text="Old", edition=1)])

    beside = session.scalars(select(ThreadPost)).one()
    session.refresh(beside)
    assert (beside.text, beside.edition) == ("New", 2)


def test_an_answer_by_hand_to_any_edition_counts_as_one_to_the_post(account: Connection) -> None:
    capture(account, an_edition(3, of=("100", "110", "120")))

    captured = capture(account, replace(our_answer_to("110", "130"), thread_root=Ref("100")))

    [mention] = mentions()
    assert captured.answered_elsewhere == 1
    assert (mention.status, mention.ignored_because) == (MentionStatus.IGNORED, IgnoredBecause.ANSWERED_ELSEWHERE)


def test_a_deletion_told_by_a_later_id_is_the_posts(account: Connection) -> None:
    capture(account, an_edition(2))

    captured = capture(account, Deleted(Ref("110"), seen_at=NOW))

    assert captured.deleted == (mentions()[0].id,)


def test_an_edited_post_is_looked_up_by_its_newest_id_and_confirmed_by_it(account: Connection) -> None:
    capture(account, an_edition(2))
    [mention] = mentions()
    mention.open()
    mention.checked_at = NOW.replace(year=2025)
    session.commit()

    asked = queries.to_check(connection_id=account.id, poll_seconds=1, at=NOW)
    with unit_of_work():
        actions.confirm(asked, connection_id=account.id, at=NOW)

    session.refresh(mention)
    assert asked == ["110"]
    assert mention.checked_at == NOW
