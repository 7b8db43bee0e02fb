"""What a network says of what is known already may kill whoever reads it: real processes die of it here."""

from datetime import timedelta

from sqlalchemy import select

from app.foundation import clock
from app.foundation.db import session
from app.foundation.tasks import Task, TaskKind
from app.mentions.models import Conversation, IgnoredBecause, Mention
from tests.channels.conftest import Brand
from tests.worker.test_listening import Run, connect, until
from tests.worker.test_listening import listen as listen
from worker.lanes.listening import Listener, listen_once

PROGRAM = "tests.worker.deadly_answer"


def deaths(listen: Run) -> list[int]:
    return [listen(PROGRAM).wait(30) for _each in range(3)]


def set_aside() -> list[tuple[str, int]]:
    poison = select(Task.subject_type, Task.subject_id).where(Task.kind == TaskKind.POISON)
    return [(kind, row_id) for kind, row_id in session.execute(poison)]


def test_a_thread_that_kills_three_listeners_is_set_aside_and_the_next_is_fetched(brand: Brand, listen: Run) -> None:
    connect(brand)
    for words in ("mine too", "deadly"):  # the newest is fetched first
        root = brand.network.post_as("asker", "My kettle sings")
        between = brand.network.post_as("bystander", words, reply_to=root)
        brand.network.post_as("friend", f"ask @{brand.handle}", reply_to=between)
    listen_once(Listener())
    for mention in session.scalars(select(Mention)):
        mention.open()
    session.commit()
    fetched = select(Conversation.id).where(Conversation.fetched_at.is_not(None))
    harmless, deadly = session.scalars(select(Conversation.id).order_by(Conversation.id)).all()

    died = deaths(listen)
    last = listen(PROGRAM)
    try:
        until(lambda: session.scalars(fetched).all() == [harmless])
        later = brand.customer("@brand and then?")
        until(lambda: session.scalars(select(Mention.id).where(Mention.external_id == later)).first() is not None)
    finally:
        last.terminate()
        ended = last.wait(15)

    assert (died, ended) == ([9] * 3, 0)
    assert set_aside() == [("conversations", deadly)]


def test_a_post_that_kills_whoever_looks_it_up_is_set_aside_alone(brand: Brand, listen: Run) -> None:
    connect(brand)
    gone, deadly, stays = (brand.customer(f"@brand {words}") for words in ("5 Elm Street", "deadly", "hello"))
    listen_once(Listener())
    brand.network.delete(gone)
    long_ago = clock.now() - timedelta(hours=13)
    for mention in session.scalars(select(Mention)):
        mention.open()
        mention.checked_at = long_ago
    session.commit()

    died = deaths(listen)
    last = listen(PROGRAM)
    try:
        until(lambda: set_aside() != [] and mention_of(stays).checked_at > long_ago)
    finally:
        last.terminate()
        ended = last.wait(15)

    assert (died, ended) == ([9] * 3, 0)
    assert set_aside() == [("mentions", mention_of(deadly).id)]
    assert mention_of(gone).ignored_because is IgnoredBecause.DELETED


def mention_of(external_id: str) -> Mention:
    return session.scalars(select(Mention).where(Mention.external_id == external_id)).one()
