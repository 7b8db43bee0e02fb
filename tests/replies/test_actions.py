"""Sending: once, whatever is pressed how often."""

import threading

import pytest
from sqlalchemy import select

from app.advocates.models import Advocate
from app.foundation.db import session, unit_of_work
from app.foundation.journal import JournalEntry
from app.mentions.models import Mention, MentionStatus
from app.replies import actions
from app.replies.drafts import Typed
from app.replies.models import Reply, ReplyStatus, ReplyVersion
from tests import factories
from tests.factories import NOW


@pytest.mark.race
def test_a_reply_sent_from_many_tabs_at_once_is_sent_once(own_database: str) -> None:
    advocate = factories.ada()
    claim = factories.make_claim(advocate=advocate)
    reply = factories.make_reply(
        ReplyStatus.DRAFT, writer=advocate.user, mention=session.get_one(Mention, claim.mention_id)
    )
    advocate_id, reply_id, mention_id, writer_id = advocate.id, reply.id, claim.mention_id, advocate.user_id
    session.remove()
    gate, results = threading.Barrier(6), list[object]()

    def press(number: int) -> None:
        gate.wait()
        try:
            with unit_of_work():
                sent = actions.submit(
                    reply=actions.own_reply(reply_id=reply_id, writer_id=writer_id),
                    advocate=session.get_one(Advocate, advocate_id),
                    typed=Typed(text=f"Boil it once, take {number}."),
                    signature="Ada, Crew volunteer",
                    network="x",
                    at=NOW,
                )
            results.append((sent.hurdle, sent.checked is not None))
        except Exception as error:  # noqa: BLE001 -- a thread of a test: whatever it is, the test shows it
            results.append(error)
        finally:
            session.remove()

    threads = [threading.Thread(target=press, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(map(str, results)) == ["(None, False)"] * 5 + ["(None, True)"]
    assert session.get_one(Reply, reply_id).status is ReplyStatus.SUBMITTED
    assert session.get_one(Mention, mention_id).status is MentionStatus.IN_REVIEW
    sealed = session.scalars(select(ReplyVersion).where(ReplyVersion.reply_id == reply_id)).all()
    assert len(sealed) == 1
    lines = session.scalars(select(JournalEntry.action).where(JournalEntry.action == "reply.submitted")).all()
    assert len(lines) == 1
