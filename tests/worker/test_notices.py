"""The notices lane: what waits leaves, and what fails waits on."""

import pytest
from sqlalchemy import select

from app.foundation import clock, mail
from app.foundation.db import session, unit_of_work
from app.foundation.egress import Undelivered
from app.foundation.mail import POSTMAN, Letter
from app.notices import actions
from app.notices.models import Notice, NoticeStatus
from tests.factories import ana, mo
from tests.mail_server import drip, mail_server, take
from worker.lanes.notices import drain_notices


def test_the_lane_tells_everybody_it_can_and_keeps_the_rest(own_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    reached, unreached = ana(), mo()
    with unit_of_work():
        actions.tell([unreached, reached], lambda: ("Paused", "Posting is paused."), event="e", at=clock.now())
    missing, there = unreached.email, reached.email
    letters: list[str] = []

    def deliver(letter: Letter) -> None:
        letters.append(letter.to)
        if letter.to == missing:
            raise Undelivered("ConnectionRefusedError")

    monkeypatch.setattr(POSTMAN, "deliver", deliver)

    drain_notices()
    drain_notices()

    assert letters == [missing, there]
    rows = session.scalars(select(Notice).order_by(Notice.id)).all()
    assert [row.status for row in rows] == [NoticeStatus.WAITING, NoticeStatus.DELIVERED]
    assert (rows[0].tries, rows[0].last_error) == (1, "ConnectionRefusedError")


def test_a_mail_server_that_drips_does_not_keep_the_next_letter_waiting(
    own_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with unit_of_work():
        actions.tell([mo(), ana()], lambda: ("Paused", "Posting is paused."), event="e", at=clock.now())
    monkeypatch.setattr(mail, "LETTER_SECONDS", 0.3)
    monkeypatch.setattr(POSTMAN, "_sender", "crew@example.org")

    with mail_server(drip, take) as port:
        monkeypatch.setattr(POSTMAN, "_url", f"smtp://127.0.0.1:{port}")
        drain_notices()

    rows = session.scalars(select(Notice).order_by(Notice.id)).all()
    assert [row.status for row in rows] == [NoticeStatus.WAITING, NoticeStatus.DELIVERED]
