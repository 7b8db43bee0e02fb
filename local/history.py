"""The demo's first hour: the cast answers some of the posts that wait, once, so that boards, ledgers and queues are not empty.

Nothing is written past the rules: each step is what a view would do, the worker publishes, and the customers speak through
the network's own page. It begins only where nobody has written a reply yet.
"""

import http.client
import os
import time
import urllib.parse
from collections.abc import Callable
from functools import partial
from typing import Any, Final, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app import open_house
from app.accounts.login import person_of
from app.accounts.models import User
from app.accounts.permissions import Person
from app.advocates.models import Advocate
from app.advocates.queries import advocate_of
from app.feed import actions as feed
from app.foundation import clock
from app.foundation.config import Settings, load_settings
from app.foundation.db import session, unit_of_work
from app.foundation.errors import DomainError
from app.mentions.models import Author, Mention, MentionStatus
from app.publishing.models import Publication, PublicationStatus
from app.replies import actions as replies
from app.replies import queries
from app.replies.drafts import Typed
from app.replies.models import Reply, ReplyVersion
from app.reviews import actions as reviews
from local.answers import ANSWERS, Answer

PATIENCE_SECONDS: Final = 60.0
POLL_SECONDS: Final = 0.5
MODERATORS: Final = ("ivo", "noor")

Found = TypeVar("Found")


def main() -> None:
    """Let the first hour happen, if it has not."""
    settings = load_settings(os.environ)
    open_house(settings)
    if not settings.is_demo or session.scalar(select(Reply.id).limit(1)) is not None:
        return
    written = [(answer, reply_id) for answer in ANSWERS if (reply_id := _write(answer, settings))]
    for turn, (answer, reply_id) in enumerate(written):
        try:
            _decide(answer, reply_id, _person(MODERATORS[turn % len(MODERATORS)]), settings)
        except DomainError as error:
            print(f"Reply {reply_id} was not decided on: {error.message}")
    for answer, reply_id in written:
        if answer.thanked or answer.likes:
            _react(answer, reply_id, settings)


def _write(answer: Answer, settings: Settings) -> int | None:
    """Claim the post and send a reply for review; None where somebody else has the post, or it never came."""
    mention_id = _soon(partial(_open_post, answer))
    if mention_id is None:
        return None
    try:
        with unit_of_work():
            advocate = advocate_of(_person(answer.writer))
            feed.claim(mention_id=mention_id, advocate_id=advocate.id, at=clock.now(), lasts=settings.claim_lasts)
            reply = replies.start(mention_id=mention_id, advocate=advocate, at=clock.now())
            _send(reply, advocate, answer.text, settings)
    except DomainError as error:
        print(f"{answer.writer} did not answer {answer.customer}: {error.message}")
        return None
    return reply.id


def _open_post(answer: Answer) -> int | None:
    theirs = Mention.author.has(Author.handle == answer.customer)
    waits = Mention.status.in_((MentionStatus.OPEN, MentionStatus.BY_HAND))
    return session.scalar(select(Mention.id).where(theirs, waits, Mention.text.contains(answer.about, autoescape=True)))


def _send(reply: Reply, advocate: Advocate, text: str, settings: Settings) -> None:
    replies.submit(
        reply=reply,
        advocate=advocate,
        typed=Typed(text),
        signature=replies.signature_of(advocate, role=settings.signature_role),
        network=queries.network_of(reply),
        at=clock.now(),
    )


def _decide(answer: Answer, reply_id: int, moderator: Person, settings: Settings) -> None:
    """Approve, perhaps in better words, or ask for changes and let the writer make them."""
    seen: Any = {"reply_id": reply_id, "version_id": _newest_version(reply_id), "by": moderator}
    with unit_of_work():
        at, undo_lasts = clock.now(), settings.undo_lasts
        if answer.returned:
            reviews.return_for_changes(**seen, reasons=("accuracy", "promise"), note=answer.returned, at=at)
        elif answer.edited:
            reviews.approve_edited(**seen, text=answer.edited, at=at, undo_lasts=undo_lasts)
        elif answer.approved:
            reviews.approve(**seen, at=at, undo_lasts=undo_lasts)
    if answer.again:
        with unit_of_work():
            advocate = advocate_of(_person(answer.writer))
            reply = replies.own_reply(reply_id=reply_id, writer_id=advocate.user_id)
            _send(reply, advocate, answer.again, settings)


def _newest_version(reply_id: int) -> int:
    versions = select(ReplyVersion.id).where(ReplyVersion.reply_id == reply_id)
    return session.scalars(versions.order_by(ReplyVersion.number.desc()).limit(1)).one()


def _react(answer: Answer, reply_id: int, settings: Settings) -> None:
    """Let the customer thank and others like, once the reply stands on the network."""
    external_id = _soon(partial(_posted, reply_id))
    if external_id is None:
        return
    if answer.thanked:
        _press(settings, f"/post/{external_id}/thanks", answer.customer)
    for handle in answer.likes:
        _press(settings, f"/post/{external_id}/like", handle)


def _posted(reply_id: int) -> str | None:
    wanted = select(Publication.external_id).where(Publication.reply_id == reply_id)
    return session.scalar(wanted.where(Publication.status == PublicationStatus.SENT))


def _press(settings: Settings, path: str, handle: str) -> None:
    """Press a button of the network's page as a customer."""
    place = urllib.parse.urlsplit(settings.sandbox_url)
    connection = http.client.HTTPConnection(place.hostname or "127.0.0.1", place.port, timeout=10)
    body = urllib.parse.urlencode({"acting_as": handle})
    connection.request("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded"})
    connection.getresponse().read()
    connection.close()


def _person(handle: str) -> Person:
    return person_of(
        session.scalars(select(User).where(User.handle == handle).options(selectinload(User.grants))).one()
    )


def _soon(find: Callable[[], Found | None]) -> Found | None:
    """Ask again and again until there is an answer, or no patience left."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (found := find()) is None and time.monotonic() < deadline:
        session.remove()
        time.sleep(POLL_SECONDS)
    return found


if __name__ == "__main__":
    main()
