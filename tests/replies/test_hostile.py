"""What strangers write is shown as plain text on the feed, on the post's page and beside the composer."""

import html
import json
import re
from html.parser import HTMLParser
from pathlib import Path

from flask.testing import FlaskClient

from app.channels.adapters.x_text import clean
from app.feed.models import Claim
from app.foundation import clock
from app.mentions.models import MentionStatus
from tests import factories
from tests.conftest import sign_in

ROWS = [
    json.loads(line)
    for line in (Path(__file__).parent.parent / "data" / "hostile_inputs.jsonl").read_text().splitlines()
]


class Shape(HTMLParser):
    """The elements of a page with the names of their attributes, and the addresses it leads to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.addresses: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # Links in a post's words are made by ours, and only their address is the stranger's.
        if tag == "a" and ("rel", "nofollow ugc noopener") in attrs:
            self.addresses.append(dict(attrs)["href"] or "")
            return
        self.elements.append((tag, tuple(sorted(name for name, _value in attrs))))


def shown(client: FlaskClient, claim: Claim) -> list[str]:
    pages = []
    for address in ("/feed", f"/feed/{claim.mention_id}", f"/feed/{claim.mention_id}/reply"):
        answer = client.get(address)
        assert answer.status_code == 200
        pages.append(answer.text)
    return pages


def test_a_strangers_words_stay_words(client: FlaskClient) -> None:
    ada = factories.ada()
    connection = factories.make_connection()
    author = factories.make_author(connection=connection, name="Plain Name", handle="someone")
    mention = factories.make_mention(
        connection=connection, author=author, text="plain words", status=MentionStatus.CLAIMED
    )
    now = clock.now()
    claim = factories.make_claim(
        advocate=ada, mention=mention, claimed_at=now, expires_at=now + factories.timedelta(minutes=10)
    )
    sign_in(client, ada.user)
    plain = [sorted(Shape(page).elements) for page in shown(client, claim)]

    for row in ROWS:
        text = clean(row["text"])
        if not text:  # such a post is erased everywhere: a thread leaves it out
            continue
        mention.masked_text = mention.text = text
        author.name = text[:400]
        factories.session.commit()
        for page, elements in zip(shown(client, claim), plain, strict=True):
            shape = Shape(page)
            assert sorted(shape.elements) == elements, row["id"]
            assert all(re.match(r"https?://", address) for address in shape.addresses), row["id"]
            words = html.unescape(re.sub(r"<[^>]*>", "", page))
            assert html.unescape(text).split() == [] or text.split()[0] in words or "http" in text, row["id"]
