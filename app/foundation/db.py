"""The database: one session everywhere, one way to commit, portable column types."""

import enum
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from sqlalchemy import BigInteger, DateTime, Dialect, Engine, Enum, Integer, MetaData, create_engine, event
from sqlalchemy.engine import Connection, ExceptionContext
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column, scoped_session, sessionmaker
from sqlalchemy.types import TypeDecorator

from app.foundation.bell import ring
from app.foundation.lanes import Lane

_WRITES = "ovation_writes"


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, aware and in UTC on both databases; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime was given to the database")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


#: SQLite numbers rows by itself only in a column of exactly INTEGER.
BigId = BigInteger().with_variant(Integer(), "sqlite")
PrimaryKey = Annotated[int, mapped_column(BigId, primary_key=True)]


def words_of(kind: type[enum.Enum]) -> list[str]:
    """Return what of an enumeration is stored: its values."""
    return [str(member.value) for member in kind]


def checked(kind: type[enum.StrEnum]) -> Enum:
    """Return a column type for ``kind`` whose words the database checks too; for states, which others decide by."""
    return Enum(
        kind, native_enum=False, create_constraint=True, length=20, values_callable=words_of, name=kind.__name__.lower()
    )


class Base(DeclarativeBase):
    """Every table of Ovation."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {
        datetime: UtcDateTime,
        enum.Enum: Enum(enum.Enum, native_enum=False, create_constraint=False, length=30, values_callable=words_of),
    }


#: A database that was started again is noticed by what was idle meanwhile; what was not meets one error.
RESTED_SECONDS: Final = 1.0

# Rows stay readable after a commit, so that a page may show what it has just changed.
_factory = sessionmaker(expire_on_commit=False)
session: scoped_session[Session] = scoped_session(_factory)


def make_engine(url: str, **options: Any) -> Engine:
    """Return an engine for ``url`` with the settings Ovation relies on.

    SQLite: WAL, foreign keys, 10 s of patience, and our own BEGIN, since the driver of Python 3.11 begins only before the
    first write, too late for a transaction that has read before. Each commit waits for the disk: a claim that a power cut
    takes back would be sent a second time.

    Errors end in logs, so they name statements without the values, which are people's words.
    """
    options = {"hide_parameters": True} | options
    if not url.startswith("sqlite"):
        # A plan kept from when a table was small reads all of it once it is large, and one kept without values
        # cannot use a partial index: 0.8 ms a post instead of 0.2 ms when 10,000 were taken in.
        server = create_engine(url, connect_args={"options": "-c plan_cache_mode=force_custom_plan"}, **options)
        _ask_the_rested(server)
        event.listen(server, "handle_error", _leave_out_details)
        return server
    engine = create_engine(url, connect_args={"timeout": 10, "check_same_thread": False}, **options)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _leave_out_details(context: ExceptionContext) -> None:
    """PostgreSQL quotes the row it refuses in the details of its message."""
    detail = getattr(getattr(context.original_exception, "diag", None), "message_detail", None)
    for error in (context.original_exception, context.sqlalchemy_exception):
        if detail and error is not None:
            error.args = tuple(str(part).replace(detail, "left out") for part in error.args)


def _ask_the_rested(server: Engine) -> None:
    """Ask a pooled connection whether it still lives, once it has rested for ``RESTED_SECONDS``.

    SQLAlchemy's own ``pool_pre_ping`` asks each time: three times in a request that writes, a tenth of its round trips.
    """

    @event.listens_for(server, "checkin")
    def _note(_connection: Any, record: Any) -> None:
        record.info["rests_since"] = time.monotonic()

    @event.listens_for(server, "checkout")
    def _ask(connection: Any, record: Any, _proxy: object) -> None:
        since = record.info.get("rests_since")
        if since is None or time.monotonic() - since < RESTED_SECONDS:
            return
        try:
            server.dialect.do_ping(connection)
        except server.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error


def bind(to: Engine | Connection, **options: Any) -> None:
    """Point the session at a database; tests hand in a connection and ``join_transaction_mode``."""
    session.remove()
    _factory.configure(bind=to, **options)


def engine() -> Engine:
    """Return the engine the session is bound to."""
    bound = _factory.kw["bind"]
    return bound if isinstance(bound, Engine) else bound.engine


@contextmanager
def unit_of_work() -> Iterator[Session]:
    """Commit what happens inside as one transaction, or nothing of it; then ring the bells that were asked for.

    What was read before is read again inside, so that a decision never rests on an older state. Units do not nest.
    """
    current = session()
    if current.info.get("working"):
        raise RuntimeError("a unit of work was opened inside another one")
    if current.new or current.dirty or current.deleted:
        raise RuntimeError("rows were changed outside a unit of work")
    current.commit()
    current.expire_all()
    current.info["working"] = True
    current.info["bells"] = {}
    try:
        current.connection(execution_options={_WRITES: True})
        yield current
        current.commit()
    except BaseException:
        current.rollback()
        raise
    else:
        current.info["commits"] = commits() + 1
        for lane in current.info["bells"]:
            ring(lane)
    finally:
        current.info["working"] = False
        current.info["bells"] = {}


@contextmanager
def side_door() -> Iterator[Session]:
    """Commit something small beside whatever is read at the moment, by a session and a connection of its own."""
    with _factory() as apart:
        apart.connection(execution_options={_WRITES: True})
        yield apart
        apart.commit()


def commits() -> int:
    """Return how many units of work this session has committed."""
    return int(session().info.get("commits", 0))


def ring_after_commit(lane: Lane) -> None:
    """Wake ``lane`` once the unit of work in hand has been committed."""
    session().info.setdefault("bells", {})[lane] = None
