"""The whole loop as a machine of states: whatever happens in whatever order, every promise holds after each step.

``OVATION_MODEL_EXAMPLES`` lets it run for longer; without it every run tells the same stories.
"""

import itertools
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import Engine, select

import app as house
from app.accounts.models import Role
from app.advocates.models import Advocate
from app.channels.errors import ChannelError, Forbidden, Gone, RateLimited, Transient
from app.channels.types import (
    Batch,
    Capability,
    GoingOn,
    IncomingPost,
    Keep,
    PostAuthor,
    PreparedReply,
    Receipt,
    Ref,
    ReplyBar,
)
from app.cord import actions as cord
from app.cord.models import Hold, HoldScope, ResumeOffer
from app.feed import actions as feed
from app.feed.models import Claim
from app.foundation import bell, db, heartbeats
from app.foundation.db import session, unit_of_work
from app.foundation.errors import DomainError
from app.foundation.journal import JournalEntry
from app.foundation.recovery import start_recovery
from app.foundation.secrets import KEYRING
from app.mentions import actions as mentions
from app.mentions.models import Mention, MentionStatus
from app.publishing import actions as publishing
from app.publishing import outgoing, pasted, timelines
from app.publishing.models import Publication, PublicationStatus
from app.publishing.queries import next_ready
from app.replies import actions as replies
from app.replies.drafts import Typed
from app.replies.models import Reply, ReplyStatus, ReplyVersion
from app.reviews import actions as reviews
from tests import factories
from tests.conftest import KEYS
from tests.trials.checker import check
from tests.trials.truth import read
from worker import lookups
from worker.lanes import drain
from worker.lanes.journal import seal_journal
from worker.lanes.publishing import drain_publishing

BEGIN = datetime(2026, 11, 12, 14, 0, tzinfo=UTC)
BRAND = "NorthwindKettle"
EXAMPLES = int(os.environ.get("OVATION_MODEL_EXAMPLES", "0"))
#: What the network does with a reply: whether it takes it, and what it says.
MOODS: dict[str, tuple[bool, ChannelError | None]] = {
    "takes it": (True, None),
    "is busy": (False, RateLimited("busy", retry_at=BEGIN)),
    "is down": (False, Transient("refused")),
    "refuses it": (False, Forbidden("no")),
    "has lost the post": (False, Gone("gone")),
    "breaks before": (False, Transient("500", sent="maybe")),
    "breaks after": (True, Transient("reset", sent="maybe")),
}


