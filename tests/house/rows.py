"""Rows for the addresses of pages: for each argument of a route, real rows and who may know of them.

A route with an argument that is not listed here fails the rights test until somebody says what rows it names and who
sees them. What is written here is the table of ``security`` in other words, on purpose: it is not read from the code.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select

from app.accounts.login import hash_of
from app.accounts.models import LinkPurpose, OneTimeLink, Role, SignIn, User
from app.accounts.permissions import Grade
from app.advocates.models import Advocate, AdvocateStatus
from app.cord.models import Hold, HoldScope
from app.foundation import clock
from app.foundation.db import session
from app.foundation.tasks import TaskKind, open_task
from app.mentions.models import MentionStatus
from app.mentions.types import FeedLane, Route
from app.replies.models import ReplyStatus, ReplyVersion
from tests import factories

NOBODY: frozenset[Grade] = frozenset()
EVERYBODY = frozenset(Grade)
CROWD = frozenset({Grade.ADVOCATE, Grade.TRUSTED})
TEAM = frozenset({Grade.MODERATOR, Grade.STAFF, Grade.ADMIN})
STAFF = frozenset({Grade.STAFF, Grade.ADMIN})


@dataclass(frozen=True)
class Somebody:
    """Who asks: a row, and the column of the table that counts for them; None for a suspended advocate.

    ``also`` is a second column, of somebody with two roles: their rights add up.
    """

    user: User
    grade: Grade | None
    advocate: Advocate | None
    also: Grade | None = None

    @property
    def grades(self) -> frozenset[Grade]:
        """Every column that counts."""
        return frozenset(grade for grade in (self.grade, self.also) if grade)


@dataclass(frozen=True)
class RowCase:
    """One kind of row that an argument may name.

    ``make`` makes one for whoever asks and returns what stands in the address, or None where such a person can have
    none. ``seen_by`` are the grades that may know of it; on a row of ``own`` it is they themselves. ``mine`` says that
    rows of this kind belong to somebody, so that a right on one's own does not reach it.
    """

    name: str
    make: Callable[[Somebody], int | str | None]
    seen_by: frozenset[Grade]
    own: bool = False
    mine: bool = False
    #: The endpoints it is for; all of them, if none is named.
    only: frozenset[str] = frozenset()
    #: Rooms whose pages do not show such rows to anybody.
    not_in: frozenset[str] = frozenset()


CAST: dict[str, Callable[[], Somebody]] = {}


def _member(name: str, grade: Grade | None, *, role: Role, status: AdvocateStatus | None = None) -> None:
    def make() -> Somebody:
        if status is None:
            return Somebody(factories.make_user(role), grade, None)
        advocate = factories.make_advocate(status)
        return Somebody(advocate.user, grade, advocate)

    CAST[name] = make


_member("applicant", Grade.APPLICANT, role=Role.ADVOCATE, status=AdvocateStatus.APPLIED)
_member("advocate", Grade.ADVOCATE, role=Role.ADVOCATE, status=AdvocateStatus.PROBATION)
_member("trusted", Grade.TRUSTED, role=Role.ADVOCATE, status=AdvocateStatus.TRUSTED)
_member("moderator", Grade.MODERATOR, role=Role.MODERATOR)
_member("staff", Grade.STAFF, role=Role.STAFF)
_member("admin", Grade.ADMIN, role=Role.ADMIN)
_member("suspended", None, role=Role.ADVOCATE, status=AdvocateStatus.SUSPENDED)


def _advocate_on_the_staff() -> Somebody:
    advocate = factories.make_advocate(user=factories.make_user(Role.ADVOCATE, Role.STAFF))
    return Somebody(advocate.user, Grade.ADVOCATE, advocate, also=Grade.STAFF)


CAST["advocate on the staff"] = _advocate_on_the_staff


def _link(purpose: LinkPurpose, key: str = "") -> OneTimeLink:
    now = clock.now()
    email = factories.make_user().email if purpose is LinkPurpose.PASSWORD_RESET else f"{now.timestamp()}@example.org"
    link = OneTimeLink(
        key_hash=hash_of(key or f"{now.timestamp()}"),
        purpose=purpose,
        email=email,
        roles="advocate",
        created_at=now,
        expires_at=now + timedelta(minutes=30),
    )
    session.add(link)
    session.commit()
    return link


def _key(purpose: LinkPurpose) -> str:
    key = f"key{clock.now().timestamp()}"
    _link(purpose, key)
    return key


def _sign_in_of(user: User) -> int:
    key = factories.make_sign_in(user)
    return session.query(SignIn.id).filter_by(key_hash=hash_of(key)).scalar()


def _hold() -> int:
    """Return the number of a pulled cord, the one there is or a new one."""
    held = session.scalar(select(Hold.id).where(Hold.released_at.is_(None)))
    if held is not None:
        return held
    puller = factories.make_user(Role.STAFF)
    hold = Hold(
        scope=HoldScope.CROWD,
        is_incident=True,
        reason="Trial",
        pulled_by_id=puller.id,
        pulled_by_name=puller.name,
        pulled_at=clock.now(),
    )
    session.add(hold)
    session.commit()
    return hold.id


def _alarm(_who: Somebody) -> int:
    task = open_task(TaskKind.ALARM, subject=factories.make_user(Role.ADVOCATE), message="Look", at=clock.now())
    session.commit()
    return task.id


def _spike(_who: Somebody) -> int:
    return factories.make_spike(series_key=f"of a trial {clock.now().timestamp()}").id


def _staff_mention(_who: Somebody) -> int:
    return factories.make_mention(status=MentionStatus.ESCALATED, route=Route.STAFF_ANGRY, feed_lane=None).id


def _safety_mention(_who: Somebody) -> int:
    mention = factories.make_mention(status=MentionStatus.ESCALATED, route=Route.STAFF_SENSITIVE, feed_lane=None)
    factories.make_case(mention=mention, safety=True, sensitive=True)
    return mention.id


def _own_claim(who: Somebody) -> int | None:
    return factories.make_claim(advocate=who.advocate).id if who.advocate else None


def _own_handle(who: Somebody) -> str | None:
    return who.user.handle if who.grade in CROWD else None


#: By the argument's name in the route.
ROWS: dict[str, tuple[RowCase, ...]] = {
    "mention_id": (
        RowCase("on the feed", lambda who: factories.make_mention().id, CROWD | TEAM),
        RowCase("saying hello", lambda who: factories.make_mention(feed_lane=FeedLane.HELLO).id, CROWD | TEAM),
        RowCase("in a staff lane", _staff_mention, TEAM, not_in=frozenset({"feed"})),
        RowCase("with a safety case", _safety_mention, STAFF, not_in=frozenset({"feed"})),
    ),
    "claim_id": (
        RowCase("own", _own_claim, EVERYBODY, own=True, mine=True),
        RowCase(
            "another's", lambda who: factories.make_claim().id, frozenset({Grade.MODERATOR, Grade.STAFF}), mine=True
        ),
    ),
    "case_id": (
        RowCase("plain", lambda who: factories.make_case().id, TEAM),
        RowCase("tagged safety", lambda who: factories.make_case(safety=True, sensitive=True).id, STAFF),
    ),
    "connection_id": (RowCase("any", lambda who: factories.make_connection().id, TEAM),),
    "search_id": (RowCase("any", lambda who: factories.make_search().id, TEAM),),
    "rule_key": (RowCase("any", lambda who: factories.make_rule(), TEAM),),
    "dry_run_id": (RowCase("any", lambda who: factories.make_dry_run().id, TEAM),),
    "user_id": (
        RowCase("own", lambda who: who.user.id, EVERYBODY, own=True, mine=True),
        RowCase("another's", lambda who: factories.make_user().id, TEAM, mine=True),
    ),
    "advocate_id": (
        RowCase("own", lambda who: who.advocate.id if who.advocate else None, EVERYBODY, own=True, mine=True),
        RowCase("another's", lambda who: factories.make_advocate().id, TEAM, mine=True),
    ),
    "sign_in_id": (
        RowCase("own", lambda who: _sign_in_of(who.user), EVERYBODY, own=True, mine=True),
        RowCase("another's", lambda who: _sign_in_of(factories.make_user()), NOBODY, mine=True),
    ),
    "link_id": (
        RowCase("an invitation", lambda who: _link(LinkPurpose.INVITATION).id, frozenset({Grade.ADMIN})),
        RowCase("a reset", lambda who: _link(LinkPurpose.PASSWORD_RESET).id, NOBODY),
    ),
    "key": (
        RowCase(
            "an invitation's",
            lambda who: _key(LinkPurpose.INVITATION),
            EVERYBODY,
            only=frozenset({"advocates.join", "advocates.create_member"}),
        ),
        RowCase(
            "a reset's",
            lambda who: _key(LinkPurpose.PASSWORD_RESET),
            EVERYBODY,
            only=frozenset({"accounts.reset", "accounts.create_password"}),
        ),
    ),
    "spike_id": (RowCase("any", _spike, TEAM),),
    "task_id": (RowCase("an alarm", _alarm, TEAM),),
    "handle": (
        RowCase("own", _own_handle, EVERYBODY, own=True, mine=True),
        RowCase("another's", lambda who: factories.make_advocate().user.handle, CROWD | TEAM, mine=True),
    ),
    "reply_id": (
        RowCase("own", lambda who: factories.make_reply(writer=who.user).id, EVERYBODY, own=True, mine=True),
        RowCase("another's", lambda who: factories.make_reply().id, TEAM, mine=True),
        RowCase(
            "another's draft",
            lambda who: factories.make_reply(ReplyStatus.DRAFT).id,
            TEAM,
            mine=True,
            not_in=frozenset({"reviews"}),
        ),
    ),
    "publication_id": (
        RowCase(
            "own",
            lambda who: (
                factories.make_publication(reply=factories.make_reply(ReplyStatus.APPROVED, writer=who.user)).id
            ),
            EVERYBODY,
            own=True,
            mine=True,
        ),
        RowCase("another's", lambda who: factories.make_publication().id, TEAM, mine=True),
    ),
}

Values = dict[str, int | str]


def _decision(values: Values) -> dict[str, str]:
    """Return a moderator's decision on the version there is."""
    reply_id = values["reply_id"]
    version = session.scalar(select(func.max(ReplyVersion.id)).where(ReplyVersion.reply_id == reply_id))
    return {"version_id": str(version)}


