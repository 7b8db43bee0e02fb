"""What a database's refusal means: try again, make room, or look for a mistake of ours."""

from typing import Final

from rq.timeouts import BaseTimeoutException
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.orm.exc import StaleDataError

#: PostgreSQL's codes for "somebody was in the way": serialisation failure, deadlock, lock not available, cancelled by a
#: time-out. The transaction was rolled back, whole.
_IN_THE_WAY: Final = frozenset({"40001", "40P01", "55P03", "57014"})
#: Disk full, read-only, input or output failed.
_NO_ROOM: Final = frozenset({"53100", "25006", "58030"})
_SQLITE_IN_THE_WAY: Final = ("database is locked", "database table is locked")
_SQLITE_NO_ROOM: Final = ("database or disk is full", "readonly database", "disk I/O error", "unable to open database")


def is_passing(error: BaseException) -> bool:
    """Say whether somebody else was in the way, nothing at all was written, and another try may go through."""
    if isinstance(error, StaleDataError):
        return True
    return _is_one_of(error, _IN_THE_WAY, _SQLITE_IN_THE_WAY)


def is_about_storage(error: BaseException) -> bool:
    """Say whether the database cannot write at present: its disk is full, broken, or read-only."""
    return _is_one_of(error, _NO_ROOM, _SQLITE_NO_ROOM)


def is_the_rows(error: BaseException) -> bool:
    """Say whether our own code failed on a row: it was neither the database, nor somebody in the way, nor the end of a job."""
    others = BaseTimeoutException | OperationalError | InterfaceError | StaleDataError
    return not (is_about_storage(error) or isinstance(error, others))


def _is_one_of(error: BaseException, codes: frozenset[str], phrases: tuple[str, ...]) -> bool:
    if not isinstance(error, DBAPIError):
        return False
    code = getattr(error.orig, "sqlstate", None)
    if code is not None:
        return code in codes
    said = str(error.orig)
    return any(phrase in said for phrase in phrases)
