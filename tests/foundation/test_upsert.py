"""Many rows at once, on both databases: new ones, known ones, changed ones."""

import pytest
from sqlalchemy import select

from app.foundation.db import session, unit_of_work
from app.foundation.journal import JournalEntry
from app.foundation.upsert import insert_all, insert_new, insert_or_update, update_all
from app.mentions.models import Author, Mention, MentionStatus
from tests.factories import NOW, make_connection, make_mention

pytestmark = pytest.mark.usefixtures("db_session")


def author(connection_id: int, external_id: str, name: str, followers: int | None = None) -> dict[str, object]:
    return {
        "connection_id": connection_id,
        "external_id": external_id,
        "handle": name,
        "name": name,
        "followers": followers,
        "seen_at": NOW,
    }


def names() -> list[tuple[str, int | None]]:
    found = session.execute(select(Author.name, Author.followers).order_by(Author.external_id))
    return [(name, followers) for name, followers in found]


def test_known_rows_stay_and_new_ones_are_added_with_their_defaults() -> None:
    connection = make_connection()

    with unit_of_work():
        insert_new(Author, [author(connection.id, "1", "Ada")])
    with unit_of_work():
        insert_new(Author, [author(connection.id, "1", "Changed"), author(connection.id, "2", "Ben", 7)])

    assert names() == [("Ada", None), ("Ben", 7)]
    assert session.scalars(select(Author.url)).all() == ["", ""]


def test_known_rows_follow_the_new_ones_where_that_is_asked_for() -> None:
    connection, key = make_connection(), ("connection_id", "external_id")

    with unit_of_work():
        insert_or_update(Author, [author(connection.id, "1", "Ada", 5)], key=key)
        insert_or_update(Author, [author(connection.id, "1", "Ada B."), author(connection.id, "2", "Ben")], key=key)

    assert names() == [("Ada B.", None), ("Ben", None)]


def test_lists_and_mappings_are_stored_as_they_are() -> None:
    details = [{"a": [1, "\u202e", None]}, {}, {"quote": 'it\'s \\ "so"'}]
    rows = [
        {"at": NOW, "action": "a.b", "subject_type": "t", "subject_id": n, "actor_id": None, "details": each}
        for n, each in enumerate(details)
    ]

    with unit_of_work():
        insert_all(JournalEntry, rows)

    assert session.scalars(select(JournalEntry.details).order_by(JournalEntry.subject_id)).all() == details


def test_many_rows_change_at_once_and_their_versions_are_counted_up() -> None:
    first, second, other = (make_mention() for _ in range(3))
    versions = [row.version for row in (first, second, other)]

    with unit_of_work():
        changes = [(first, MentionStatus.ESCALATED, "en"), (second, MentionStatus.EXPIRED, "de")]
        update_all(Mention, [{"id": row.id, "status": to, "language": code} for row, to, code in changes])

    for row in (first, second, other):
        session.refresh(row)
    assert [row.status for row in (first, second, other)] == ["ESCALATED", "EXPIRED", "OPEN"]
    assert [row.version for row in (first, second, other)] == [versions[0] + 1, versions[1] + 1, versions[2]]


def test_no_rows_are_no_statement() -> None:
    with unit_of_work():
        insert_all(Author, [])
        insert_new(Author, [])
        insert_or_update(Author, [], key=("id",))
        update_all(Mention, [])

    assert names() == []
