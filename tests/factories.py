"""Rows for tests: each function makes one, committed, with everything it stands on; overrides are column values.

The cast: Ada (trusted advocate), Ben (on probation), Mo (moderator), Sol (staff), Ana (admin).
"""

import itertools
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app.accounts.login import LASTS_ADVOCATE, hash_of
from app.accounts.models import Role, RoleGrant, SignIn, User
from app.accounts.permissions import Person, grades_of
from app.advocates.models import Advocate, AdvocateStatus
from app.cases.models import Case
from app.channels.models import Connection, Destination, SavedSearch
from app.feed.models import Claim
from app.foundation import clock
from app.foundation.db import Base, session
from app.mentions.models import Author, Conversation, Mention, MentionStatus, ThreadPost
from app.mentions.types import FeedLane, Kind, Route
from app.publishing.approval import approval_hash
from app.publishing.models import Publication, PublicationStatus
from app.replies.models import Reply, ReplyKind, ReplyStatus, ReplyVersion
from app.rewards.models import Season
from app.spikes.models import Spike
from app.spikes.sorts import Sort
from app.triage.models import Doubt, DryRun, Label, RuleBook, SortingOutlook, TriageVerdict
from app.triage.rules.book import Act, Change, after, with_new
from app.triage.rules.types import Then, Way, When, Wording, plain_rules, rules_from_plain
from app.triage.sorting.ladder import Step
from app.triage.types import Said, Source, Worth

#: A Thursday afternoon; tests that need a fixed present use it.
NOW = datetime(2026, 11, 12, 14, 0, tzinfo=UTC)
FOR_EVER = NOW + timedelta(days=3650)
_numbers = itertools.count(1)
Row = TypeVar("Row", bound=Base)


def _saved(row: Row) -> Row:
    session.add(row)
    session.commit()
    return row


def make_user(*roles: Role, **overrides: Any) -> User:
    n = next(_numbers)
    values: dict[str, Any] = {
        "email": f"person{n}@example.org",
        "handle": f"person{n}",
        "name": f"Person {n}",
        "password_hash": "!",
        "created_at": NOW - timedelta(days=90),
    }
    user = _saved(User(**(values | overrides)))
    for role in roles:
        _saved(RoleGrant(user_id=user.id, role=role, granted_at=NOW - timedelta(days=90)))
    return session.scalars(select(User).where(User.id == user.id).options(selectinload(User.grants))).one()


def make_sign_in(user: User, **overrides: Any) -> str:
    """Make a live sign-in and return the key that a browser would hold."""
    key, now = secrets.token_urlsafe(32), clock.now()
    values: dict[str, Any] = {
        "key_hash": hash_of(key),
        "user_id": user.id,
        "started_at": now,
        "seen_at": now,
        "expires_at": now + LASTS_ADVOCATE,
    }
    _saved(SignIn(**(values | overrides)))
    return key


def make_advocate(status: AdvocateStatus = AdvocateStatus.MEMBER, **overrides: Any) -> Advocate:
    n = next(_numbers)
    user = overrides.pop("user", None) or make_user(Role.ADVOCATE, name=f"Advocate {n}", handle=f"advocate{n}")
    values: dict[str, Any] = {
        "user_id": user.id,
        "status": status,
        "signs_as": user.name.split()[0],
        "joined_at": NOW - timedelta(days=60),
    }
    advocate = _saved(Advocate(**(values | overrides)))
    advocate.user = user
    session.commit()
    return advocate


def ada() -> Advocate:
    return make_advocate(AdvocateStatus.TRUSTED, user=make_user(Role.ADVOCATE, name="Ada Ames", handle="ada"))


def ben() -> Advocate:
    return make_advocate(AdvocateStatus.PROBATION, user=make_user(Role.ADVOCATE, name="Ben Boon", handle="ben"))


def mo() -> User:
    return make_user(Role.MODERATOR, name="Mo Marsh", handle="mo")


def sol() -> User:
    return make_user(Role.STAFF, name="Sol Stern", handle="sol")


def ana() -> User:
    return make_user(Role.ADMIN, name="Ana Abbot", handle="ana")


def person(user: User) -> Person:
    """Return the value that stands for ``user`` at the edge."""
    roles = frozenset(session.scalars(select(RoleGrant.role).where(RoleGrant.user_id == user.id)))
    return Person(
        id=user.id,
        handle=user.handle,
        name=user.name,
        email=user.email,
        language=user.language,
        roles=roles,
        grades=grades_of(user.id, roles),
    )


