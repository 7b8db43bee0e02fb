"""What the author of a post deletes is kept by no table, whoever copied it here: every story in which somebody may."""

import zlib
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import JSON, String, select, text

from app.accounts.models import Role
from app.channels import raw_pages
from app.channels.models import RawPage
from app.channels.types import Batch, IncomingPost, PostAuthor, Ref
from app.desk import actions as desk
from app.feed import actions as feed
from app.foundation.db import Base, session, unit_of_work
from app.mentions import actions as mentions
from app.mentions.models import Mention, MentionStatus
from app.publishing import actions as publishing
from app.publishing.models import Publication, PublicationStatus
from app.replies import actions as replies
from app.replies.drafts import Typed
from app.replies.models import Reply, ReplyStatus, ReplyVersion
from app.reviews import actions as reviews
from app.reviews.models import ReviewNote
from app.triage import actions as triage
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.usefixtures("db_session")

NEEDLE = "zebulon"
WORDS = f"The customer says: my {NEEDLE} kettle leaks."
OURS = "Fill it with equal parts of vinegar and water, boil once, rinse twice."
UNDO = timedelta(seconds=10)

#: Words in tables that lead to a post and are none about it.
NOT_ABOUT_A_POST = {
    "advocates": "who our advocates are",
    "connections": "our own accounts",
    "conversations": "the network's ids",
    "point_entries": "how points were counted",
    "users": "who our people are",
}
#: Words beside a post that are erased with it in a way of their own, or are not people's words about it.
IN_ITS_OWN_WAY = {
    "cases.parts": "erased by the case",
    "cases.reason": "erased by the case",
    "cases.tags": "erased by the case",
    "mentions.*": "erased by the post",
    "passed_over.reason": "one of a list",
    "publications.last_error": "the network's words; a person's are erased with the post",
    "publications.prepared": "our own words; erased where they were not said",
    "publications.url": "where our own words stand",
    "publications.worker": "the name of a process",
    "replies.failed_because": "the network's words about ours",
    "replies.published_url": "where our own words stand",
    "reply_versions.saved_from": "a random word",
    "reply_versions.signature": "a writer's name",
    "reply_versions.text": "our own words; erased where they were not said",
    "reviews.reasons": "some of a list",
    "triage_labels.*": "deleted with the post",
    "triage_verdicts.*": "deleted with the post",
}
SHORT = 64


def everything() -> str:
    rows = (row for name in Base.metadata.tables for row in session.execute(text(f"SELECT * FROM {name}")))  # noqa: S608
    pages = (zlib.decompress(body).decode() for body in session.scalars(select(RawPage.body)))
    return "\n".join([*(str(tuple(row)) for row in rows), *pages])


def delete(mention_id: int) -> None:
    """Let the author of a post delete it, as the listener hears of it."""
    mention = session.get_one(Mention, mention_id)
    with unit_of_work():
        for gone in mentions.forget([mention.external_id], connection_id=mention.connection_id, at=NOW):
            publishing.mirror_deletion(mention_id=gone, at=NOW)
    session.expire_all()


def heard_and_read() -> int:
    connection = factories.make_connection()
    post = IncomingPost(
        ref=Ref("100"),
        author=PostAuthor(id="7", handle=NEEDLE, name=NEEDLE, url=f"https://x.com/{NEEDLE}"),
        text=f"@NorthwindKettles this {NEEDLE} thing is a damned disgrace, +49 171 1234567",
        created_at=NOW,
        url=f"https://x.com/{NEEDLE}/status/100",
        thread_root=Ref("100"),
        parent=None,
        quoted=None,
        language="en",
        summoned=True,
        ours=False,
        can_reply=True,
        cannot_reply_why=None,
    )
    batch = Batch((post,), cursor="", more=False, raw=f'{{"data": [{{"id": "100", "text": "{NEEDLE}"}}]}}'.encode())
    with unit_of_work():
        raw_pages.keep(batch, connection_id=connection.id, at=NOW)
        mentions.capture(batch, connection_id=connection.id, at=NOW)
    with unit_of_work():
        triage.triage_waiting(at=NOW)
    return session.scalars(select(Mention.id)).one()


def _claimed() -> tuple[Mention, object, int]:
    mention, advocate = factories.make_mention(status=MentionStatus.OPEN, text=WORDS), factories.ada()
    with unit_of_work():
        held = feed.claim(mention_id=mention.id, advocate_id=advocate.id, at=NOW)
    return mention, advocate, held.id


def drafted_and_handed_over() -> int:
    mention, advocate, claim_id = _claimed()
    with unit_of_work():
        reply = replies.start(mention_id=mention.id, advocate=advocate, at=NOW)
        replies.save_draft(reply=reply, advocate=advocate, typed=Typed(WORDS), signature="Ada", at=NOW)
    with unit_of_work():
        replies.hand_over(claim_id=claim_id, advocate=advocate, reason=replies.HandOverReason.OTHER, note=WORDS, at=NOW)
    return mention.id


def drafted() -> int:
    mention, advocate, _claim = _claimed()
    with unit_of_work():
        reply = replies.start(mention_id=mention.id, advocate=advocate, at=NOW)
        replies.save_draft(reply=reply, advocate=advocate, typed=Typed(WORDS), signature="Ada", at=NOW)
    return mention.id


def noted_on_a_case() -> int:
    case, sol = factories.make_case(reason=WORDS), factories.person(factories.sol())
    session.get_one(Mention, case.mention_id).masked_text = WORDS
    session.commit()
    with unit_of_work():
        desk.add_note(case_id=case.id, author=sol, text=WORDS, at=NOW)
    with unit_of_work():
        desk.return_to_feed(case_id=case.id, by=sol, brief=WORDS, at=NOW)
    return case.mention_id


