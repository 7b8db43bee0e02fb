"""A signed-in crowd and the posts it sees, for benchmarks over HTTP."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from app.accounts.models import User
from app.advocates import actions as advocates
from app.advocates.models import AdvocateStatus
from app.foundation import clock
from app.foundation.db import session, unit_of_work
from app.mentions.models import Conversation, Mention, MentionStatus
from bench.http import Browser
from bench.installation import gather_statistics
from bench.mentions import texts
from tests import factories

#: Of all that was ever heard, so much waits on the feed: what was measured on a month of a brand's posts.
OPEN_SHARE = 0.065
CHUNK = 2_000
TOPICS = ("descaling", "temperature", "lids", "filters", "tea", "coffee", "induction", "connect", "parts", "care")
LANGUAGES = ("en", "en", "en", "en", "en", "en", "de", "es", "fr", "ja")
RARE_TOPIC = "samovar"
_TOKEN = re.compile(rb'name="csrf_token" value="([^"]+)"')
_DONE = (MentionStatus.ANSWERED, MentionStatus.IGNORED, MentionStatus.EXPIRED, MentionStatus.CLOSED)


@dataclass(slots=True)
class Visitor:
    """A person with a browser: its cookies, and the token that its forms carry."""

    advocate_id: int
    sign_in: str
    cookies: str = ""
    token: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """What the browser sends with each request."""
        return {"Cookie": self.cookies, "Content-Type": "application/x-www-form-urlencoded"}

    def look(self, browser: Browser) -> None:
        """Open the feed once, as everybody does before they press anything."""
        self.cookies = f"ovation={self.sign_in}"
        page = browser.ask("GET", "/feed", headers=self.headers)
        found = _TOKEN.search(page.body)
        if found is None:
            raise RuntimeError(f"the feed has no form: status {page.status}")
        self.token = found[1].decode()
        given = [cookie.split(";")[0] for cookie in page.headers.get_all("Set-Cookie", [])]
        self.cookies = "; ".join([f"ovation={self.sign_in}", *(one for one in given if not one.startswith("ovation="))])


def make_visitors(
    count: int, *, topics: Sequence[str] = TOPICS[:3], languages: Sequence[str] = ("en",)
) -> list[Visitor]:
    """Make ``count`` members who are signed in and know these topics and languages."""
    visitors = []
    for _ in range(count):
        advocate = factories.make_advocate(AdvocateStatus.MEMBER)
        with unit_of_work():
            advocates.keep_skills(
                advocate_id=advocate.id,
                signs_as=advocate.signs_as,
                topics=topics,
                languages=languages,
                hidden_from_boards=False,
                at=clock.now(),
            )
        user = session.get_one(User, advocate.user_id)
        visitors.append(Visitor(advocate.id, factories.make_sign_in(user)))
    return visitors


def make_posts(count: int, *, open_count: int, seed: int = 1) -> None:
    """Store ``count`` mentions, the last ``open_count`` of them on the feed, one with the rare topic."""
    pattern = factories.make_mention(heard_at=clock.now(), posted_at=clock.now(), checked_at=clock.now())
    columns = sa.inspect(Mention).column_attrs
    like = {column.key: getattr(pattern, column.key) for column in columns if column.key != "id"}
    chance, bodies, now = random.Random(seed), texts(min(count, 5_000), seed=seed), clock.now()
    rows = []
    threads = _make_threads(pattern.connection_id, count, seed=seed)
    for number in range(count):
        is_open = number >= count - open_count
        at = now - timedelta(seconds=(count - number) * 2)
        rows.append(
            like
            | {
                "external_id": f"{seed}{number:012d}",
                "conversation_id": threads[number],
                "text": bodies[number % len(bodies)],
                "masked_text": bodies[number % len(bodies)],
                "status": MentionStatus.OPEN if is_open else _DONE[number % len(_DONE)],
                "topic": RARE_TOPIC if number == count - open_count // 2 - 1 else chance.choice(TOPICS),
                "language": chance.choice(LANGUAGES),
                "priority": chance.randrange(100),
                "posted_at": at,
                "heard_at": at,
            }
        )
    for start in range(0, count, CHUNK):
        with unit_of_work() as current:
            current.execute(sa.insert(Mention), rows[start : start + CHUNK])
    with unit_of_work() as current:
        current.execute(sa.delete(Mention).where(Mention.id == pattern.id))
    gather_statistics()


def _make_threads(connection_id: int, count: int, *, seed: int) -> list[int]:
    """Store a thread for each of ``count`` posts, since nearly every post begins one, and return their ids."""
    rows = [{"connection_id": connection_id, "external_id": f"{seed}{number:012d}"} for number in range(count)]
    for start in range(0, count, CHUNK):
        with unit_of_work() as current:
            current.execute(sa.insert(Conversation), rows[start : start + CHUNK])
    newest = sa.select(Conversation.id).order_by(Conversation.id.desc()).limit(count)
    return list(session.scalars(newest))
