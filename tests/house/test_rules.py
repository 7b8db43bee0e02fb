"""What the database refuses by itself, whoever asks: compared with the lifecycles, and tried from every state to every other."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy.exc import IntegrityError

from app.cases.models import CASE_LIFECYCLE, Case, CaseStatus
from app.foundation.db import make_engine, session
from app.foundation.journal import JournalEntry
from app.foundation.lifecycle import Lifecycle
from app.mentions.models import MENTION_LIFECYCLE, Mention, MentionStatus
from app.publishing.models import PUBLICATION_LIFECYCLE, Publication, PublicationStatus
from app.replies.models import REPLY_LIFECYCLE, Reply, ReplyStatus
from migrations import rules
from tests.factories import NOW, make_case, make_mention, make_publication, make_reply

Making = Callable[[Any], object]
TABLES: dict[str, tuple[Any, Lifecycle[Any], type[StrEnum], Making]] = {
    "publications": (Publication, PUBLICATION_LIFECYCLE, PublicationStatus, make_publication),
    "mentions": (Mention, MENTION_LIFECYCLE, MentionStatus, lambda status: make_mention(status=status)),
    "replies": (Reply, REPLY_LIFECYCLE, ReplyStatus, make_reply),
    "cases": (Case, CASE_LIFECYCLE, CaseStatus, lambda status: make_case(status=status)),
}
each_table = pytest.mark.parametrize("table", TABLES)


def legal(lifecycle: Lifecycle[Any]) -> set[tuple[str, str]]:
    return {(str(before), str(to)) for froms, to in lifecycle.moves.values() for before in froms if before is not to}


def is_refused(statement: sa.Executable) -> bool:
    try:
        with session.begin_nested() as tried:
            session.execute(statement)
            tried.rollback()
    except IntegrityError:
        return True
    return False


def test_every_table_with_moves_is_tried_here() -> None:
    assert set(rules.MOVES) == set(TABLES)


@each_table
def test_the_moves_written_down_are_those_of_the_lifecycle(table: str) -> None:
    written = {(before, after) for before, afters in rules.MOVES[table].items() for after in afters}

    assert written == legal(TABLES[table][1])


@each_table
def test_the_database_refuses_every_other_move(db_session: None, table: str) -> None:
    model, lifecycle, states, make = TABLES[table]
    allowed = legal(lifecycle)
    for before in states:
        row: Any = make(before)
        session.flush()
        for after in states:
            moved = sa.update(model).where(model.id == row.id).values(status=after)
            may = before is after or (before, after) in allowed
            assert is_refused(moved) is not may, f"{table}: {before} to {after}"


def test_what_leaves_the_state_alone_is_not_refused(db_session: None) -> None:
    row = make_publication(PublicationStatus.CANCELLED)

    assert not is_refused(sa.update(Publication).where(Publication.id == row.id).values(last_error="so"))


def test_a_line_of_the_journal_is_neither_changed_nor_taken_out(db_session: None) -> None:
    session.add(
        JournalEntry(at=NOW, action="mention.heard", subject_type="mentions", subject_id=1, actor_id=None, details={})
    )
    session.flush()

    assert is_refused(sa.update(JournalEntry).values(action="mention.claimed"))
    assert is_refused(sa.delete(JournalEntry))


def test_a_batch_step_keeps_the_triggers(own_database_url: str) -> None:
    engine = make_engine(own_database_url)
    with engine.begin() as connection:
        before = triggers_in(connection)
        with Operations.context(MigrationContext.configure(connection)) as op:
            with rules.triggers_kept("cases"), op.batch_alter_table("cases", recreate="auto") as batch:
                batch.alter_column("reason", server_default="none")
            assert triggers_in(connection) == before
    engine.dispose()

    assert {"publications_moves", "mentions_moves", "replies_moves", "cases_moves"} <= before


def triggers_in(connection: sa.Connection) -> set[str]:
    kept = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    if connection.dialect.name == "postgresql":
        kept = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    return set(connection.execute(sa.text(kept)).scalars())
