"""One connection is charged by whoever listens, sends and looks up reach."""

from decimal import Decimal

import pytest

from app.channels import actions
from app.channels.models import Connection
from app.foundation.db import session, unit_of_work
from tests import factories
from tests.factories import NOW
from tests.races import race


@pytest.mark.race
def test_costs_that_come_in_at_once_are_all_counted(own_database: str) -> None:
    connection_id = factories.make_connection().id
    session.remove()

    def step(_number: int) -> None:
        with unit_of_work():
            actions.record_cost(connection_id=connection_id, units=5, at=NOW)

    ends = race(8, step)

    assert ends == [None] * 8
    assert session.get_one(Connection, connection_id).cost_today == Decimal("0.04")
