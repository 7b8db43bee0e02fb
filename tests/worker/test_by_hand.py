"""The lane of what is posted by hand: a reply on which our own program fails stops nobody else's."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app.foundation import clock, stumbles
from app.foundation.db import session
from app.foundation.stumbles import Stumble
from app.foundation.tasks import Task, TaskKind
from app.mentions.models import MentionStatus
from app.publishing import actions
from app.publishing.models import Publication, PublicationStatus
from app.replies.models import Reply, ReplyStatus
from tests import factories
from worker.lanes import by_hand
from worker.lanes.publishing import sweep_publishing

pytestmark = pytest.mark.usefixtures("db_session")
P = PublicationStatus


def approved(status: PublicationStatus = P.READY, **overrides: Any) -> int:
    """Make an approved reply that is to be posted by hand now; return its id."""
    now, barred = clock.now(), {"can_reply": False, "cannot_reply_why": "not_summoned", "summoned": False}
    reply = factories.make_reply(
        ReplyStatus.APPROVED, mention=factories.make_mention(status=MentionStatus.IN_REVIEW, **barred)
    )
    times = {"approved_at": now, "next_try_at": now - timedelta(seconds=1), "expires_at": now + timedelta(hours=1)}
    return factories.make_publication(status, reply=reply, by_hand=True, **times | overrides).id


def failing(monkeypatch: pytest.MonkeyPatch, name: str, poison: int) -> list[int]:
    """Let one story fail on one row; return those it was tried on."""
    tried: list[int] = []
    story: Callable[..., Any] = getattr(actions, name)

    def tries(*, publication_id: int, at: Any) -> Any:
        tried.append(publication_id)
        if publication_id == poison:
            raise ZeroDivisionError
        return story(publication_id=publication_id, at=at)

    monkeypatch.setattr(actions, name, tries)
    return tried


def statuses() -> list[PublicationStatus]:
    session.rollback()
    return list(session.scalars(select(Publication.status).order_by(Publication.id)))


def poisonous() -> list[int | None]:
    return list(session.scalars(select(Task.subject_id).where(Task.kind == TaskKind.POISON)))


def test_what_cannot_be_handed_out_is_counted_and_does_not_hold_up_those_behind_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    poison, _fine = approved(), approved()
    failing(monkeypatch, "hand_out", poison)

    by_hand.hand_out_ready()

    assert statuses() == [P.READY, P.HANDED_OUT]
    row = session.get_one(Publication, poison, populate_existing=True)
    assert row.faults == 1
    assert row.next_try_at > clock.now()


def test_after_five_faults_it_is_set_aside_and_a_person_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    poison = approved()
    tried = failing(monkeypatch, "hand_out", poison)

    for _round in range(7):
        by_hand.hand_out_ready()
        session.execute(update(Publication).values(next_try_at=clock.now() - timedelta(seconds=1)))
        session.commit()

    assert tried == [poison] * 5
    assert statuses() == [P.QUARANTINED]
    assert poisonous() == [poison]
    assert session.scalars(select(Reply.status)).one() is ReplyStatus.SUBMITTED


def test_what_does_not_leave_its_place_does_not_hold_up_those_behind_it(monkeypatch: pytest.MonkeyPatch) -> None:
    stays, _fine = approved(), approved()
    hand_out = actions.hand_out
    monkeypatch.setattr(
        actions,
        "hand_out",
        lambda *, publication_id, at: publication_id != stays and hand_out(publication_id=publication_id, at=at),
    )

    by_hand.hand_out_ready()

    assert statuses() == [P.READY, P.HANDED_OUT]


def test_one_in_hand_that_cannot_be_looked_after_is_set_aside_and_the_others_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    over = clock.now() - timedelta(seconds=1)
    poison, fine = (approved(P.HANDED_OUT, expires_at=over) for _each in range(2))
    tried = failing(monkeypatch, "call_off_in_hand", poison)

    for _round in range(7):
        sweep_publishing()
        session.execute(update(Stumble).where(Stumble.try_at.is_not(None)).values(try_at=over))
        session.commit()

    assert tried.count(poison) == stumbles.ERRORS
    assert poisonous() == [poison]
    asked = select(Task.subject_id).where(Task.kind == TaskKind.MAY_BE_POSTED)
    assert session.scalars(asked).all() == [fine]
