"""Decisions on other people's words; each names the version its maker saw."""

from app.reviews.actions.approving import Approval, approve, approve_edited, undo
from app.reviews.actions.deciding import NOTE_CHARACTERS, Overtaken, OwnWords, others_words
from app.reviews.actions.declining import REASONS, escalate, escalate_overdue, reject, return_for_changes
from app.reviews.actions.looking import add_note, open_item

__all__ = [
    "NOTE_CHARACTERS",
    "REASONS",
    "Approval",
    "Overtaken",
    "OwnWords",
    "add_note",
    "approve",
    "approve_edited",
    "escalate",
    "escalate_overdue",
    "open_item",
    "others_words",
    "reject",
    "return_for_changes",
    "undo",
]
