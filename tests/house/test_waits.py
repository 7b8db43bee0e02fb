"""Everything that waits is woken by a sweep, or stands on a page of somebody who must act; nothing waits unseen."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

import app as house
from app.advocates.models import AdvocateStatus
from app.cases.models import CaseStatus
from app.foundation.db import Base
from app.foundation.lanes import Lane
from app.foundation.tasks import TaskKind
from app.mentions.models import MentionStatus
from app.notices.models import NoticeStatus
from app.publishing.models import PublicationStatus
from app.replies.models import ReplyStatus
from app.spikes.models import SpikeStatus
from tests.house.test_lifecycles import LIFECYCLES
from tests.house.test_rights import _settings
from worker.lanes import drainer_of, sweeps


@dataclass(frozen=True)
class Wait:
    """What wakes a row in one state: a drainer or a sweep, the page of those who must act, or both."""

    by: Callable[[], None] | None = None
    page: str = ""


def _drained(lane: Lane) -> Wait:
    return Wait(drainer_of(lane))


#: For a state that waits for nothing any more, though a person may still change their mind about it.
END = Wait()
_M, _R, _P, _C, _A = MentionStatus, ReplyStatus, PublicationStatus, CaseStatus, AdvocateStatus

WAITS: dict[str, dict[object, Wait]] = {
    "mention": {
        _M.RECEIVED: _drained(Lane.TRIAGE),
        _M.UNSURE: Wait(sweeps.stop_waiting_for_listeners, "/listening"),
        _M.OPEN: Wait(sweeps.keep_the_promise, "/feed"),
        _M.BY_HAND: Wait(sweeps.keep_the_promise, "/feed"),
        _M.CLAIMED: Wait(sweeps.expire_claims, "/feed"),
        _M.IN_REVIEW: Wait(sweeps.escalate_unreviewed, "/queue"),
        _M.ESCALATED: Wait(page="/inbox"),
        _M.QUARANTINED: Wait(page="/inbox/set-aside"),
        _M.ANSWERED: END,
        _M.CLOSED: END,
        _M.EXPIRED: END,
        _M.IGNORED: END,
    },
    "reply": {
        _R.DRAFT: Wait(sweeps.expire_claims, "/replies"),
        _R.RETURNED: Wait(sweeps.expire_claims, "/replies"),
        _R.SUBMITTED: Wait(sweeps.escalate_unreviewed, "/queue"),
        _R.APPROVED: _drained(Lane.PUBLISHING),
        _R.FAILED: Wait(page="/publishing"),
        _R.PUBLISHED: _drained(Lane.REWARDS),
        _R.RETRACTED: END,
        _R.REJECTED: END,
        _R.WITHDRAWN: END,
    },
    "publication": {
        _P.READY: _drained(Lane.PUBLISHING),
        _P.WAITING: _drained(Lane.PUBLISHING),
        _P.SENDING: Wait(sweeps.sweep_publishing),
        _P.UNKNOWN: Wait(sweeps.sweep_publishing, "/publishing"),
        _P.ABSENT: Wait(sweeps.sweep_publishing, "/publishing"),
        _P.HELD: Wait(sweeps.sweep_publishing, "/queue/held"),
        _P.HANDED_OUT: Wait(sweeps.sweep_publishing, "/publishing"),
        _P.REFUSED: Wait(page="/publishing"),
        _P.QUARANTINED: Wait(page="/publishing"),
        _P.SENT: _drained(Lane.REWARDS),
        _P.CANCELLED: END,
        _P.EXPIRED: END,
        _P.RETRACTED: END,
        _P.GONE: END,
    },
    "case": {
        _C.OPEN: Wait(page="/inbox"),
        _C.ASSIGNED: Wait(page="/inbox"),
        _C.RESOLVED: END,
        _C.RETURNED: END,
    },
    "notice": {
        NoticeStatus.WAITING: _drained(Lane.NOTICES),
        NoticeStatus.GIVEN_UP: Wait(page="/cord"),
        NoticeStatus.DELIVERED: END,
    },
    "spike": {
        SpikeStatus.OPEN: Wait(sweeps.watch_heard, "/spikes"),
        SpikeStatus.DISMISSED: Wait(sweeps.watch_heard, "/spikes"),
        SpikeStatus.ENDED: END,
    },
    "advocate": {
        _A.APPLIED: Wait(page="/manage/people"),
        _A.PROBATION: END,
        _A.MEMBER: END,
        _A.TRUSTED: END,
        _A.SUSPENDED: END,
        _A.DECLINED: END,
        _A.LEFT: END,
        _A.REMOVED: END,
    },
}

#: Rows that are open until a moment is written on them.
OPEN_ROWS: dict[str, Wait] = {
    "admin_requests": Wait(page="/manage/people"),
    "cases": Wait(page="/inbox"),
    "doubts": Wait(sweeps.stop_waiting_for_listeners, "/listening"),
    "claims": Wait(sweeps.expire_claims, "/feed"),
    "holds": Wait(page="/cord"),
    "journal_checks": Wait(sweeps.check_journal, "/manage/health"),
    "notices": _drained(Lane.NOTICES),
    "recoveries": Wait(page="/publishing"),
    "sign_ins": Wait(page="/me"),
    "spikes": Wait(sweeps.watch_heard, "/spikes"),
}

#: Where each kind of task is shown to those who can settle it.
TASKS: dict[TaskKind, str] = {
    TaskKind.UNKNOWN_SEND: "/publishing",
    TaskKind.REFUSED_SEND: "/publishing",
    TaskKind.HELD_SEND: "/publishing",
    TaskKind.MAY_BE_POSTED: "/publishing",
    TaskKind.WANTS_REMOVAL: "/publishing",
    TaskKind.STUCK_REMOVAL: "/publishing",
    TaskKind.DOUBLED_SEND: "/publishing",
    TaskKind.FORGOTTEN_POST: "/recovery",
    TaskKind.UNREADABLE_PAGE: "/manage/channels",
    TaskKind.RECONNECT: "/manage/channels",
    TaskKind.POISON: "/manage/health",
    TaskKind.STOPPED_PROCESS: "/manage/health",
    TaskKind.JOURNAL: "/manage/health",
    TaskKind.ALARM: "/cord",
    TaskKind.UNTOLD: "/cord",
    TaskKind.BALANCE: "/leaderboard",
}

_ENDS_AT = frozenset({"ended_at", "settled_at", "released_at", "resolved_at"})


def all_waits() -> list[tuple[str, Wait]]:
    states = [(f"{name} {state}", wait) for name, table in WAITS.items() for state, wait in table.items()]
    return states + list(OPEN_ROWS.items())


def test_every_state_of_every_lifecycle_is_in_the_table() -> None:
    known = {lifecycle.name: set(states) for _name, lifecycle, states in LIFECYCLES}  # type: ignore[call-overload]

    assert {name: set(table) for name, table in WAITS.items()} == known


def test_only_a_state_that_waits_for_nothing_has_nobody() -> None:
    """A state from which a program's verb leads on must have something that calls it."""
    by_people_alone = {"reopen", "reopen_by_hand", "retract", "reinstate", "suspend", "leave", "remove", "decline"}
    by_people_alone |= {"confirm", "promote", "demote", "accept", "take_up_again", "doubt_again"}
    by_what_is_heard = {"vanish", "hear_again"}
    unwoken = {
        f"{lifecycle.name} {state}"
        for _name, lifecycle, states in LIFECYCLES
        for state in states  # type: ignore[attr-defined]
        if WAITS[lifecycle.name][state] == END
        and {verb for verb, (froms, _to) in lifecycle.moves.items() if state in froms}
        - by_people_alone
        - by_what_is_heard
    }

    assert unwoken == set()


@pytest.mark.parametrize(("name", "wait"), all_waits(), ids=[name for name, _wait in all_waits()])
def test_what_is_said_to_wake_it_runs(name: str, wait: Wait) -> None:
    running = {*sweeps.SWEEPS, *(drainer_of(lane) for lane in Lane)}

    assert wait.by is None or wait.by in running


def test_the_pages_are_there() -> None:
    made = house.create_app(_settings())
    there = {str(rule) for rule in made.url_map.iter_rules()}

    assert {wait.page for _name, wait in all_waits() if wait.page} | set(TASKS.values()) <= there


def test_every_kind_of_task_has_a_page() -> None:
    assert set(TASKS) == set(TaskKind)


def test_every_row_that_stays_open_is_in_the_table() -> None:
    house.load_models()
    open_ended = {
        table.name
        for table in Base.metadata.tables.values()
        if any(column.name in _ENDS_AT and column.nullable for column in table.columns)
    }

    assert open_ended - {"tasks"} == set(OPEN_ROWS)
