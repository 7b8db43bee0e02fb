"""Moderators at the same moment: one wins, the others are told."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm.exc import StaleDataError

from app.accounts.models import Role
from app.foundation.db import session, unit_of_work
from app.foundation.errors import DomainError
from app.publishing.models import Publication
from app.replies.models import Reply, ReplyStatus, ReplyVersion
from app.reviews import actions
from app.reviews.models import Review
from tests.factories import NOW, make_reply, make_user, person


def at_once(decisions: list[Callable[[], object]]) -> int:
    """Let all decide at the same moment; return how many were not refused."""
    gate = threading.Barrier(len(decisions))

    def decide(decision: Callable[[], object]) -> bool:
        gate.wait()
        try:
            with unit_of_work():
                decision()
        except (DomainError, StaleDataError):
            return False
        finally:
            session.remove()
        return True

    with ThreadPoolExecutor(len(decisions)) as pool:
        return sum(pool.map(decide, decisions))


def test_one_of_many_approvals_at_once_makes_the_one_publication(own_database: str) -> None:
    reply = make_reply()
    version_id = session.scalars(select(ReplyVersion.id).where(ReplyVersion.reply_id == reply.id)).one()
    reply_id, people = reply.id, [person(make_user(Role.MODERATOR)) for _ in range(6)]
    session.remove()

    won = at_once(
        [
            lambda by=by: actions.approve(  # type: ignore[misc]
                reply_id=reply_id, version_id=version_id, by=by, at=NOW, undo_lasts=timedelta(seconds=10)
            )
            for by in people
        ]
    )

    assert won == 1
    assert session.scalar(select(func.count()).select_from(Publication)) == 1
    assert session.scalar(select(func.count()).select_from(Review)) == 1
    assert session.scalars(select(Reply.status)).one() is ReplyStatus.APPROVED


def test_an_approval_and_a_rejection_at_once_never_both_stand(own_database: str) -> None:
    approver, rejecter = person(make_user(Role.MODERATOR)), person(make_user(Role.MODERATOR))
    for _round in range(5):
        reply = make_reply()
        version_id = session.scalars(select(ReplyVersion.id).where(ReplyVersion.reply_id == reply.id)).one()
        reply_id = reply.id
        session.remove()

        def approve(reply_id: int = reply_id, version_id: int = version_id) -> None:
            actions.approve(reply_id=reply_id, version_id=version_id, by=approver, at=NOW, undo_lasts=timedelta())

        def reject(reply_id: int = reply_id, version_id: int = version_id) -> None:
            actions.reject(reply_id=reply_id, version_id=version_id, note="No", by=rejecter, at=NOW)

        assert at_once([approve, reject]) == 1
        sendings = session.scalar(select(func.count()).where(Publication.reply_id == reply_id))
        status = session.get_one(Reply, reply_id).status
        assert (status, sendings) in {(ReplyStatus.APPROVED, 1), (ReplyStatus.REJECTED, 0)}
