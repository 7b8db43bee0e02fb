"""What changed lately, for pages that poll."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from app.accounts.guards import requires
from app.accounts.login import signed_in
from app.accounts.permissions import Permission
from app.foundation.addresses import row_number
from app.foundation.events import newest_number
from app.foundation.extensions import limiter
from app.live import queries

bp = Blueprint("live", __name__)


@bp.get("/live/changes")
@requires(Permission.BE_SIGNED_IN)
@limiter.exempt
def changes() -> ResponseReturnValue:
    after = request.args.get("after", type=row_number)
    if after is None:
        return {"after": newest_number(), "changes": [], "missed": False}
    news = queries.news_after(signed_in(), after)
    changes = [{"type": change.type, "id": change.id} for change in news.changes]
    return {"after": news.after, "changes": changes, "missed": news.missed}
