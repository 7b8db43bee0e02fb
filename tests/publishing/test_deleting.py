"""What its author deleted: neither words nor names nor what was read from them are kept, and what happened is."""

import pytest
from sqlalchemy import select, text

from app.cases.models import Case, CaseStatus
from app.channels.models import Connection
from app.foundation.db import Base, session, unit_of_work
from app.mentions.models import Author, Mention, MentionStatus
from app.mentions.types import Kind
from app.publishing import actions
from app.publishing.models import Publication, PublicationStatus
from app.replies.models import ReplyKind, ReplyStatus
from app.triage.models import TriageVerdict
from tests.factories import NOW, make_author, make_case, make_mention, make_publication, make_reply, make_verdict

pytestmark = pytest.mark.usefixtures("db_session")

NEEDLE = "zebulon"


def deleted(mention: Mention) -> Mention:
    with unit_of_work():
        actions.mirror_deletion(mention_id=mention.id, at=NOW)
    return session.get_one(Mention, mention.id, populate_existing=True)


def everything() -> str:
    rows = (row for name in Base.metadata.tables for row in session.execute(text(f"SELECT * FROM {name}")))  # noqa: S608
    return "\n".join(str(tuple(row)) for row in rows)


def a_case_about(author: Author, **values: object) -> Case:
    connection = session.get_one(Connection, author.connection_id)
    mention = make_mention(
        connection=connection,
        author=author,
        status=MentionStatus.ESCALATED,
        mood=-0.8,
        text=f"{NEEDLE} leaks",
        **values,
    )
    make_verdict(mention, reasons=[["anger.words", NEEDLE]], tags=["legal"], anger=0.9)
    return make_case(mention=mention, reason=f"{NEEDLE} is angry", tags=["legal"], parts=[["anger", 30]])


def test_a_deleted_post_leaves_no_word_no_name_and_nothing_that_was_read_from_it() -> None:
    author = make_author(handle=NEEDLE, name=f"{NEEDLE} Q", url=f"https://x.com/{NEEDLE}")
    case = a_case_about(author)
    mention = session.get_one(Mention, case.mention_id)
    made = everything()

    gone = deleted(mention)

    assert NEEDLE in made
    assert NEEDLE not in everything()
    assert (gone.url, gone.mood, gone.topic, gone.kind, gone.priority) == ("", None, "", None, 0)
    kept = session.get_one(Case, case.id, populate_existing=True)
    assert (kept.status, kept.reason, kept.tags, kept.parts) == (CaseStatus.RESOLVED, "", [], [])
    assert session.scalars(select(TriageVerdict)).all() == []


def test_what_was_there_when_and_what_became_of_it_stays_known_of_a_deleted_post() -> None:
    case = a_case_about(make_author())
    mention = session.get_one(Mention, case.mention_id)
    reply = make_reply(ReplyStatus.PUBLISHED, mention=mention, kind=ReplyKind.STAFF)
    publication = make_publication(reply=reply, status=PublicationStatus.SENT)
    known = (mention.external_id, mention.posted_at, mention.conversation_id, mention.route)

    gone = deleted(mention)

    assert (gone.external_id, gone.posted_at, gone.conversation_id, gone.route) == known
    assert session.get_one(Publication, publication.id, populate_existing=True).status is PublicationStatus.SENT


def test_whoever_has_another_post_standing_keeps_a_name_beside_that_one_alone() -> None:
    author = make_author(handle=NEEDLE)
    case = a_case_about(author)
    standing = make_mention(author=author, connection=session.get_one(Connection, author.connection_id))

    gone = deleted(session.get_one(Mention, case.mention_id))

    named = dict(session.execute(select(Mention.id, Author.handle).join(Author, Author.id == Mention.author_id)).all())
    assert named == {gone.id: "", standing.id: NEEDLE}
    assert session.get_one(Mention, standing.id).kind is Kind.QUESTION


def test_a_second_deletion_changes_nothing() -> None:
    mention = session.get_one(Mention, a_case_about(make_author()).mention_id)
    before = deleted(mention).author_id

    assert deleted(mention).author_id == before
