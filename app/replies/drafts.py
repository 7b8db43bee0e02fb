"""Drafts: what was typed is kept, always; two open pages never write over each other."""

from dataclasses import dataclass
from datetime import datetime

from app.foundation.db import session
from app.replies import marks
from app.replies.models import Reply, ReplyVersion


@dataclass(frozen=True, slots=True)
class Typed:
    """What one open page sends. ``page`` is its own random word, ``seen_at`` when the text it began from was saved.

    ``sure``: its writer has seen what another page holds, and means this text. ``edition`` of the customer's post is
    the one on that page, None where it does not say.
    """

    text: str
    page: str = ""
    seen_at: datetime | None = None
    sure: bool = False
    edition: int | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """What is answered: the network's id, and how its author left it last."""

    external_id: str
    edition: int


def write(
    reply: Reply, typed: Typed, *, target: Target, signature: str, editor_id: int, at: datetime
) -> tuple[ReplyVersion, bool]:
    """Keep what was typed; return its version, and whether another page holds a newer one.

    A version that a moderator saw stays as it is. ``reply.versions`` must be loaded.
    """
    text = marks.clean(typed.text)
    newest = max(reply.versions, key=lambda version: version.number, default=None)
    if newest is None or newest.sealed_at is not None:
        return _add(reply, typed, text, target=target, signature=signature, editor_id=editor_id, at=at), False
    if newest.saved_from == typed.page or newest.text == text:
        return _over(newest, typed, text, target=target, signature=signature, at=at), False
    if typed.sure:
        return _add(reply, typed, text, target=target, signature=signature, editor_id=editor_id, at=at), False
    if _has_seen(newest, typed):
        return _over(newest, typed, text, target=target, signature=signature, at=at), False
    own = next((each for each in reply.versions if each.sealed_at is None and each.saved_from == typed.page), None)
    if own is not None:
        return _over(own, typed, text, target=target, signature=signature, at=at), True
    return _add(reply, typed, text, target=target, signature=signature, editor_id=editor_id, at=at), True


def _has_seen(version: ReplyVersion, typed: Typed) -> bool:
    return typed.seen_at is not None and version.saved_at <= typed.seen_at


def _over(
    version: ReplyVersion, typed: Typed, text: str, *, target: Target, signature: str, at: datetime
) -> ReplyVersion:
    version.text, version.signature = text, signature
    version.saved_at, version.saved_from = at, typed.page
    if typed.edition == target.edition:
        version.target_edition = target.edition
    return version


def _add(
    reply: Reply, typed: Typed, text: str, *, target: Target, signature: str, editor_id: int, at: datetime
) -> ReplyVersion:
    version = ReplyVersion(
        number=max((each.number for each in reply.versions), default=0) + 1,
        text=text,
        signature=signature,
        target_external_id=target.external_id,
        target_edition=min(typed.edition or target.edition, target.edition),
        editor_id=editor_id,
        saved_at=at,
        saved_from=typed.page,
    )
    reply.versions.append(version)
    session.flush()  # the page needs the version's number
    return version