def make_connection(**overrides: Any) -> Connection:
    n = next(_numbers)
    values: dict[str, Any] = {
        "kind": "x",
        "external_id": str(9000 + n),
        "handle": "NorthwindKettle",
        "base_url": "http://127.0.0.1:1",
        "connected_at": NOW - timedelta(days=60),
        "poll_seconds": 1,
    }
    tokens = overrides.pop("tokens", {"access_token": "token", "refresh_token": "again"})
    connection = Connection(**(values | overrides))
    connection.store_secrets(tokens)
    return _saved(connection)


def make_search(**overrides: Any) -> SavedSearch:
    n = next(_numbers)
    connection = overrides.pop("connection", None) or make_connection()
    values: dict[str, Any] = {
        "connection_id": connection.id,
        "name": f"Search {n}",
        "query": "kettle",
        "destination": Destination.CROWD,
    }
    return _saved(SavedSearch(**(values | overrides)))


def make_author(**overrides: Any) -> Author:
    n = next(_numbers)
    connection = overrides.pop("connection", None) or make_connection()
    values: dict[str, Any] = {
        "connection_id": connection.id,
        "external_id": str(5000 + n),
        "handle": f"customer{n}",
        "name": f"Customer {n}",
        "followers": 100,
        "seen_at": NOW,
    }
    return _saved(Author(**(values | overrides)))


def make_mention(**overrides: Any) -> Mention:
    """Make a question that is open on the feed, unless told otherwise."""
    n = next(_numbers)
    connection = overrides.pop("connection", None) or make_connection()
    author = overrides.pop("author", None) or make_author(connection=connection)
    external_id = overrides.pop("external_id", str(1_700_000_000_000_000_000 + n))
    conversation = _saved(Conversation(connection_id=connection.id, external_id=external_id))
    text = overrides.pop("text", "@NorthwindKettle how do I descale the K2?")
    values: dict[str, Any] = {
        "connection_id": connection.id,
        "external_id": external_id,
        "author_id": author.id,
        "conversation_id": conversation.id,
        "text": text,
        "masked_text": text,
        "url": f"http://127.0.0.1:1/{author.handle}/status/{external_id}",
        "language": "en",
        "posted_at": NOW - timedelta(minutes=10),
        "heard_at": NOW - timedelta(minutes=9),
        "checked_at": NOW - timedelta(minutes=9),
        "status": MentionStatus.OPEN,
        "route": Route.COMMUNITY,
        "kind": Kind.QUESTION,
        "feed_lane": FeedLane.QUESTIONS,
        "topic": "descaling",
        "mood": 0.0,
        "priority": 20,
    }
    return _saved(Mention(**(values | overrides)))


def make_sibling(mention: Mention, **overrides: Any) -> Mention:
    """Make another mention in the thread of ``mention``."""
    connection = session.get_one(Connection, mention.connection_id)
    return make_mention(connection=connection, conversation_id=mention.conversation_id, **overrides)


def make_thread_post(mention: Mention, **overrides: Any) -> ThreadPost:
    """Make a stranger's post in the thread of ``mention``."""
    values: dict[str, Any] = {
        "connection_id": mention.connection_id,
        "conversation_id": mention.conversation_id,
        "external_id": str(1_600_000_000_000_000_000 + next(_numbers)),
        "author_handle": "stranger",
        "author_name": "A stranger",
        "text": "My kettle sings",
        "posted_at": NOW - timedelta(minutes=20),
        "checked_at": NOW - timedelta(minutes=9),
    }
    return _saved(ThreadPost(**(values | overrides)))


def make_verdict(mention: Mention, **overrides: Any) -> TriageVerdict:
    values: dict[str, Any] = {
        "mention_id": mention.id,
        "route": mention.route,
        "kind": mention.kind,
        "band": "sure",
        "anger": 0.1,
        "mood": 0.0,
        "priority": mention.priority,
        "decided_at": NOW,
    }
    return _saved(TriageVerdict(**(values | overrides)))


