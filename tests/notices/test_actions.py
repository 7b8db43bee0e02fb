"""Notices: written down, taken up once, tried again, given up with a task."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.foundation import egress
from app.foundation.config import load_settings
from app.foundation.db import session, unit_of_work
from app.foundation.egress import Undelivered
from app.foundation.mail import POSTMAN, Letter
from app.foundation.tasks import Task, TaskKind
from app.notices import actions, queries
from app.notices.delivery import Delivery
from app.notices.models import Notice, NoticeStatus, NoticeWay
from app.notices.webhook import WEBHOOK
from tests.factories import NOW, ana, mo, sol
from tests.races import race

ENVIRONMENT = {
    "OVATION_MODE": "test",
    "OVATION_SECRET_KEY": "s" * 32,
    "OVATION_ENCRYPTION_KEYS": f"a:{base64.urlsafe_b64encode(b'k' * 32).decode()}",
    "DATABASE_URL": "sqlite://",
    "OVATION_INCIDENT_WEBHOOK_URL": "http://127.0.0.1:9/hook",
    "OVATION_INCIDENT_WEBHOOK_SECRET": "w" * 32,
}


def written(*people: object, event: str = "e1") -> list[Notice]:
    with unit_of_work():
        actions.tell(people, lambda: ("Posting was paused", "Mo paused posting."), event=event, page="/cord", at=NOW)  # type: ignore[arg-type]
    return list(session.scalars(select(Notice).order_by(Notice.id)))


def take_up(notice: Notice, seconds: float = 0) -> Delivery | None:
    with unit_of_work():
        return actions.take_up(notice_id=notice.id, at=NOW + timedelta(seconds=seconds))


def note(delivery: Delivery | None, problem: str, seconds: float = 0) -> Notice:
    assert delivery is not None
    with unit_of_work():
        actions.record_outcome(delivery, problem=problem, at=NOW + timedelta(seconds=seconds))
    return session.get_one(Notice, delivery.notice_id, populate_existing=True)


@pytest.mark.usefixtures("db_session")
class TestLetters:
    def test_a_letter_is_taken_up_once_and_then_delivered(self, monkeypatch: pytest.MonkeyPatch) -> None:
        letters: list[Letter] = []
        monkeypatch.setattr(POSTMAN, "deliver", letters.append)
        monkeypatch.setattr(POSTMAN, "base_url", "https://crew.example.com")
        admin = ana()
        [notice] = written(admin)

        delivery = take_up(notice)
        assert take_up(notice) is None
        assert delivery is not None
        problem = delivery.deliver(at=NOW)

        kept = note(delivery, problem)
        assert letters == [
            Letter(admin.email, "Posting was paused", "Mo paused posting.\n\nhttps://crew.example.com/cord")
        ]
        assert (kept.status, kept.settled_at) == (NoticeStatus.DELIVERED, NOW)
        assert queries.next_due(at=NOW + timedelta(days=1)) is None

    def test_what_failed_is_tried_again_later_each_time(self) -> None:
        [notice] = written(ana())

        kept = note(take_up(notice), "ConnectionRefusedError")

        assert (kept.status, kept.next_try_at - NOW) == (NoticeStatus.WAITING, actions.PAUSES[0])
        assert queries.next_due(at=NOW) is None
        kept = note(take_up(notice, 5), "ConnectionRefusedError", 5)
        assert kept.next_try_at - NOW == timedelta(seconds=5) + actions.PAUSES[1]

    def test_after_the_last_try_one_task_asks_a_person_for_all_of_the_event(self) -> None:
        notices = written(ana(), mo())
        for notice in notices:
            notice.tries = len(actions.PAUSES)
        session.commit()

        kept = [note(take_up(notice), "OVATION_MAIL_URL is not set") for notice in notices]

        assert {notice.status for notice in kept} == {NoticeStatus.GIVEN_UP}
        [task] = session.scalars(select(Task)).all()
        assert (task.kind, task.subject_id) == (TaskKind.UNTOLD, notices[0].id)

    def test_whoever_died_between_two_steps_leaves_it_to_the_next(self) -> None:
        [notice] = written(ana())
        first = take_up(notice)
        late = actions.LEASE.total_seconds()

        second = take_up(notice, late)

        assert second is not None
        assert note(first, "", late).status is NoticeStatus.WAITING
        assert note(second, "", late).status is NoticeStatus.DELIVERED

    def test_whoever_left_is_told_nothing(self) -> None:
        admin = ana()
        [notice] = written(admin)
        admin.is_active = False
        session.commit()

        assert take_up(notice) is None

        session.refresh(notice)
        assert notice.status is NoticeStatus.GIVEN_UP
        assert session.scalars(select(Task)).all() == []


@pytest.mark.usefixtures("db_session")
class TestOutside:
    def test_without_a_webhook_nobody_outside_is_told(self) -> None:
        with unit_of_work():
            actions.tell_outside("incident.opened", {}, event="e1", at=NOW)

        assert session.scalars(select(Notice)).all() == []

    def test_the_call_is_signed_and_goes_before_the_letters(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(WEBHOOK, "_url", "")
        WEBHOOK.employ(load_settings(ENVIRONMENT))
        calls: list[tuple[str, bytes, dict[str, str], bool]] = []
        monkeypatch.setattr(
            egress, "post", lambda url, body, headers, loopback: calls.append((url, body, headers, loopback))
        )
        written(ana())
        with unit_of_work():
            actions.tell_outside("incident.opened", {"reason": "Rückruf"}, event="e1", at=NOW)

        notice = session.get_one(Notice, queries.next_due(at=NOW))
        assert notice.way is NoticeWay.WEBHOOK
        delivery = take_up(notice)
        assert delivery is not None
        assert delivery.deliver(at=NOW) == ""
        WEBHOOK.employ(
            load_settings({**ENVIRONMENT, "OVATION_INCIDENT_WEBHOOK_URL": "", "OVATION_INCIDENT_WEBHOOK_SECRET": ""})
        )

        [(url, body, headers, loopback)] = calls
        assert (url, loopback) == ("http://127.0.0.1:9/hook", True)
        said = json.loads(body)
        assert (said["type"], said["data"]) == ("incident.opened", {"reason": "Rückruf"})
        signed = f"{notice.key}.{int(NOW.timestamp())}.".encode() + body
        by_hand = base64.b64encode(hmac.new(b"w" * 32, signed, hashlib.sha256).digest()).decode()
        assert headers["Webhook-Id"] == notice.key
        assert headers["Webhook-Timestamp"] == str(int(NOW.timestamp()))
        assert headers["Webhook-Signature"] == f"v1,{by_hand}"

    def test_a_webhook_that_was_taken_away_is_said_to_be_missing(self) -> None:
        with pytest.raises(Undelivered):
            WEBHOOK.call("{}", key="k", at=NOW)


@pytest.mark.race
def test_one_of_many_drainers_takes_a_notice_up(own_database: str) -> None:
    [notice] = written(ana())
    notice_id = notice.id
    session.remove()
    taken: list[Delivery] = []

    def step(_number: int) -> None:
        with unit_of_work():
            delivery = actions.take_up(notice_id=notice_id, at=NOW)
        if delivery is not None:
            taken.append(delivery)

    assert race(4, step) == [None] * 4
    assert len(taken) == 1


@pytest.mark.usefixtures("db_session")
def test_what_was_told_a_month_ago_is_forgotten_unless_somebody_is_still_asked_about_it() -> None:
    told = written(ana())[0]
    given_up = written(mo(), event="e2")[-1]
    written(sol(), event="e3")
    note(take_up(told), "")
    for failed in range(len(actions.PAUSES) + 1):
        note(take_up(given_up, seconds=20_000 * failed), "no way there", seconds=20_000 * failed)
    a_month_later = NOW + timedelta(days=32)
    with unit_of_work():
        actions.forget_old(at=NOW + timedelta(days=29))
    assert session.scalar(select(func.count()).select_from(Notice)) == 3

    with unit_of_work():
        actions.forget_old(at=a_month_later)

    kept = set(session.scalars(select(Notice.status)))
    assert kept == {NoticeStatus.GIVEN_UP, NoticeStatus.WAITING}
