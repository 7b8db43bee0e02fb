"""200 signed-in people, 16 requests at once, 100 posts: over HTTP, with scripts and without, on both databases."""

import pytest
import sqlalchemy as sa

from app.foundation.db import session
from app.mentions.models import Mention, MentionStatus
from bench.claim import PEOPLE, WORKERS, first_look, race
from bench.crowd import make_posts, make_visitors
from bench.http import all_at_once, web_server
from bench.installation import installation
from tests import servers

POSTS = 100

pytestmark = [pytest.mark.race, pytest.mark.timeout(240)]


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_every_post_is_won_once_and_nobody_meets_an_error_page(engine: str) -> None:
    if engine == "postgresql" and servers.find_postgresql() is None:
        servers.missing("postgresql", "no server binary")
    with installation(engine=engine, redis=False) as house:
        visitors = make_visitors(PEOPLE)
        make_posts(POSTS, open_count=POSTS)
        mentions = list(session.scalars(sa.select(Mention.id).where(Mention.status == MentionStatus.OPEN)))
        session.remove()
        with web_server("wsgi:app", house.environment(), workers=WORKERS) as port:
            all_at_once([first_look(visitor) for visitor in visitors], port)

            ran = race(mentions, visitors, port, seed=1, mixed=True)

        assert (ran.won, ran.doubled, ran.broken) == (POSTS, 0, 0), ran.statuses