def make_rule(name: str = "", *, is_on: bool = False, when: When | None = None, then: Then | None = None) -> int:
    """Write a rule of the brand at the end of the list, and return its key."""
    newest = session.scalars(select(RuleBook).order_by(RuleBook.number.desc()).limit(1)).first()
    number = newest.number + 1 if newest else 1
    wording = Wording(name or f"Rule {number}", when or When(words=("vinegar",)), then or Then(way=Way.MARKETING))
    rules = with_new(rules_from_plain(newest.rules) if newest else (), wording, key=number, version=number)
    rules = after(rules, Change(Act.SWITCHED_ON, number)) if is_on else rules
    _saved(RuleBook(number=number, rules=plain_rules(rules), act=Act.ADDED, key=number, made_at=NOW))
    return number


def make_dry_run(**overrides: Any) -> DryRun:
    """Make a dry run of switching a rule on, that found nothing."""
    maker = overrides.pop("maker", None) or make_user(Role.ADMIN)
    values: dict[str, Any] = {
        "act": Act.SWITCHED_ON,
        "key": overrides.pop("key", None) or make_rule(),
        "before": [],
        "after": [],
        "posts": 0,
        "reaches_back_to": clock.now(),
        "is_whole": True,
        "decided": 0,
        "kept": 0,
        "moves": [],
        "marked": 0,
        "changes": [],
        "made_by_id": maker.id,
        "made_at": clock.now(),
    }
    return _saved(DryRun(**(values | overrides)))


def make_spike(**overrides: Any) -> Spike:
    """Make a spike of angry posts that lasts, unless told otherwise."""
    values: dict[str, Any] = {
        "sort": Sort.ANGRY,
        "noticed_at": NOW,
        "seen_at": NOW,
        "heard": 40,
        "minutes": 14,
        "usual": 3.2,
        "peak": 172,
        "from_verdict_id": 0,
    }
    spike = Spike(**(values | overrides))
    spike.series_key = overrides.get("series_key", spike.series.key)
    return _saved(spike)


def make_label(**overrides: Any) -> Label:
    """Make a listener's word that a question is staff's, and the verdict it corrects."""
    mention = overrides.pop("mention", None) or make_mention(connection=overrides.pop("connection", None))
    make_verdict(mention, band="unsure", reasons=[["community.answerable", ""]])
    values: dict[str, Any] = {
        "mention_id": mention.id,
        "said_route": Said.STAFF,
        "source": Source.LISTENER,
        "said_at": NOW,
        "route": mention.route,
        "band": "unsure",
        "reason": "community.answerable",
        "scores": {"anger": 0.05, "sensitive": 0.2, "technical": 0.1},
        "cues": ["question.how"],
        "learnable": True,
    }
    if "by_id" not in overrides:
        overrides["by_id"] = make_user(Role.STAFF).id
    return _saved(Label(**(values | overrides)))


def make_outlook(**overrides: Any) -> SortingOutlook:
    """Make an outlook on sorting of a week in which nobody wrote, unless told otherwise."""
    nobody = {name: [0, 0] for name in ("staff", "angry", "sensitive", "staffs")}
    steps = {str(step.value): nobody for step in Step}
    values: dict[str, Any] = {
        "made_at": clock.now(),
        "version": 0,
        "posts": 0,
        "read": 0,
        "is_whole": True,
        "steps": {"plain": steps, "in_force": steps, "proposed": steps},
        "weeks": [],
        "tallies": {"reasons": {}, "rules": {}, "cues": {}},
        "shifts": {},
        "learnt_from": {"angry": 0, "sensitive": 0, "technical": 0},
    }
    return _saved(SortingOutlook(**(values | overrides)))


def make_doubt(**overrides: Any) -> Doubt:
    """Make a post that waits for a listener; triage would give it to staff, and hardly."""
    lately = clock.now() - timedelta(minutes=1)
    mention = overrides.pop("mention", None) or make_mention(
        status=MentionStatus.UNSURE,
        route=Route.STAFF_TECHNICAL,
        feed_lane=None,
        text="@NorthwindKettle my K2 clicks off too early. Is that a known fault?",
        posted_at=lately,
        heard_at=lately,
        checked_at=lately,
    )
    make_verdict(
        mention, band="unsure", confidence=0.56, reasons=[["need.technical", ""], ["technical.outage", "known fault"]]
    )
    values: dict[str, Any] = {
        "mention_id": mention.id,
        "worth": Worth.MAY_BE_THE_CROWDS.value,
        "route": mention.route,
        "lane": mention.feed_lane,
        "asked_at": lately,
    }
    return _saved(Doubt(**(values | overrides)))


