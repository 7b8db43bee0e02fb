"""Why a network does not let us answer, in words."""

from app.channels.types import ReplyBar
from app.foundation.words import _


def why_no_reply(code: str | None) -> str:
    """Return the sentence for a ``ReplyBar``; a code nobody knows any more is told without its reason."""
    said = {
        ReplyBar.NOT_SUMMONED: _("They did not mention us, so the network does not let us answer from here."),
        ReplyBar.OWN_POST: _("This is our own post. We do not answer ourselves."),
        ReplyBar.PROTECTED: _("Their account is protected, so the network does not let us answer."),
    }
    known = ReplyBar(code) if code in set(ReplyBar) else None
    return said[known] if known else _("The network does not let us answer this post.")