def _decision_with_note(values: Values) -> dict[str, str]:
    return _decision(values) | {"note": "Say which vinegar."}


#: What a form must hold for its route to come to a decision; others are sent empty.
BODIES: dict[str, Callable[[Values], dict[str, str]]] = {
    "reviews.approve": _decision,
    "reviews.return_for_changes": _decision_with_note,
    "reviews.reject": _decision_with_note,
    "reviews.escalate": _decision_with_note,
    "reviews.save_edit": lambda values: _decision(values) | {"text": "Two spoons of vinegar, then rinse."},
    "replies.check_text": lambda values: {"mention_id": str(factories.make_mention().id), "text": "Hello"},
    "advocates.suspend": lambda values: {"reason": "words"},
    "advocates.give_role": lambda values: {"role": "staff"},
    "advocates.take_role": lambda values: {"role": "advocate"},
    "accounts.change_me": lambda values: {"name": "Somebody", "language": "en"},
    "triage.decide": lambda values: {"place": "staff"},
    "publishing.return_from_hand": lambda values: {"reason": "The customer was helped already."},
    "publishing.retract": lambda values: {"reason": "It names a person."},
    "publishing.wish_removal": lambda values: {"reason": "I mixed up two kettles."},
    "publishing.release": lambda values: {"hold_id": str(_hold()), "offer": "SEND_FRESH"},
    "publishing.word_line": lambda values: {"hold_id": str(_hold()), "line": "We are looking into it."},
    "publishing.withdraw": lambda values: {"hold_id": str(_hold())},
}