def make_claim(**overrides: Any) -> Claim:
    """Make a live claim; its mention is set to CLAIMED."""
    advocate = overrides.pop("advocate", None) or make_advocate()
    mention = overrides.pop("mention", None) or make_mention(status=MentionStatus.CLAIMED)
    values: dict[str, Any] = {
        "mention_id": mention.id,
        "advocate_id": advocate.id,
        "claimed_at": NOW,
        "expires_at": NOW + timedelta(minutes=10),
    }
    return _saved(Claim(**(values | overrides)))


def make_reply(status: ReplyStatus = ReplyStatus.SUBMITTED, **overrides: Any) -> Reply:
    """Make a reply with one version, sealed unless it is a draft; the mention is put where such a reply has it.

    Its network has always just shown the post.
    """
    writer = overrides.pop("writer", None) or make_advocate().user
    mention_status = MentionStatus.CLAIMED if status in {"DRAFT", "RETURNED"} else MentionStatus.IN_REVIEW
    mention = overrides.pop("mention", None) or make_mention(status=mention_status)
    mention.checked_at = FOR_EVER
    text = overrides.pop("text", "Fill it with equal parts of vinegar and water, boil once, rinse twice.")
    signature = overrides.pop("signature", f"{writer.name.split()[0]}, Crew volunteer")
    values: dict[str, Any] = {
        "mention_id": mention.id,
        "writer_id": writer.id,
        "kind": ReplyKind.COMMUNITY,
        "status": status,
        "started_at": NOW - timedelta(minutes=5),
        "submitted_at": None if status is ReplyStatus.DRAFT else NOW - timedelta(minutes=2),
    }
    reply = _saved(Reply(**(values | overrides)))
    make_version(reply, text=text, signature=signature, sealed=status is not ReplyStatus.DRAFT, mention=mention)
    return reply


def make_version(
    reply: Reply, *, mention: Mention, sealed: bool = True, number: int = 1, **overrides: Any
) -> ReplyVersion:
    values: dict[str, Any] = {
        "reply_id": reply.id,
        "number": number,
        "target_external_id": mention.external_id,
        "editor_id": reply.writer_id,
        "saved_at": NOW - timedelta(minutes=3),
        "sealed_at": NOW - timedelta(minutes=2) if sealed else None,
    }
    return _saved(ReplyVersion(**(values | overrides)))


def make_publication(status: PublicationStatus = PublicationStatus.READY, **overrides: Any) -> Publication:
    """Make a publication of an approved reply, due since a minute."""
    reply = overrides.pop("reply", None) or make_reply(
        ReplyStatus.PUBLISHED if status is PublicationStatus.SENT else ReplyStatus.APPROVED
    )
    mention = session.get_one(Mention, reply.mention_id)
    version = session.scalars(select(ReplyVersion).where(ReplyVersion.reply_id == reply.id)).one()
    approver = overrides.pop("approver", None) or make_user(Role.MODERATOR)
    values: dict[str, Any] = {
        "approval_key": secrets.token_hex(16),
        "approved_by_id": approver.id,
        "approved_at": NOW - timedelta(minutes=1),
        "expires_at": NOW + timedelta(hours=24),
        "kind": reply.kind,
        "mention_id": mention.id,
        "reply_id": reply.id,
        "reply_version_id": version.id,
        "connection_id": mention.connection_id,
        "edition": mention.edition,
        "status": status,
        "next_try_at": NOW - timedelta(minutes=1),
    } | overrides
    approved = approval_hash(
        version=version,
        connection_id=values["connection_id"],
        edition=values["edition"],
        expires_at=values["expires_at"],
    )
    return _saved(Publication(**({"approval_hash": approved} | values)))


def make_case(**overrides: Any) -> Case:
    mention = overrides.pop("mention", None) or make_mention(
        status=MentionStatus.ESCALATED, route=Route.STAFF_ANGRY, feed_lane=None
    )
    values: dict[str, Any] = {"mention_id": mention.id, "reason": "Angry words", "priority": 50, "opened_at": NOW}
    return _saved(Case(**(values | overrides)))


def make_season(**overrides: Any) -> Season:
    values: dict[str, Any] = {
        "name": "Autumn steep",
        "starts_on": NOW.date() - timedelta(days=30),
        "ends_on": NOW.date() + timedelta(days=30),
        "goal_points": 5000,
    }
    return _saved(Season(**(values | overrides)))
