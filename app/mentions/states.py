"""Where a mention may be on its way, and which verb leads where."""

from enum import StrEnum

from app.foundation.lifecycle import Lifecycle


class MentionStatus(StrEnum):
    """Where a mention is on its way."""

    RECEIVED = "RECEIVED"
    UNSURE = "UNSURE"
    OPEN = "OPEN"
    CLAIMED = "CLAIMED"
    IN_REVIEW = "IN_REVIEW"
    ESCALATED = "ESCALATED"
    BY_HAND = "BY_HAND"
    ANSWERED = "ANSWERED"
    CLOSED = "CLOSED"
    EXPIRED = "EXPIRED"
    IGNORED = "IGNORED"
    QUARANTINED = "QUARANTINED"


class IgnoredBecause(StrEnum):
    """Why a mention gets no answer."""

    NOISE = "NOISE"
    LET_BE = "LET_BE"
    ANSWERED_ELSEWHERE = "ANSWERED_ELSEWHERE"
    MAY_NOT_BE_ANSWERED = "MAY_NOT_BE_ANSWERED"
    ONLY_OBSERVED = "ONLY_OBSERVED"
    REPEATED = "REPEATED"
    DELETED = "DELETED"


_S = MentionStatus
LIVE = (_S.RECEIVED, _S.UNSURE, _S.OPEN, _S.CLAIMED, _S.IN_REVIEW, _S.ESCALATED, _S.BY_HAND, _S.QUARANTINED)

MENTION_LIFECYCLE = Lifecycle(
    "mention",
    {
        "open": ([_S.RECEIVED, _S.UNSURE], _S.OPEN),
        "doubt": ([_S.RECEIVED], _S.UNSURE),
        "doubt_again": ([_S.OPEN, _S.BY_HAND, _S.ESCALATED, _S.IGNORED], _S.UNSURE),
        "ignore": ([_S.RECEIVED, _S.UNSURE, _S.OPEN, _S.BY_HAND, _S.ESCALATED, _S.QUARANTINED], _S.IGNORED),
        "vanish": (LIVE, _S.IGNORED),
        "escalate": (
            [_S.RECEIVED, _S.UNSURE, _S.OPEN, _S.BY_HAND, _S.CLAIMED, _S.IN_REVIEW, _S.QUARANTINED],
            _S.ESCALATED,
        ),
        "set_by_hand": ([_S.RECEIVED, _S.UNSURE, _S.OPEN], _S.BY_HAND),
        "claim": ([_S.OPEN, _S.BY_HAND], _S.CLAIMED),
        "release": ([_S.CLAIMED], _S.OPEN),
        "release_by_hand": ([_S.CLAIMED], _S.BY_HAND),
        "submit": ([_S.CLAIMED], _S.IN_REVIEW),
        "hand_back": ([_S.IN_REVIEW], _S.CLAIMED),
        "reopen": ([_S.IN_REVIEW, _S.ESCALATED, _S.IGNORED], _S.OPEN),
        "reopen_by_hand": ([_S.IN_REVIEW, _S.ESCALATED, _S.IGNORED], _S.BY_HAND),
        "answer": ([_S.IN_REVIEW, _S.ESCALATED], _S.ANSWERED),
        "take_up_again": ([_S.ANSWERED], _S.ESCALATED),
        "close": ([_S.ESCALATED], _S.CLOSED),
        "expire": ([_S.OPEN, _S.BY_HAND], _S.EXPIRED),
        "quarantine": ([_S.RECEIVED], _S.QUARANTINED),
        "hear_again": ([_S.UNSURE, _S.OPEN, _S.BY_HAND, _S.IGNORED, _S.QUARANTINED], _S.RECEIVED),
    },
)
