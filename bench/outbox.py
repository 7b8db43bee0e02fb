"""Approved replies that wait in the outbox, as many as a benchmark wants, and what became of them."""

from collections import Counter
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from app.accounts.models import Role, RoleGrant, User
from app.accounts.permissions import Person, grades_of
from app.channels.models import Connection
from app.foundation import clock
from app.foundation.db import session, unit_of_work
from app.mentions.models import Author, Conversation, Mention, MentionStatus
from app.publishing.approval import approval_hash
from app.publishing.models import Publication, PublicationStatus
from app.publishing.outgoing import key_of
from app.replies.models import Reply, ReplyKind, ReplyStatus, ReplyVersion

ACCOUNTS = 4
AT_ONCE = 2_000


def make_people() -> tuple[Person, Person]:
    """Make a writer and two people who approve and settle; return these."""
    names = ("Ada", "Ana", "Abe")
    with unit_of_work() as current:
        now = clock.now()
        made = [
            User(
                name=name,
                handle=name.lower(),
                email=f"{name.lower()}@bench.invalid",
                password_hash="-",  # noqa: S106 - nobody signs in
                created_at=now,
                grants=[RoleGrant(role=role, granted_at=now) for role in (Role.STAFF, Role.MODERATOR) if name != "Ada"],
            )
            for name in names
        ]
        current.add_all(made)
    one, other = (
        Person(
            id=user.id,
            handle=user.handle,
            name=user.name,
            email=user.email,
            language="en",
            roles=user.roles,
            grades=frozenset(grades_of(user.id, user.roles)),
        )
        for user in made[1:]
    )
    return one, other


def make_accounts(*, send_limit: int, window_seconds: int) -> list[int]:
    """Make brand accounts that may send so often; return their ids."""
    with unit_of_work() as current:
        lines = [
            Connection(
                kind="x",
                external_id=f"{send_limit}{number}",
                handle=f"bench{number}",
                base_url="http://127.0.0.1:1",
                connected_at=clock.now(),
                send_limit=send_limit,
                send_window_seconds=window_seconds,
                settings={},
            )
            for number in range(ACCOUNTS)
        ]
        current.add_all(lines)
    return [line.id for line in lines]


def fill(accounts: list[int], count: int, *, approver_id: int) -> None:
    """Put so many approved replies into the outbox, due now, in turns over the accounts."""
    for start in range(0, count, AT_ONCE):
        with unit_of_work():
            _fill(accounts, range(start, min(count, start + AT_ONCE)), approver_id)
    session.remove()


def _fill(accounts: list[int], numbers: range, approver_id: int) -> None:
    first = {model: (session.scalar(sa.select(sa.func.max(model.id))) or 0) + 1 for model in _MODELS}
    rows: dict[Any, list[dict[str, Any]]] = {model: [] for model in _MODELS}
    writer_id = session.scalars(sa.select(User.id).where(User.name == "Ada")).one()
    for place, number in enumerate(numbers):
        ids = {model: first[model] + place for model in _MODELS}
        made = _row(accounts[number % len(accounts)], ids, writer_id, approver_id)
        for model in _MODELS:
            rows[model].append({"id": ids[model], **made[model]})
    for model in _MODELS:
        session.execute(sa.insert(model), rows[model])
    if session.get_bind().dialect.name == "postgresql":
        for model in _MODELS:
            table = model.__tablename__
            counter = sa.func.pg_get_serial_sequence(table, "id")
            session.execute(sa.select(sa.func.setval(counter, sa.func.max(model.id))))


_MODELS: tuple[Any, ...] = (Author, Conversation, Mention, Reply, ReplyVersion, Publication)


def _row(line: int, ids: dict[Any, int], writer_id: int, approver_id: int) -> dict[Any, dict[str, Any]]:
    now, number = clock.now(), ids[Mention]
    name, expires_at = str(10**15 + number), now + timedelta(hours=24)
    version = {
        "reply_id": ids[Reply],
        "number": 1,
        "text": f"Fill it with equal parts of vinegar and water. {number}",
        "signature": "Ada, Crew volunteer",
        "target_external_id": name,
        "editor_id": writer_id,
        "saved_at": now,
    }
    approved = approval_hash(version=ReplyVersion(**version), connection_id=line, edition=1, expires_at=expires_at)
    return {
        Author: {"connection_id": line, "external_id": name, "handle": f"c{number}", "name": "C", "seen_at": now},
        Conversation: {"connection_id": line, "external_id": name},
        Mention: {
            "connection_id": line,
            "external_id": name,
            "author_id": ids[Author],
            "conversation_id": ids[Conversation],
            "text": "How do I descale it?",
            "masked_text": "How do I descale it?",
            "posted_at": now,
            "heard_at": now,
            "checked_at": expires_at,  # none of them is looked up again meanwhile
            "status": MentionStatus.IN_REVIEW,
        },
        Reply: {
            "mention_id": number,
            "writer_id": writer_id,
            "kind": ReplyKind.COMMUNITY,
            "status": ReplyStatus.APPROVED,
            "started_at": now,
        },
        ReplyVersion: version,
        Publication: {
            "approval_key": f"bench:{ids[Publication]}",
            "approval_hash": approved,
            "approved_by_id": approver_id,
            "approved_at": now,
            "expires_at": expires_at,
            "kind": ReplyKind.COMMUNITY,
            "mention_id": number,
            "reply_id": ids[Reply],
            "reply_version_id": ids[ReplyVersion],
            "connection_id": line,
            "next_try_at": now,
        },
    }


def standings() -> Counter[PublicationStatus]:
    """Return how many publications stand where."""
    session.rollback()
    return Counter(session.scalars(sa.select(Publication.status)))


def keys() -> set[str]:
    """Return the key under which each reply goes out."""
    return {key_of(publication) for publication in session.scalars(sa.select(Publication))}