def answered_by_staff_and_taken_back() -> int:
    case, sol = factories.make_case(), factories.person(factories.sol())
    with unit_of_work():
        desk.answer(case_id=case.id, writer=sol, text=WORDS, signature="Sol", form_key="k", undo_lasts=UNDO, at=NOW)
    with unit_of_work():
        desk.take_back(case_id=case.id, by=sol, at=NOW)
    return case.mention_id


def _submitted(words: str = WORDS) -> tuple[Reply, int]:
    reply = factories.make_reply(text=words)
    return reply, session.scalars(select(ReplyVersion.id).where(ReplyVersion.reply_id == reply.id)).one()


def returned() -> int:
    (reply, version_id), mo = _submitted(), factories.person(factories.mo())
    with unit_of_work():
        reviews.add_note(reply_id=reply.id, text=WORDS, by=mo, at=NOW)
        reviews.return_for_changes(
            reply_id=reply.id, version_id=version_id, reasons=["tone"], note=WORDS, by=mo, at=NOW
        )
    return reply.mention_id


def rejected() -> int:
    (reply, version_id), mo = _submitted(), factories.person(factories.mo())
    with unit_of_work():
        reviews.reject(reply_id=reply.id, version_id=version_id, note=WORDS, by=mo, at=NOW)
    return reply.mention_id


def escalated() -> int:
    (reply, version_id), mo = _submitted(), factories.person(factories.mo())
    with unit_of_work():
        reviews.escalate(reply_id=reply.id, version_id=version_id, note=WORDS, by=mo, at=NOW)
    return reply.mention_id


def reworded_and_approved() -> int:
    (reply, version_id), mo = _submitted(), factories.person(factories.mo())
    with unit_of_work():
        reviews.approve_edited(
            reply_id=reply.id, version_id=version_id, text=f"{WORDS} Sorry.", by=mo, at=NOW, undo_lasts=UNDO
        )
    return reply.mention_id


def given_back_by_hand() -> int:
    publication = factories.make_publication(PublicationStatus.HANDED_OUT, by_hand=True)
    with unit_of_work():
        publishing.return_from_hand(
            publication_id=publication.id, because=WORDS, by=factories.person(factories.sol()), at=NOW
        )
    return publication.mention_id


def _posted() -> Publication:
    publication = factories.make_publication(PublicationStatus.SENT, external_id="1900", sent_at=NOW)
    session.get_one(Mention, publication.mention_id).status = MentionStatus.ANSWERED
    session.commit()
    return publication


def wished_away() -> int:
    publication = _posted()
    writer = session.get_one(Reply, publication.reply_id).writer_id
    user = session.get_one(factories.User, writer)
    with unit_of_work():
        publishing.wish_removal(publication_id=publication.id, because=WORDS, by=factories.person(user), at=NOW)
    return publication.mention_id


def being_removed() -> int:
    publication = _posted()
    with unit_of_work():
        publishing.ask_removal(
            publication_id=publication.id, because=WORDS, by=factories.person(factories.sol()), at=NOW
        )
    return publication.mention_id


def removed() -> int:
    mention_id = being_removed()
    with unit_of_work():
        publication_id = session.scalars(select(Publication.id)).one()
        publishing.end_publicly(publication_id=publication_id, at=NOW)
    return mention_id


STORIES: tuple[Callable[[], int], ...] = (
    heard_and_read,
    drafted,
    drafted_and_handed_over,
    noted_on_a_case,
    answered_by_staff_and_taken_back,
    returned,
    rejected,
    escalated,
    reworded_and_approved,
    given_back_by_hand,
    wished_away,
    being_removed,
    removed,
)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_what_its_author_deleted_is_in_no_table_whoever_copied_it_here(story: Callable[[], int]) -> None:
    mention_id = story()
    planted = everything()

    delete(mention_id)

    assert NEEDLE in planted
    assert NEEDLE not in everything()


def test_what_we_said_in_public_stays_ours_and_that_somebody_wrote_stays_known() -> None:
    publication = _posted()
    note = ReviewNote(
        reply_id=publication.reply_id, author_id=factories.make_user(Role.MODERATOR).id, text=WORDS, written_at=NOW
    )
    session.add(note)
    session.commit()
    note_id = note.id

    delete(publication.mention_id)
    delete(publication.mention_id)

    assert session.get_one(ReplyVersion, publication.reply_version_id).text == OURS
    assert session.get_one(ReviewNote, note_id).text == "[…]"
    assert session.get_one(Reply, publication.reply_id).status is ReplyStatus.PUBLISHED


def test_what_was_written_about_another_post_stays() -> None:
    noted_on_a_case()

    delete(factories.make_mention().id)

    assert everything().count(WORDS) == 4


def test_every_column_of_words_beside_a_post_says_what_becomes_of_them() -> None:
    leading = {"mentions"}
    tables = [table for table in Base.metadata.sorted_tables if table.name not in NOT_ABOUT_A_POST]
    for table in tables:
        if any(key.column.table.name in leading for key in table.foreign_keys):
            leading.add(table.name)
    unsaid = [
        f"{table.name}.{column.name}"
        for table in tables
        if table.name in leading
        for column in table.columns
        if type(column.type) in {String, *String.__subclasses__(), JSON}
        and (getattr(column.type, "length", None) or SHORT + 1) > SHORT
        and not hasattr(column.type, "enums")
        and not column.info.get("may_quote")
        and not {f"{table.name}.*", f"{table.name}.{column.name}"} & IN_ITS_OWN_WAY.keys()
    ]

    assert unsaid == []