class Network:
    """A network in this process, with a log of what was truly said on it."""

    capabilities = Capability.READ_BACK | Capability.DELETE
    cost_units = 0

    def __init__(self) -> None:
        self.log: list[dict[str, Any]] = []
        self.mood = "takes it"
        self.numbers = itertools.count(1000)
        #: The customers' posts: of each the ids of its editions, the oldest first; and which of them are deleted.
        self.posts: dict[str, list[str]] = {}
        self.gone: set[str] = set()
        #: Which of them never called us, so that only a person may answer them, by hand.
        self.uncalled: set[str] = set()

    def note(self, action: str, actor: str, post_id: str, at: datetime, **more: Any) -> None:
        line = {"seq": len(self.log) + 1, "at_ms": int(at.timestamp() * 1000), "action": action, "actor": actor}
        self.log.append(line | {"post_id": post_id, "reply_to": None, "text": None, "via": "admin"} | more)

    def prepare(self, reply: Any) -> PreparedReply:
        return PreparedReply(reply.key, {"text": reply.text, "to": reply.target.id}, "")

    def read(self, raw: bytes) -> None:
        pass

    def lookup(self, refs: Sequence[Ref], keep: Keep | None = None) -> dict[str, Any]:
        if self.mood == "is down":
            raise Transient("refused")
        return {ref.id: self._found(ref) for ref in refs}

    def _found(self, ref: Ref) -> IncomingPost | Gone:
        editions = next((found for found in self.posts.values() if ref.id in found), [])
        if editions and editions[0] not in self.gone:
            return self.post(editions[0])
        return next((post for post in self.own_posts(BEGIN) if post.ref == ref), Gone("gone"))

    def own_posts(self, since: datetime, going_on: GoingOn | None = None) -> list[IncomingPost]:
        """Return what stands of our own, the newest first; all of it, since nothing here is old."""
        removed = {line["post_id"] for line in self.log if line["action"] == "delete"}
        said = [line for line in self.log if line["actor"] == BRAND and line["action"] == "post"]
        return [self._own(line) for line in reversed(said) if line["post_id"] not in removed]

    def _own(self, line: dict[str, Any]) -> IncomingPost:
        first = next(editions[0] for editions in self.posts.values() if line["reply_to"] in editions)
        at, author = datetime.fromtimestamp(line["at_ms"] / 1000, UTC), PostAuthor("1", BRAND, BRAND, "")
        this, parent = Ref(line["post_id"]), Ref(line["reply_to"])
        url = f"https://x.com/{BRAND}/status/{this.id}"
        return IncomingPost(
            *(this, author, line["text"], at, url, Ref(first), parent, None, "en"),
            summoned=False,
            ours=True,
            can_reply=False,
            cannot_reply_why="own_post",
        )

    @staticmethod
    def matches(prepared: PreparedReply, post: IncomingPost) -> bool:
        under = post.parent is not None and post.parent.id == prepared.body["to"]
        return under and post.text == prepared.body["text"]

    @staticmethod
    def same_words(one: str, other: str) -> bool:
        return one.split() == other.split()

    def post(self, first_id: str) -> IncomingPost:
        """Return a customer's post as it stands now."""
        editions, author = self.posts[first_id], PostAuthor(first_id, f"c{first_id}", f"C {first_id}", "")
        words = f"@{BRAND} how do I descale the K2?" + " Please!" * (len(editions) - 1)
        return IncomingPost(
            *(
                Ref(first_id),
                author,
                words,
                BEGIN,
                f"https://x.com/c/status/{first_id}",
                Ref(first_id),
                None,
                None,
                "en",
            ),
            summoned=first_id not in self.uncalled,
            ours=False,
            can_reply=first_id not in self.uncalled,
            cannot_reply_why=ReplyBar.NOT_SUMMONED if first_id in self.uncalled else None,
            edition=len(editions),
            editions=tuple(editions),
        )

    def send(self, prepared: PreparedReply) -> Receipt:
        taken, error = MOODS[self.mood]
        if taken:
            post_id, at = str(next(self.numbers)), datetime.now(UTC)
            self.note("post", BRAND, post_id, at, reply_to=prepared.body["to"], text=prepared.body["text"], via="api")
        if error is not None:
            if isinstance(error, RateLimited):
                raise RateLimited("busy", retry_at=datetime.now(UTC) + timedelta(minutes=5))
            raise error
        return self._receipt(post_id, at)

    def find(self, prepared: PreparedReply, since: datetime) -> Receipt | None:
        for line in self.log:
            same = line["reply_to"] == prepared.body["to"] and line["text"] == prepared.body["text"]
            if same and line["actor"] == BRAND:
                return self._receipt(line["post_id"], datetime.fromtimestamp(line["at_ms"] / 1000, UTC))
        return None

    def delete(self, ref: Ref) -> None:
        taken, error = MOODS[self.mood]
        if taken:
            self.note("delete", BRAND, ref.id, datetime.now(UTC), via="api")
        if error is not None:
            raise error

    @staticmethod
    def _receipt(post_id: str, at: datetime) -> Receipt:
        return Receipt(Ref(post_id), f"https://x.com/{BRAND}/status/{post_id}", at)


