"""Sending approved replies: begin, record what came of it, settle what nobody knows, hold and resume, take back."""

from app.publishing.actions.by_hand import (
    call_off_in_hand,
    hand_out,
    return_from_hand,
)
from app.publishing.actions.deleting import mirror_deletion
from app.publishing.actions.editing import mirror_edit, read_edited
from app.publishing.actions.holding import Resumed, expire_old, hold_covered, release_cord, resume_uncovered
from app.publishing.actions.linking import correct_link, link_back, pasted, settle_as_posted
from app.publishing.actions.outcomes import record_outcome
from app.publishing.actions.poison import count_fault, deadly, put_down, set_aside_deadly, take_next
from app.publishing.actions.reconciling import (
    end_recovery,
    end_when_read,
    record_read_back,
    settle_forgotten,
    withdraw_end,
)
from app.publishing.actions.removing import (
    ask_removal,
    begin_removal,
    charge_removal,
    count_removal_fault,
    end_publicly,
    put_down_removal,
    put_off_removal,
    refuse_removal,
    tell_left_standing,
    wish_removal,
    withdraw_removal,
)
from app.publishing.actions.repeating import begin_again, keep_prepared
from app.publishing.actions.sending import LEASE, begin, cancel, create_publication
from app.publishing.actions.settling import (
    lose_overdue,
    record_look,
    return_refused,
    send_again,
    settle_as_absent,
    settle_as_seen,
    settle_written_anew,
)
from app.publishing.actions.stopping import call_off, call_off_barred, hold_for, put_off, re_review
from app.publishing.actions.turning_up import find_posted, tell_double
from app.publishing.limits import forget_places

__all__ = [
    "LEASE",
    "Resumed",
    "ask_removal",
    "begin",
    "begin_again",
    "begin_removal",
    "call_off",
    "call_off_barred",
    "call_off_in_hand",
    "cancel",
    "charge_removal",
    "correct_link",
    "count_fault",
    "count_removal_fault",
    "create_publication",
    "deadly",
    "end_publicly",
    "end_recovery",
    "end_when_read",
    "expire_old",
    "find_posted",
    "forget_places",
    "hand_out",
    "hold_covered",
    "hold_for",
    "keep_prepared",
    "link_back",
    "lose_overdue",
    "mirror_deletion",
    "mirror_edit",
    "pasted",
    "put_down",
    "put_down_removal",
    "put_off",
    "put_off_removal",
    "re_review",
    "read_edited",
    "record_look",
    "record_outcome",
    "record_read_back",
    "refuse_removal",
    "release_cord",
    "resume_uncovered",
    "return_from_hand",
    "return_refused",
    "send_again",
    "set_aside_deadly",
    "settle_as_absent",
    "settle_as_posted",
    "settle_as_seen",
    "settle_forgotten",
    "settle_written_anew",
    "take_next",
    "tell_double",
    "tell_left_standing",
    "wish_removal",
    "withdraw_end",
    "withdraw_removal",
]
