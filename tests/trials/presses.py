"""What people press next: the forms that a browser may send at this moment, one of them drawn by lot."""

import random
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from app.accounts.models import User
from app.advocates.models import Advocate
from app.feed.models import Claim
from app.foundation.db import session
from app.mentions.models import Mention, MentionStatus
from app.replies.models import Reply, ReplyStatus, ReplyVersion

Press = dict[str, Any]
_WRITERS = ("ada", "may")
_MODERATORS = ("mo", "mia")
_WORDS = "Fill it with equal parts of vinegar and water, boil once, rinse twice."
#: How many rows the lot is drawn from: pressing on the same one for ever would teach nothing.
_AMONG = 20


def next_form(dice: random.Random) -> Press | None:
    """Return a form that somebody may send now, or None while there is nothing to press."""
    session.rollback()
    verbs: list[Callable[[random.Random], Press | None]] = [_decide, _decide, _decide, _claim, _draft, _submit]
    for verb in dice.sample(verbs, len(verbs)):
        press = verb(dice)
        session.rollback()
        if press is not None:
            return press
    return None


def _drawn(question: sa.Select[Any], dice: random.Random) -> Any:
    rows = session.execute(question.limit(_AMONG)).all()
    return dice.choice(rows) if rows else None


def _decide(dice: random.Random) -> Press | None:
    """A moderator approves, or says it otherwise, or says no."""
    newest = sa.select(sa.func.max(ReplyVersion.id)).group_by(ReplyVersion.reply_id)
    waiting = sa.select(Reply.id, ReplyVersion.id.label("version"), ReplyVersion.text).join(ReplyVersion)
    waiting = waiting.where(ReplyVersion.id.in_(newest), Reply.status == ReplyStatus.SUBMITTED)
    row = _drawn(waiting.order_by(Reply.id), dice)
    if row is None:
        return None
    verb = dice.choice(("approve", "approve", "approve", "edit", "reject", "return"))
    form: Press = {"version_id": str(row.version)}
    if verb != "approve":  # a form with a field too many is refused
        form |= {"text": f"{row.text} Enjoy it."} if verb == "edit" else {"note": "Not like this."}
    return {"who": dice.choice(_MODERATORS), "path": f"/queue/{row.id}/{verb}", "form": form}


def _claim(dice: random.Random) -> Press | None:
    """Somebody takes a post."""
    row = _drawn(sa.select(Mention.id).where(Mention.status == MentionStatus.OPEN).order_by(Mention.id), dice)
    return row and {"who": dice.choice(_WRITERS), "path": f"/feed/{row.id}/claim", "form": {}}


def _draft(dice: random.Random) -> Press | None:
    """Somebody writes on a post of theirs."""
    begun = sa.select(Reply.mention_id).where(Reply.status.in_((ReplyStatus.DRAFT, ReplyStatus.RETURNED)))
    row = _drawn(_held().where(Claim.mention_id.not_in(begun)), dice)
    return row and {"who": row.handle, "path": f"/feed/{row.mention_id}/reply/draft", "form": _typed(row.mention_id)}


def _submit(dice: random.Random) -> Press | None:
    """Somebody sends what they have written, for the first time or after it came back."""
    writable = Reply.status.in_((ReplyStatus.DRAFT, ReplyStatus.RETURNED))
    mine = _held().add_columns(Reply.id).join(Reply, Reply.mention_id == Claim.mention_id).where(writable)
    row = _drawn(mine.where(Reply.writer_id == User.id), dice)
    return row and {"who": row.handle, "path": f"/replies/{row.id}/submit", "form": _typed(row.mention_id)}


def _held() -> sa.Select[Any]:
    of_whom = sa.select(Claim.mention_id, User.handle).join(Advocate, Advocate.id == Claim.advocate_id)
    live = of_whom.join(User, User.id == Advocate.user_id).where(Claim.ended_at.is_(None), User.handle.in_(_WRITERS))
    return live.order_by(Claim.id)


def _typed(mention_id: int) -> Press:
    return {"text": f"{_WORDS} Number {mention_id}.", "page": "p1"}