class House(RuleBasedStateMachine):
    """Customers, advocates, moderators, staff, the network, the clock and death, one after the other."""

    engine: Engine

    def __init__(self) -> None:
        super().__init__()
        KEYRING.load(KEYS)
        bell.BELL.hang("")
        house.join_rooms()
        self.connection = self.engine.connect()
        self.outer = self.connection.begin()
        db.bind(self.connection, join_transaction_mode="create_savepoint")
        self.network, self.now, self.numbers = Network(), BEGIN, itertools.count(1)
        self._real = outgoing.open_channel, heartbeats.database_now
        for module in (outgoing, lookups, pasted, timelines):
            module.open_channel = lambda *_args, **_named: self.network  # type: ignore[attr-defined]
        heartbeats.database_now = lambda: datetime.now(UTC)
        with self.present():
            line = factories.make_connection(handle=BRAND, connected_at=BEGIN)
            self.connection_id = line.id
            self.advocates = [factories.make_advocate().id for _each in range(2)]
            self.moderators = [factories.person(factories.make_user(Role.MODERATOR)) for _each in range(2)]
            self.staff = [factories.person(factories.make_user(Role.STAFF)) for _each in range(2)]
            self.admins = [factories.person(factories.make_user(Role.ADMIN)) for _each in range(2)]
        #: The model: which posts have been answered in public, and which approvals were given.
        self.answered: set[str] = set()

    def teardown(self) -> None:
        session.remove()
        outgoing.open_channel, heartbeats.database_now = self._real
        lookups.open_channel = pasted.open_channel = timelines.open_channel = self._real[0]
        self.outer.rollback()
        self.connection.close()

    @contextmanager
    def present(self) -> Iterator[datetime]:
        with time_machine.travel(self.now, tick=False):
            yield self.now
        session.rollback()

    def one(self, model: Any, *conditions: Any) -> int | None:
        found: int | None = session.scalar(select(model.id).where(*conditions).order_by(model.id).limit(1))
        session.commit()
        return found

    # the network

    @rule(again=st.booleans(), calls=st.booleans())
    def a_customer_posts(self, again: bool, calls: bool) -> None:
        post_id = str(next(self.numbers) + 500)
        with self.present() as at:
            self.network.posts[post_id] = [post_id]
            if not calls:
                self.network.uncalled.add(post_id)
            post = self.network.post(post_id)
            self.network.note("post", post.author.handle, post_id, at, text=post.text)
            for _each in range(1 + again):
                with unit_of_work():
                    mentions.capture(Batch([post], "", more=False), connection_id=self.connection_id, at=at)

    @rule(mood=st.sampled_from(sorted(MOODS)))
    def the_network_changes_its_mood(self, mood: str) -> None:
        self.network.mood = mood

    @rule(which=st.integers(0, 5), noticed=st.booleans())
    def a_customer_deletes_a_post(self, which: int, noticed: bool) -> None:
        standing = [one for one in self.network.posts if one not in self.network.gone]
        if which < len(standing):
            with self.present() as at:
                self.network.gone.add(standing[which])
                self.network.note("delete", f"c{standing[which]}", standing[which], at)
                self._notice(standing[which], noticed)

    @rule(which=st.integers(0, 5), noticed=st.booleans())
    def a_customer_edits_a_post(self, which: int, noticed: bool) -> None:
        standing = [one for one in self.network.posts if one not in self.network.gone]
        if which < len(standing):
            with self.present() as at:
                first_id, new_id = standing[which], str(next(self.numbers) + 100_000)
                self.network.posts[first_id].append(new_id)
                self.network.note("edit", f"c{first_id}", new_id, at, first_id=first_id)
                self._notice(first_id, noticed)

    def _notice(self, post_id: str, noticed: bool) -> None:
        """What we do not notice at once is found out by the look before an answer is sent."""
        if noticed:
            with suppress(ChannelError):
                lookups.look_up(self.network, {post_id}, connection_id=self.connection_id)  # type: ignore[arg-type]

    # people

    @rule(who=st.integers(0, 1))
    def an_advocate_claims(self, who: int) -> None:
        with self.present() as at, suppress(DomainError):
            mention_id = self.one(Mention, Mention.status.in_((MentionStatus.OPEN, MentionStatus.BY_HAND)))
            if mention_id is not None:
                with unit_of_work():
                    feed.claim(mention_id=mention_id, advocate_id=self.advocates[who], at=at)

    @rule()
    def an_advocate_sends(self) -> None:
        with self.present() as at, suppress(DomainError):
            held = session.execute(
                select(Claim.mention_id, Claim.advocate_id).where(Claim.ended_at.is_(None)).limit(1)
            ).first()
            session.commit()
            if held is None:
                return
            with unit_of_work():
                advocate = session.get_one(Advocate, held.advocate_id)
                reply = replies.start(mention_id=held.mention_id, advocate=advocate, at=at)
                typed = Typed(f"Boil it with vinegar, twice. Number {held.mention_id}.", page="p")
                replies.submit(reply=reply, advocate=advocate, typed=typed, signature="Ada", network="x", at=at)

    @rule(who=st.integers(0, 1), verb=st.sampled_from(["approve", "approve", "edit", "reject", "undo"]))
    def a_moderator_decides(self, who: int, verb: str) -> None:
        by = self.moderators[who]
        with self.present() as at, suppress(DomainError):
            wanted = ReplyStatus.APPROVED if verb == "undo" else ReplyStatus.SUBMITTED
            reply_id = self.one(Reply, Reply.status == wanted)
            if reply_id is None:
                return
            newest = select(ReplyVersion.id).where(ReplyVersion.reply_id == reply_id).order_by(ReplyVersion.id.desc())
            named = {"reply_id": reply_id, "version_id": session.scalars(newest.limit(1)).one(), "by": by, "at": at}
            seen = session.get_one(Mention, session.get_one(Reply, reply_id).mention_id).edition
            session.commit()
            with unit_of_work():
                if verb == "approve":
                    reviews.approve(**named, edition=seen, undo_lasts=timedelta(seconds=10))
                elif verb == "edit":
                    text = "Boil it with vinegar, then rinse it twice."
                    reviews.approve_edited(**named, edition=seen, text=text, undo_lasts=timedelta(seconds=10))
                elif verb == "reject":
                    reviews.reject(**named, note="No")
                else:
                    reviews.undo(reply_id=reply_id, by=by, at=at)

    @rule(scope=st.sampled_from([HoldScope.EVERYTHING, HoldScope.CROWD]))
    def somebody_pulls_the_cord(self, scope: HoldScope) -> None:
        with self.present() as at, suppress(DomainError), unit_of_work():
            cord.pull(scope=scope, reason="Recall", by=self.moderators[0], at=at)

    @rule(who=st.integers(0, 1), offer=st.sampled_from(ResumeOffer))
    def an_admin_lets_it_go(self, who: int, offer: ResumeOffer) -> None:
        with self.present() as at, suppress(DomainError):
            hold_id = self.one(Hold, Hold.released_at.is_(None))
            if hold_id is not None:
                with unit_of_work():
                    publishing.release_cord(hold_id=hold_id, offer=offer, by=self.admins[who], at=at)

    @rule(who=st.integers(0, 1), verb=st.sampled_from(["absent", "again"]))
    def staff_settle_what_nobody_knows(self, who: int, verb: str) -> None:
        with self.present() as at, suppress(DomainError):
            wanted = PublicationStatus.UNKNOWN if verb == "absent" else PublicationStatus.ABSENT
            publication_id = self.one(Publication, Publication.status == wanted)
            if publication_id is None or self._is_public(publication_id):
                return  # a person has eyes: they do not call absent what stands there
            settle = publishing.settle_as_absent if verb == "absent" else publishing.send_again
            with unit_of_work():
                settle(publication_id=publication_id, by=self.staff[who], at=at)

    @rule(who=st.integers(0, 1))
    def staff_take_a_reply_back(self, who: int) -> None:
        with self.present() as at, suppress(DomainError):
            publication_id = self.one(Publication, Publication.status == PublicationStatus.SENT)
            if publication_id is not None:
                with unit_of_work():
                    by = self.staff[who]
                    publishing.ask_removal(publication_id=publication_id, because="A mistake", by=by, at=at)

    @rule(who=st.integers(0, 1))
    def staff_let_it_stand_after_all(self, who: int) -> None:
        with self.present() as at, suppress(DomainError):
            publication_id = self.one(Publication, Publication.retract_asked_at.is_not(None))
            if publication_id is not None:
                with unit_of_work():
                    publishing.withdraw_removal(publication_id=publication_id, by=self.staff[who], at=at)

    # what is posted by hand

    def _in_hand(self) -> Publication | None:
        found = session.scalars(
            select(Publication).where(Publication.status == PublicationStatus.HANDED_OUT).order_by(Publication.id)
        ).first()
        session.commit()
        return found

    def _ours_under(self, publication: Publication) -> str | None:
        """Return our own post that stands under the one a publication answers: a person sees it before anything else."""
        target = self._version_of(publication).target_external_id
        editions = next(found for found in self.network.posts.values() if target in found)
        standing = self.network.own_posts(BEGIN)
        return next((post.this.id for post in standing if post.parent and post.parent.id in editions), None)

    @staticmethod
    def _version_of(publication: Publication) -> ReplyVersion:
        version = session.get_one(ReplyVersion, publication.reply_version_id)
        session.commit()
        return version

    @rule(who=st.integers(0, 1), brings=st.booleans())
    def staff_post_by_hand(self, who: int, brings: bool) -> None:
        with self.present() as at:
            publication = self._in_hand()
            if publication is not None and self._ours_under(publication) is None:
                version, post_id = self._version_of(publication), str(next(self.network.numbers))
                said = {"reply_to": version.target_external_id, "text": version.posted_text}
                self.network.note("post", BRAND, post_id, at, **said)
        if brings:
            self.staff_bring_the_link(who)

    @rule(who=st.integers(0, 1))
    def staff_bring_the_link(self, who: int) -> None:
        with self.present() as at, suppress(DomainError):
            publication = self._in_hand()
            post_id = self._ours_under(publication) if publication is not None else None
            if publication is None or post_id is None:
                return
            named = {"publication_id": publication.id, "by": self.staff[who]}
            link = f"https://x.com/{BRAND}/status/{post_id}"
            seen = publishing.pasted(**named, link=link).look()  # type: ignore[arg-type]
            session.commit()
            with unit_of_work():
                publishing.link_back(**named, seen=seen, link=link, at=at)  # type: ignore[arg-type]

    @rule(who=st.integers(0, 1))
    def staff_give_it_back(self, who: int) -> None:
        with self.present() as at, suppress(DomainError):
            publication = self._in_hand()
            if publication is None or self._ours_under(publication) is not None:
                return
            with unit_of_work():
                named = {"publication_id": publication.id, "by": self.staff[who]}
                publishing.return_from_hand(**named, because="Not needed", at=at)  # type: ignore[arg-type]

    @rule()
    def our_own_posts_are_heard(self) -> None:
        with self.present() as at, unit_of_work():
            batch = Batch(self.network.own_posts(BEGIN), "", more=False)
            mentions.capture(batch, connection_id=self.connection_id, at=at)

    # a database that was put back

    @precondition(lambda self: self.network.own_posts(BEGIN))
    @rule(minutes=st.sampled_from([0, 60]))
    def a_recovery_begins(self, minutes: int) -> None:
        with self.present() as at, suppress(DomainError), unit_of_work():
            start_recovery(lost_from=at - timedelta(minutes=minutes), by_id=self.admins[0].id, at=at)

    @rule(who=st.integers(0, 1))
    def an_admin_ends_the_recovery(self, who: int) -> None:
        with self.present() as at, suppress(DomainError), unit_of_work():
            publishing.end_recovery(by=self.admins[who], at=at)

    @rule(who=st.integers(0, 1))
    def a_moderator_reads_again_what_an_edit_holds(self, who: int) -> None:
        with self.present() as at, suppress(DomainError):
            publication_id = self.one(Publication, Publication.status == PublicationStatus.HELD)
            if publication_id is not None:
                with unit_of_work():
                    publishing.re_review(publication_id=publication_id, by=self.moderators[who], at=at)

    def _is_public(self, publication_id: int) -> bool:
        publication = session.get_one(Publication, publication_id)
        version = session.get_one(ReplyVersion, publication.reply_version_id)
        target, words = version.target_external_id, version.posted_text
        editions = next(found for found in self.network.posts.values() if target in found)
        session.commit()
        return any(line["reply_to"] in editions and line["text"] == words for line in self.network.log)

    # all of them together, for what would seldom come about by chance

    @rule(calls=st.booleans())
    def everybody_does_their_part(self, calls: bool) -> None:
        self.a_customer_posts(again=False, calls=calls)
        self.a_lane_runs("triage")
        self.an_advocate_claims(0)
        self.an_advocate_sends()
        self.a_moderator_decides(0, "approve")
        self.now += timedelta(seconds=11)
        self.a_lane_runs("publishing")

    # our own processes, and their deaths

    @rule(lane=st.sampled_from(["triage", "publishing", "rewards", "sweeps"]))
    def a_lane_runs(self, lane: str) -> None:
        with self.present():
            drain(lane)

    @rule(said=st.booleans())
    def a_publisher_dies(self, said: bool) -> None:
        with self.present() as at:
            row_id = session.scalar(next_ready(at=at))
            session.commit()
            if row_id is None:
                return
            with unit_of_work():
                claimed = publishing.begin(publication_id=row_id, worker="doomed", at=at)
            if claimed is not None and said:
                claimed.say(keep=lambda _outgoing, _prepared: True)

    @rule(seconds=st.sampled_from([1, 11, 40, 100, 400, 1900, 46_000]))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @precondition(lambda self: self.network.mood == "takes it")
    @rule()
    def all_is_looked_after(self) -> None:
        for seconds in (12, 110, 30, 60, 330):
            self.now += timedelta(seconds=seconds)
            with self.present():
                drain("sweeps")
                drain_publishing()

    # what must hold

    @invariant()
    def every_promise_holds(self) -> None:
        with self.present() as at:
            seal_journal()  # as the next sweep would
            # Nothing counts as late here: whether somebody looks after it is a rule of its own.
            facts = read(session.connection(), self.network.log, at=min(at, BEGIN))
            assert check(facts) == []

    @invariant()
    def nothing_leaves_while_a_recovery_is_active(self) -> None:
        active = 0
        watched = ("recovery.started", "recovery.ended", "publication.begun", "publication.handed_out")
        for action in session.scalars(
            select(JournalEntry.action).where(JournalEntry.action.in_(watched)).order_by(JournalEntry.id)
        ):
            active += {"recovery.started": 1, "recovery.ended": -1}.get(action, 0)
            assert not active or action == "recovery.started"
        session.rollback()

    @invariant()
    def no_post_is_answered_twice(self) -> None:
        removed = {line["post_id"] for line in self.network.log if line["action"] == "delete"}
        first = {edition: name for name, editions in self.network.posts.items() for edition in editions}
        said = [line for line in self.network.log if line["actor"] == BRAND and line["action"] == "post"]
        standing = [first[line["reply_to"]] for line in said if line["post_id"] not in removed]
        assert len(standing) == len(set(standing))
        assert self.answered <= {first[line["reply_to"]] for line in said}
        self.answered = set(standing)


