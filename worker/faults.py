"""Approved replies on which our own code fails before anything is sent: counted, so that those behind them go on."""

from typing import Final

from rq.timeouts import BaseTimeoutException
from sqlalchemy.exc import InterfaceError, OperationalError

from app.foundation import clock
from app.foundation.db import session, unit_of_work
from app.foundation.lanes import crash_point
from app.publishing import actions

#: What befalls the database, or the time that a job has.
NO_ROWS_FAULT: Final = (OperationalError, InterfaceError, BaseTimeoutException)


def count_fault(publication_id: int) -> None:
    """Count a fault against its row: it is tried again, later each time, and set aside after the fifth."""
    session.remove()
    with unit_of_work():
        actions.count_fault(publication_id=publication_id, at=clock.now())
    crash_point("publishing.fault_counted")
