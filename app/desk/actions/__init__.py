"""What staff do with cases: take them, note, answer in public, end them, give them back."""

from app.desk.actions.answering import Answered, answer, take_back
from app.desk.actions.handling import (
    add_note,
    answer_anew,
    assign,
    let_be,
    make_case,
    put_on_feed,
    resolve,
    return_to_feed,
)

__all__ = [
    "Answered",
    "add_note",
    "answer",
    "answer_anew",
    "assign",
    "let_be",
    "make_case",
    "put_on_feed",
    "resolve",
    "return_to_feed",
    "take_back",
]