#: Where the answer is the same whether or not there is such a row: "nothing to show here".
SAYS_NOTHING = frozenset({"feed.card", "feed.take_up_again"})
#: Public, and there only in the demo.
ONLY_IN_DEMO = frozenset({"accounts.create_demo_sign_in"})

#: Looking at one's own reply, or noting something on it, decides nothing about it.
DECIDES_NOTHING = frozenset({"reviews.add_note", "reviews.check_edit", "reviews.open_item"})

#: Where somebody who may is told, of such a row, that there is nothing to do. Nobody else is ever answered with 409.
MAY_BE_TOO_LATE = frozenset(
    {
        # The rows stand elsewhere in their lifecycle, or hold what is given already.
        "advocates.confirm",
        "advocates.demote",
        "advocates.give_admin",
        "advocates.promote",
        "advocates.reactivate",
        "advocates.reinstate",
        "advocates.take_role",
        "advocates.withdraw_admin",
        "desk.answer_anew",
        "desk.let_be",
        "desk.put_on_feed",
        "publishing.re_review",
        "triage.decide",
        "publishing.link_back",
        "publishing.retract",
        "publishing.end_recovery",
        "publishing.return_from_hand",
        "publishing.return_refused",
        "publishing.send_again",
        "publishing.settle_as_absent",
        "publishing.settle_as_seen",
        "publishing.settle_forgotten",
        "publishing.wish_removal",
        "publishing.withdraw",
        "publishing.withdraw_end",
        "publishing.withdraw_retract",
        "triage.put_in_force",
        "replies.keep",
        "replies.recall",
        # There is nothing to take back.
        "desk.undo",
        "reviews.undo",
        "triage.undo",
    }
)

#: Where a grade that holds the right is told, in words, that this way of using it is not theirs.
NOT_THEIRS: dict[str, frozenset[Grade]] = {
    # Staff write replies too, but on cases; the feed's posts are claimed and answered by advocates.
    "replies.edit": frozenset({Grade.STAFF}),
    "replies.claim_bar": frozenset({Grade.STAFF}),
    "replies.keep": frozenset({Grade.STAFF}),
    "replies.send": frozenset({Grade.STAFF}),
    "replies.check_text": frozenset({Grade.STAFF}),
    # And who holds no claim on a post is told to claim it first, whatever post it is.
    "replies.send_new": CROWD | {Grade.STAFF},
    "replies.keep_new": CROWD | {Grade.STAFF},
    # The team stops another's reply on its own pages, not on the writer's.
    "replies.recall": TEAM,
    "replies.withdraw": TEAM,
    # Admins give the second approval alone.
    "reviews.approve": frozenset({Grade.ADMIN}),
    # Nobody closes the account they are signed in with.
    "advocates.deactivate": frozenset({Grade.ADMIN}),
    # Moderators and staff move posts to staff by other pages; a claim is handed over by whoever holds it.
    "replies.ask_hand_over": frozenset({Grade.MODERATOR, Grade.STAFF, Grade.ADMIN}),
    "replies.hand_over": frozenset({Grade.MODERATOR, Grade.STAFF, Grade.ADMIN}),
}
