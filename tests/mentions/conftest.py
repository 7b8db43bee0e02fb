from collections.abc import Iterator

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Connection as DatabaseConnection


@pytest.fixture
def statements(connection: DatabaseConnection, db_session: None) -> Iterator[list[str]]:
    """What was said to the database."""
    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        said.append(statement)

    event.listen(connection, "before_cursor_execute", note)
    yield said
    event.remove(connection, "before_cursor_execute", note)
