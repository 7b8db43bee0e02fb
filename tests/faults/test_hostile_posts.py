"""Every post that was made to break things, and a plain one beside each, goes from the network through triage to a page."""

import re

from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.foundation.db import session
from app.foundation.tasks import Task, TaskKind
from app.mentions.models import Mention, MentionStatus
from tests import factories
from tests.channels.conftest import Brand
from tests.channels.conftest import brand as brand
from tests.channels.conftest import brand_on_x as brand_on_x
from tests.channels.conftest import network as network
from tests.conftest import sign_in
from tests.hostile import TEXTS
from tests.worker.test_listening import connect
from worker.lanes.listening import Listener, listen_once
from worker.lanes.triage import drain_triage

PLAIN = "how do I descale the K2 for the first time?"


def test_every_hostile_post_goes_from_the_network_to_a_page(brand: Brand, client: FlaskClient) -> None:
    connect(brand)
    posts = [text for number, (_row, hostile) in enumerate(TEXTS) for text in (hostile[:3500], f"{PLAIN} ({number})")]
    ids = brand.network.post_many(
        [{"author": f"c{number % 7}", "text": f"@{brand.handle} {text}"} for number, text in enumerate(posts)]
    )
    listener = Listener()
    for _turn in range(1 + len(posts) // 100):
        listen_once(listener)
    drain_triage()

    heard = {mention.external_id: mention.status for mention in session.scalars(select(Mention))}
    assert heard.keys() == set(ids)
    assert MentionStatus.RECEIVED not in heard.values()
    aside = select(func.count(Task.id)).where(Task.kind == TaskKind.POISON)
    assert session.scalar(aside) == list(heard.values()).count(MentionStatus.QUARANTINED)
    assert {heard[each] for each in ids[1::2]} == {MentionStatus.OPEN}

    reader, address, shown = sign_in(client, factories.ada().user), "/feed?view=all", 0
    while address:
        page = reader.get(address)
        assert page.status_code == 200
        shown += page.text.count("feed-card")
        more = re.search(r'data-more.*?href="([^"]+)"', page.text, re.DOTALL)
        address = more[1].replace("&amp;", "&") if more else ""
    assert shown >= list(heard.values()).count(MentionStatus.OPEN)
