"""A network that answers while somebody decides."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import update

from app.foundation.db import session, unit_of_work
from app.publishing import actions, queries
from app.publishing.models import Publication, PublicationStatus
from tests.factories import NOW, make_publication
from tests.races import race


@pytest.mark.database
def test_a_look_that_ends_late_does_not_put_off_what_is_sent_again_meanwhile(
    own_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_at, again_at = NOW + timedelta(minutes=10), NOW + timedelta(minutes=11)
    lost = {"lost_at": NOW, "looks": 4, "next_try_at": asked_at, "attempt": 1}
    publication_id = make_publication(PublicationStatus.ABSENT, **lost).id
    session.remove()
    begun, looked, whole = threading.Event(), threading.Event(), queries.whole

    def read(row_id: int, *parts: object) -> Publication:
        found = whole(row_id, *parts)  # type: ignore[arg-type]
        looked.set()
        return found

    def step(number: int) -> None:
        if number:
            begun.wait(10)
        with unit_of_work():
            if number:
                actions.record_look(None, publication_id=publication_id, at=asked_at)
                return
            again = {"status": PublicationStatus.READY, "next_try_at": again_at, "lost_at": None}
            session.execute(update(Publication).values(again))
            begun.set()
            looked.wait(1)  # in vain on SQLite, where the other one begins only after this one

    monkeypatch.setattr(queries, "whole", read)

    assert race(2, step) == [None, None]

    row = session.get_one(Publication, publication_id)
    assert (row.status, row.next_try_at) == (PublicationStatus.READY, again_at)
