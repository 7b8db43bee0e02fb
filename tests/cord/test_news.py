"""Who is told what when the cord is pulled, let go, or called for."""

import json

import pytest
from sqlalchemy import select

from app.accounts.models import Role
from app.cord import actions, queries
from app.cord.models import Hold, HoldScope, ResumeOffer
from app.foundation.db import session, unit_of_work
from app.foundation.errors import Conflict, Invalid
from app.foundation.journal import JournalEntry
from app.notices.models import Notice, NoticeWay
from app.notices.webhook import WEBHOOK
from tests.factories import NOW, ada, ana, make_connection, make_user, mo, person, sol


@pytest.fixture(autouse=True)
def _database(db_session: None) -> None:
    pass


def pull(*, incident: bool = False, line: str = "") -> int:
    puller = person(make_user(Role.STAFF, name="Dana"))
    with unit_of_work():
        return actions.pull(
            scope=HoldScope.CONNECTION,
            connection_id=make_connection(handle="NorthwindKettle").id,
            reason="Recall of the K2",
            is_incident=incident,
            line=line,
            by=puller,
            at=NOW,
        ).id


def letters() -> list[tuple[int | None, str]]:
    told = select(Notice.recipient_id, Notice.subject).where(Notice.way == NoticeWay.MAIL).order_by(Notice.id)
    return [(row[0], row[1]) for row in session.execute(told)]


def test_admins_are_told_of_every_pull_and_every_release() -> None:
    admin = ana()
    sol(), mo(), ada()

    hold_id = pull()
    assert letters() == [(admin.id, "Posting was paused")]
    assert "Recall of the K2" in session.scalars(select(Notice.text)).one()

    with unit_of_work():
        actions.release(hold_id=hold_id, offer=ResumeOffer.SEND_FRESH, by=person(admin), at=NOW)
    assert letters()[1:] == [(admin.id, "Posting was resumed")]


def test_of_an_incident_staff_and_the_outside_are_told_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(WEBHOOK, "_url", "https://hooks.example.com/")
    admin, staff = ana(), sol()
    mo()

    hold_id = pull(incident=True, line="Please unplug your K2.")
    told = {recipient for recipient, subject in letters() if subject == "Incident: hold campaigns"}
    assert {admin.id, staff.id} <= told
    with unit_of_work():
        actions.release(hold_id=hold_id, offer=ResumeOffer.SEND_FRESH, by=person(admin), at=NOW)

    calls = [json.loads(text) for text in session.scalars(select(Notice.text).where(Notice.way == NoticeWay.WEBHOOK))]
    assert [call["type"] for call in calls] == ["incident.opened", "incident.closed"]
    assert calls[0]["data"] | {"incident": 0} == {
        "incident": 0,
        "scope": "CONNECTION",
        "account": "NorthwindKettle",
        "topic": None,
        "reason": "Recall of the K2",
        "since": NOW.isoformat(),
        "approved_line": "Please unplug your K2.",
    }
    assert "Dana" not in json.dumps(calls)


def test_an_alarm_reaches_all_who_may_pull() -> None:
    callers = [ana(), sol(), mo()]
    with unit_of_work():
        actions.raise_alarm(reason="The wrong link", by=person(ada().user), at=NOW)

    assert {recipient for recipient, _subject in letters()} == {user.id for user in callers}


def test_the_line_is_kept_journalled_and_ends_with_the_incident() -> None:
    admin, moderator = ana(), person(mo())
    hold_id = pull(incident=True)
    assert queries.incidents_worded() == []

    with unit_of_work():
        actions.word_line(hold_id=hold_id, line="Please  unplug\nyour K2.", by=moderator, at=NOW)

    assert [hold.approved_line for hold in queries.incidents_worded()] == ["Please unplug your K2."]
    worded = session.scalars(select(JournalEntry).where(JournalEntry.action == "hold.line_worded")).one()
    assert (worded.actor_id, worded.details) == (moderator.id, {"line": "Please unplug your K2."})
    with unit_of_work():
        actions.release(hold_id=hold_id, offer=ResumeOffer.SEND_FRESH, by=person(admin), at=NOW)
    assert queries.incidents_worded() == []
    with pytest.raises(Conflict), unit_of_work():
        actions.word_line(hold_id=hold_id, line="Still", by=moderator, at=NOW)


def test_a_plain_pause_has_no_line() -> None:
    moderator, hold_id = person(mo()), pull(line="Please unplug your K2.")
    assert session.get_one(Hold, hold_id).approved_line == ""

    with pytest.raises(Conflict), unit_of_work():
        actions.word_line(hold_id=hold_id, line="Please unplug your K2.", by=moderator, at=NOW)


def test_a_line_that_no_post_holds_is_refused() -> None:
    moderator, hold_id = person(mo()), pull(incident=True)

    with pytest.raises(Invalid), unit_of_work():
        actions.word_line(hold_id=hold_id, line="x" * 281, by=moderator, at=NOW)
