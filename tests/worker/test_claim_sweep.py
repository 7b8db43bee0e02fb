from datetime import timedelta

import pytest
from sqlalchemy import select

from app.feed.models import Claim, ClaimEnd
from app.foundation import clock
from app.foundation.db import session
from app.mentions.models import Mention, MentionStatus
from tests import factories
from worker.lanes import sweeps


@pytest.mark.usefixtures("db_session")
def test_every_claim_whose_time_is_over_ends_in_one_sweep() -> None:
    now = clock.now()
    lapsed = [factories.make_claim(expires_at=now - timedelta(seconds=1)).mention_id for _n in range(3)]
    kept = factories.make_claim(expires_at=now + timedelta(minutes=5)).mention_id

    sweeps.expire_claims()

    session.expire_all()
    ended = select(Claim.mention_id).where(Claim.ended_because == ClaimEnd.EXPIRED)
    assert sorted(session.scalars(ended)) == sorted(lapsed)
    assert session.get_one(Mention, lapsed[0]).status is MentionStatus.OPEN
    assert session.get_one(Mention, kept).status is MentionStatus.CLAIMED


def test_ending_claims_is_one_of_the_sweeps() -> None:
    assert sweeps.expire_claims in sweeps.SWEEPS