@pytest.mark.timeout(1800)
def test_whatever_happens_in_whatever_order_every_promise_holds(engine: Engine) -> None:
    House.engine = engine
    run_state_machine_as_test(
        House,
        settings=settings(
            max_examples=EXAMPLES or 12,
            stateful_step_count=40,
            derandomize=not EXAMPLES,
            deadline=None,
            print_blob=True,
            phases=[Phase.generate, *([Phase.reuse, Phase.shrink] if EXAMPLES else [])],
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_machine_knows_the_way_by_hand_back_and_through_a_recovery(engine: Engine) -> None:
    House.engine = engine
    machine = House()
    try:
        machine.everybody_does_their_part(calls=False)
        machine.staff_post_by_hand(0, brings=True)
        machine.everybody_does_their_part(calls=False)
        machine.staff_post_by_hand(0, brings=False)
        machine.our_own_posts_are_heard()
        machine.everybody_does_their_part(calls=True)
        machine.staff_take_a_reply_back(1)
        machine.a_recovery_begins(60)
        machine.all_is_looked_after()
        for promise in (machine.every_promise_holds, machine.no_post_is_answered_twice):
            promise()
        machine.nothing_leaves_while_a_recovery_is_active()
        journal = set(session.scalars(select(JournalEntry.action)))
    finally:
        machine.teardown()

    assert {"publication.handed_out", "publication.linked_back", "publication.delivered"} <= journal
    assert {"publication.removal_asked", "publication.retracted", "recovery.started", "recovery.ended"} <= journal
