"""Faults planted on purpose: a sweep that does not find them would find nothing."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import or_, update

from app.foundation.db import session
from app.publishing import actions
from app.publishing.models import Publication, PublicationStatus
from tests.trials.ground import World


def lapsed_claims_wait(world: World) -> None:
    """Let what a dead publisher had in hand simply wait for its next try, on a network that takes the same words twice."""
    world.network.settings(refuse_duplicates=False)
    actions.lose_overdue = lose_overdue


def lose_overdue(*, at: datetime, gone: Collection[str] = ()) -> int:
    """Do what the house must not: take a claim that ended for a reply that was not sent."""
    overdue = or_(Publication.lease_until < at, Publication.worker.in_(gone))
    waits = {"status": PublicationStatus.WAITING, "worker": None, "lease_until": None, "next_try_at": at}
    session.execute(update(Publication).where(Publication.status == PublicationStatus.SENDING, overdue).values(waits))
    return 0
