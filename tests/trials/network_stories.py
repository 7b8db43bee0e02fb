"""What happens in trials with networks beside posts and replies: they are searched, say what nobody can read, keep our key."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import ClassVar
from unittest.mock import patch

from app.channels import registry
from app.channels.adapters.x import XChannel
from app.channels.adapters.x_map import Reader
from app.channels.gaps import note_gap
from app.channels.models import Connection
from app.channels.types import Capability, PreparedReply, Receipt
from app.foundation import clock
from app.foundation.db import session, unit_of_work
from tests import factories
from tests.trials.ground import LATE, SOON, World, later
from tests.trials.stories import READ_ANSWERS, approved, both, hear, look_after, nothing, press, story

# Saved searches, and what was said while nobody listened

_SEARCHES = "/manage/channels/{connection}/searches"
_SEARCH = "/manage/channels/searches/{search}"
_WORDING = {"name": "Kettles", "query": "kettle{connection}", "destination": "CROWD"}


def _word(world: World) -> str:
    """Return a word that nobody says in another trial: the network remembers them all."""
    return f"kettle{world.brand}"


def _search_for(world: World, query: str) -> int:
    account = session.get_one(Connection, world.ids["connection"])
    return factories.make_search(connection=account, query=query).id


def searched(world: World) -> None:
    """There is a saved search, and somebody says what it is for."""
    world.ids["search"] = _search_for(world, _word(world))
    session.commit()
    world.post(f"Any tricks against scale in a {_word(world)}?", author="ann")


def searched_for_nonsense(world: World) -> None:
    """... behind one that the network does not understand."""
    _search_for(world, "(kettle")
    searched(world)


def missed(world: World) -> None:
    """Somebody asked us while nobody listened, and the gap is known."""
    hear(world)
    world.post(f"@{world.brand} which filter fits the K2?", author="ann", age_seconds=2 * 3600)
    now = clock.now()
    with unit_of_work():
        note_gap(
            connection_id=world.ids["connection"],
            began_at=now - timedelta(hours=4),
            ended_at=now - timedelta(hours=1),
            at=now,
        )


def hear_later(world: World) -> None:
    """Hear what is to be heard when the account's turn has come again."""
    with later(60):
        hear(world)


story("save a search", nothing, press("ana", _SEARCHES + "/new", **_WORDING))
story("change a search", searched, press("ana", _SEARCH, **_WORDING))
story("let a search rest", searched, press("ana", _SEARCH + "/switch", on="no"))
story("delete a search", searched, press("ana", _SEARCH + "/delete"))
_SEARCHING = frozenset({"searching.stored", "searching.failed"})
# A search that went wrong rests for longer than what else is heard.
_IN_ITS_TURN = {"listens": True, "stages": (*SOON, LATE[0])}
story("search", searched, hear, endpoint="search", answers=READ_ANSWERS, around=_SEARCHING, **_IN_ITS_TURN)
story("search for nonsense", searched_for_nonsense, hear, **_IN_ITS_TURN)
_FILLING = frozenset({"gaps.stored"})
story("fill a gap", missed, hear_later, endpoint="search", answers=READ_ANSWERS, around=_FILLING, listens=True)


# Pages that our own program fails on


def unread(world: World) -> None:
    """Somebody asked us, and the page could not be read."""
    world.post(f"@{world.brand} which filter fits the K2?", author="ann")
    with patch.object(Reader, "page", side_effect=RuntimeError("our own fault")):
        hear(world)


_READ_AGAIN = press("ana", "/manage/channels/{connection}/read-again")
story("ask for what was not read", unread, _READ_AGAIN, listens=True)
story(
    "read again",
    both(unread, _READ_AGAIN),
    hear_later,
    endpoint="lookup",
    answers=("accepted", "429", "500_before", "garbage"),
    around=frozenset({"listening.read_again"}),
    listens=True,
)


# A network that keeps our key


class KeepingChannel(XChannel):
    """Speaks to the network on trial as to one that makes one post of all requests with one key, and lists nobody's posts.

    The network keeps the keys in its own store, so that they outlive whoever sent them.
    """

    capabilities: ClassVar[Capability] = XChannel.capabilities & ~Capability.READ_BACK | Capability.KEEPS_OUR_KEY
    key_lasts: ClassVar[timedelta | None] = None
    store: ClassVar[Path]

    def send(self, prepared: PreparedReply) -> Receipt:
        with closing(sqlite3.connect(self.store, timeout=10, isolation_level=None)) as store:
            made = store.execute("SELECT id FROM posts WHERE source_key = ?", (prepared.key,)).fetchone()
            if made is not None:
                return self._receipt(str(made[0]), self._now())
            try:
                return super().send(prepared)
            finally:
                newest = "SELECT max(id) FROM posts WHERE author_id = ? AND reply_to = ? AND source_key IS NULL"
                parent = prepared.body["reply"]["in_reply_to_tweet_id"]
                store.execute(
                    f"UPDATE posts SET source_key = ? WHERE id = ({newest})",  # noqa: S608
                    (prepared.key, int(self._access.account_id), int(parent)),
                )


def keep_keys(world: World) -> None:
    """Let the network of this process keep our keys from now on."""
    KeepingChannel.store = world.ground.folder / "sandbox.sqlite3"
    registry.CHANNELS = {XChannel.kind: KeepingChannel}


story(
    "send on a network that keeps our key",
    both(keep_keys, approved),
    look_after,
    endpoint="create",
    answers=("500_after", "500_before", "reset_after", "garbage"),
    around=frozenset({"publishing.kept", "publishing.said", "publishing.begun_again", "publishing.looked"}),
    again=keep_keys,
)
