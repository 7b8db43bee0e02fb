"""What waits when a trial begins: posts on the network, heard and sorted, and replies to them, many in one transaction."""

from collections.abc import Sequence

import sqlalchemy as sa

from app.channels.models import Connection
from app.foundation import clock
from app.foundation.db import session, unit_of_work
from app.mentions.models import Author, Conversation, Mention, MentionStatus
from app.mentions.types import FeedLane, Kind, Route
from app.replies.models import Reply, ReplyKind, ReplyStatus, ReplyVersion
from tests import factories
from tests.trials.ground import World

_SENTENCES = ("Boil it with vinegar.", "Wipe the disc.", "Press the lid until it clicks.", "Ten minutes are enough.")


def customer(connection_id: int) -> str:
    """Return the handle of the customer who writes to an account."""
    return f"c{connection_id}"


def know_customers(world: World) -> None:
    """Let each account know its customer."""
    for row in session.scalars(sa.select(Connection)).all():
        handle = customer(row.id)
        session.commit()  # a network is not spoken to inside a transaction
        external_id = world.network.add_user(handle)
        factories.make_author(connection=row, external_id=external_id, handle=handle)


def write(world: World, accounts: Sequence[int], numbers: range) -> list[tuple[int, int]]:
    """Make posts, and a reply to each that waits for a decision; return the replies with their versions."""
    said = _said(world, accounts, numbers)
    now, writer = clock.now(), world.user("ada")
    session.commit()
    with unit_of_work():  # one for all: whoever is killed here leaves no post in review without its reply
        mentions = _saved(said, MentionStatus.IN_REVIEW)
        replies = [
            Reply(
                mention_id=mention.id,
                writer_id=writer.id,
                kind=ReplyKind.COMMUNITY,
                status=ReplyStatus.SUBMITTED,
                started_at=now,
                submitted_at=now,
            )
            for mention in mentions
        ]
        _save(replies)
        versions = [
            ReplyVersion(
                reply_id=reply.id,
                number=1,
                text=f"{_SENTENCES[number % len(_SENTENCES)]} That is trick number {number}.",
                signature="Ada, Crew volunteer",
                target_external_id=mention.external_id,
                editor_id=writer.id,
                saved_at=now,
                sealed_at=now,
            )
            for number, mention, reply in zip(numbers, mentions, replies, strict=True)
        ]
        _save(versions)
    return [(version.reply_id, version.id) for version in versions]


def post(world: World, accounts: Sequence[int], numbers: range, status: MentionStatus) -> list[Mention]:
    """Let customers post, and take it as heard and sorted."""
    said = _said(world, accounts, numbers)
    with unit_of_work():
        return _saved(said, status)


def _said(world: World, accounts: Sequence[int], numbers: range) -> list[Mention]:
    """Let customers post; return what was said, not saved yet."""
    lines = {row.id: row for row in session.scalars(sa.select(Connection))}
    authors = {row.connection_id: row.id for row in session.scalars(sa.select(Author))}
    session.commit()
    whose = [lines[accounts[number % len(accounts)]] for number in numbers]
    texts = [f"@{line.handle} how do I descale the K2? ({number})" for line, number in zip(whose, numbers, strict=True)]
    posts = [{"author": customer(line.id), "text": text} for line, text in zip(whose, texts, strict=True)]
    names, now = world.network.post_many(posts), clock.now()
    return [
        Mention(
            connection_id=line.id,
            external_id=name,
            author_id=authors[line.id],
            text=text,
            masked_text=text,
            url="",
            language="en",
            posted_at=now,
            heard_at=now,
            checked_at=factories.FOR_EVER,
            route=Route.COMMUNITY,
            kind=Kind.QUESTION,
            feed_lane=FeedLane.QUESTIONS,
            topic="descaling",
            mood=0.0,
            priority=20,
        )
        for line, name, text in zip(whose, names, texts, strict=True)
    ]


def _saved(mentions: list[Mention], status: MentionStatus) -> list[Mention]:
    """Take what was said as heard and sorted; inside a unit of work."""
    threads = [Conversation(connection_id=one.connection_id, external_id=one.external_id) for one in mentions]
    _save(threads)
    for mention, thread in zip(mentions, threads, strict=True):
        mention.conversation_id, mention.status = thread.id, status
    _save(mentions)
    return mentions


def _save(rows: Sequence[object]) -> None:
    session.add_all(rows)
    session.flush()
