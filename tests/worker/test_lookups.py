"""Right before an answer leaves its post is looked up: gone, edited, barred, or as it was; and never sent blind."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from app.channels.models import Connection
from app.channels.types import Capability, Gone, IncomingPost, Keep, PreparedReply, RateLimited, Receipt, Ref, Transient
from app.foundation import clock
from app.foundation.db import session
from app.foundation.stumbles import Stumble
from app.foundation.tasks import TaskKind, open_tasks
from app.mentions.models import Mention, MentionStatus
from app.publishing import outgoing
from app.publishing.actions.poison import FAULTS
from app.publishing.models import HeldBecause, Publication, PublicationStatus
from app.replies.models import Reply, ReplyStatus
from tests.factories import make_connection, make_mention, make_publication, make_reply
from tests.mentions.test_actions import a_post
from worker import lookups, shift
from worker.lanes.publishing import drain_publishing

COST = 5


class Network:
    """Shows what ``shows`` says of a post, or as it is in ``posts``; counts look-ups and what is posted."""

    capabilities = Capability.READ_BACK

    def __init__(self) -> None:
        self.posts: dict[str, IncomingPost | Gone] = {}
        self.trouble: Exception | None = None
        self.unreadable: set[str] = set()
        self.asked: list[set[str]] = []
        self.posted: list[str] = []
        self.cost_units = 0
        self.meanwhile: Callable[[], None] = lambda: None

    def lookup(self, refs: Sequence[Ref], keep: Keep | None = None) -> dict[str, IncomingPost | Gone]:
        self.asked.append({ref.id for ref in refs})
        self.meanwhile()
        if self.trouble:
            raise self.trouble
        if not self.unreadable.isdisjoint(ref.id for ref in refs):
            raise ValueError("our own code fails on it")
        self.cost_units += COST
        return {ref.id: self.posts.get(ref.id, a_post(ref.id)) for ref in refs}

    def read(self, raw: bytes) -> None:
        pass

    def prepare(self, reply: object) -> PreparedReply:
        return PreparedReply(reply.key, {"target": reply.target.id}, "")  # type: ignore[attr-defined]

    def send(self, prepared: PreparedReply) -> Receipt:
        self.posted.append(prepared.body["target"])
        return Receipt(Ref(f"{len(self.posted)}"), "https://x.com/n/status/1", clock.now())


@pytest.fixture
def network(db_session: None, monkeypatch: pytest.MonkeyPatch) -> Network:
    stub = Network()
    monkeypatch.setattr(outgoing, "open_channel", lambda *_asked, **_named: stub)
    monkeypatch.setattr(lookups, "open_channel", lambda *_asked, **_named: stub)
    return stub


def due(*, unseen_for: timedelta = timedelta(minutes=5), connection: object = None) -> Publication:
    now = clock.now()
    mention = make_mention(status=MentionStatus.IN_REVIEW, **({"connection": connection} if connection else {}))
    publication = make_publication(
        reply=make_reply(ReplyStatus.APPROVED, mention=mention),
        approved_at=now - timedelta(seconds=20),
        next_try_at=now - timedelta(seconds=10),
        expires_at=now + timedelta(hours=1),
    )
    mention.checked_at = now - unseen_for
    session.commit()
    return publication


def post_of(publication: Publication) -> Mention:
    return session.get_one(Mention, publication.mention_id, populate_existing=True)


def drained(publication: Publication) -> Publication:
    drain_publishing()
    return session.get_one(Publication, publication.id, populate_existing=True)


def test_posts_of_one_account_are_asked_for_in_one_call_and_then_answered(network: Network) -> None:
    connection = make_connection()
    ready = [due(connection=connection) for _ in range(3)]
    ids = {post_of(one).external_id for one in ready}

    drain_publishing()

    connection = session.get_one(Connection, connection.id)
    assert network.asked == [ids]
    assert set(network.posted) == ids
    assert int(connection.cost_today * 1000) >= COST


def test_who_is_told_to_stop_while_asking_for_posts_claims_no_answer(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shift, "_stopping", threading.Event())
    publications = [due(), due(connection=make_connection(external_id="4711"))]
    network.meanwhile = shift.ask_to_stop

    left = [drained(one).status for one in publications]

    assert left == [PublicationStatus.READY] * 2
    assert len(network.asked) == 1
    assert network.posted == []


def test_a_post_seen_just_now_is_not_asked_for_again(network: Network) -> None:
    publication = drained(due(unseen_for=timedelta(seconds=20)))

    assert publication.status is PublicationStatus.SENT
    assert network.asked == []


def test_a_post_that_is_gone_takes_its_answer_along(network: Network) -> None:
    publication = due()
    network.posts[post_of(publication).external_id] = Gone("not shown any more")

    publication = drained(publication)

    assert publication.status is PublicationStatus.CANCELLED
    assert post_of(publication).is_erased
    assert network.posted == []


def test_a_post_edited_since_holds_its_answer(network: Network) -> None:
    publication = due()
    first = post_of(publication).external_id
    network.posts[first] = a_post(first, text="New words", edition=2, editions=(first, "77"))

    publication = drained(publication)

    assert (publication.status, publication.held_because) == (PublicationStatus.HELD, HeldBecause.EDITED)
    assert network.posted == []


def test_a_post_we_may_no_longer_answer_gives_the_words_back_with_the_reason(network: Network) -> None:
    publication = due()
    post = a_post(post_of(publication).external_id)
    network.posts[post.ref.id] = replace(post, can_reply=False, cannot_reply_why="protected")

    publication = drained(publication)

    assert (publication.status, publication.last_error) == (PublicationStatus.CANCELLED, "MAY_NOT_BE_ANSWERED")
    assert session.get_one(Reply, publication.reply_id, populate_existing=True).status is ReplyStatus.SUBMITTED
    assert post_of(publication).cannot_reply_why == "protected"
    assert network.posted == []


@pytest.mark.parametrize("asks_for", [timedelta(seconds=5), timedelta(minutes=10), timedelta(hours=5)])
def test_a_network_that_does_not_tell_makes_the_answer_wait_and_counts_as_no_try(
    network: Network, asks_for: timedelta
) -> None:
    publication, started = due(), clock.now()
    patience = asks_for > timedelta(seconds=5)
    network.trouble = RateLimited("later", retry_at=started + asks_for) if patience else Transient("no way there")

    publication = drained(publication)

    waits = publication.next_try_at - started
    assert (publication.status, publication.attempt) == (PublicationStatus.READY, 0)
    assert timedelta(seconds=4) < waits < min(asks_for, timedelta(hours=1)) + timedelta(minutes=1)
    assert network.posted == []


def test_a_post_on_which_our_own_code_fails_keeps_only_its_own_answer_back(network: Network) -> None:
    connection = make_connection()
    bad, beside, elsewhere = due(connection=connection), due(connection=connection), due()
    network.unreadable.add(post_of(bad).external_id)
    wanted = {post_of(beside).external_id, post_of(elsewhere).external_id}

    bad = drained(bad)

    assert (bad.status, bad.faults) == (PublicationStatus.READY, 1)
    assert set(network.posted) == wanted


def test_a_post_on_which_our_own_code_fails_five_times_is_set_aside_for_a_person(network: Network) -> None:
    bad = due()
    bad.faults = FAULTS - 1
    session.commit()
    network.unreadable.add(post_of(bad).external_id)

    bad = drained(bad)

    assert bad.status is PublicationStatus.QUARANTINED
    assert [task.subject_id for task in open_tasks(TaskKind.POISON)] == [bad.id]


def test_an_edited_post_is_asked_for_and_answered_by_its_newest_id(network: Network) -> None:
    publication = due()
    mention = post_of(publication)
    mention.edition, mention.edition_external_id = 2, "77"
    session.commit()
    network.posts["77"] = a_post(mention.external_id, edition=2, editions=(mention.external_id, "77"))

    drain_publishing()

    assert network.asked == [{"77"}]


def test_what_was_deleted_goes_though_our_own_code_fails_on_a_post_beside_it(network: Network) -> None:
    connection = make_connection()
    posts = [make_mention(connection=connection) for _ in range(7)]
    ids, post_ids = [post.external_id for post in posts], [post.id for post in posts]
    network.unreadable.add(ids[2])
    network.posts |= {one: Gone("not shown any more") for one in ids if one != ids[2]}

    lookups.look_up_all(network, ids, connection_id=connection.id)  # type: ignore[arg-type]

    erased = [session.get_one(Mention, one, populate_existing=True).is_erased for one in post_ids]
    assert erased == [True, True, False, True, True, True, True]
    counted = session.execute(select(Stumble.subject_type, Stumble.subject_id, Stumble.errors)).all()
    assert [tuple(one) for one in counted] == [("mentions", post_ids[2], 1)]


def test_a_network_that_does_not_tell_is_asked_only_once(network: Network) -> None:
    network.trouble = Transient("no way there")

    with pytest.raises(Transient):
        lookups.look_up_all(network, ["1", "2"], connection_id=make_connection().id)  # type: ignore[arg-type]

    assert network.asked == [{"1", "2"}]


def test_a_listener_whose_clock_is_ahead_vouches_for_no_post_beforehand(network: Network) -> None:
    publication = due()
    connection_id, post = publication.connection_id, post_of(publication).external_id
    publication_id = publication.id
    session.remove()

    with time_machine.travel(clock.now() + timedelta(minutes=10)):
        lookups.look_up(lookups.open_channel(connection_id), [post], connection_id=connection_id)

    publication = session.get_one(Publication, publication_id)
    assert post_of(publication).checked_at <= clock.now()
