"""Other posts that say the same as one."""

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.guards import requires
from app.accounts.login import signed_in
from app.accounts.permissions import Permission, Person, may
from app.foundation.addresses import row_number
from app.mentions.models import Mention, MentionStatus
from app.triage.likeness import queries
from app.triage.views.blueprint import bp
from app.triage.words import alike_words, cause_words

POSTS_A_PAGE = 50
#: What an advocate finds on the feed by its number.
_ON_FEED = frozenset(
    {
        MentionStatus.OPEN,
        MentionStatus.BY_HAND,
        MentionStatus.CLAIMED,
        MentionStatus.IN_REVIEW,
        MentionStatus.ANSWERED,
    }
)

bp.add_app_template_filter(alike_words, "alike_words")
bp.add_app_template_filter(cause_words, "cause_words")


@bp.get("/posts/<int:mention_id>/alike")
@requires(Permission.SEE_FEED)
def alike(mention_id: int) -> ResponseReturnValue:
    person = signed_in()
    mention = queries.post_of(person, mention_id)
    before = request.args.get("before", type=row_number)
    posts = queries.alike(person, mention_id, limit=POSTS_A_PAGE + 1, below=before)
    more = None
    if len(posts) > POSTS_A_PAGE:
        posts = posts[:POSTS_A_PAGE]
        more = url_for("triage.alike", mention_id=mention_id, before=posts[-1].id)
    return render_template(
        "triage/alike.html",
        posts=[(post, _address(person, post)) for post in posts],
        back=_address(person, mention),
        count=queries.counts_of([mention_id]).get(mention_id, 0),
        sees_all=may(person, Permission.SEE_STAFF_LANES),
        more=more,
    )


def _address(person: Person, post: Mention) -> str:
    """Return where this person reads a post; "" where they cannot."""
    if may(person, Permission.SEE_STAFF_LANES):
        return f"/posts/{post.id}"
    return f"/feed/{post.id}" if post.status in _ON_FEED else ""
