"""Who is told of a spike: staff and admins, once when it is noticed, and once when it is over."""

from collections.abc import Callable
from datetime import datetime
from uuid import uuid4

from app.accounts.models import Role
from app.accounts.queries import people_with
from app.channels.models import Connection
from app.foundation.db import session
from app.foundation.words import _, ngettext
from app.notices.actions import tell
from app.spikes.models import Spike
from app.spikes.words import noticed_line, peak_line, series_name

TOLD = (Role.STAFF, Role.ADMIN)


def tell_noticed(spike: Spike, *, at: datetime) -> None:
    """Tell that far more is heard than usual."""

    def write() -> tuple[str, str]:
        asked = _(
            "Look at what is going on. If the brand should be silent, pull the cord there, or make it an incident."
        )
        return _("Far more than usual: %(what)s", what=_name(spike)), f"{noticed_line(spike)}\n\n{asked}"

    _tell(spike, write, at=at)


def tell_grown(spike: Spike, *, rate: int, at: datetime) -> None:
    """Tell that what was called no incident has grown since."""

    def write() -> tuple[str, str]:
        said = ngettext(
            "Somebody said that it is no incident. It has grown since: %(num)s post an hour now.",
            "Somebody said that it is no incident. It has grown since: %(num)s posts an hour now.",
            rate,
        )
        return _("It grew: %(what)s", what=_name(spike)), said

    _tell(spike, write, at=at)


def tell_ended(spike: Spike, *, at: datetime) -> None:
    """Tell whoever was told that it began."""

    def write() -> tuple[str, str]:
        return _("It is over: %(what)s", what=_name(spike)), _(
            "As much as usual is heard again. It was %(most)s.", most=peak_line(spike)
        )

    _tell(spike, write, at=at)


def _tell(spike: Spike, write: Callable[[], tuple[str, str]], *, at: datetime) -> None:
    session.flush()  # the letter leads to the spike's page, and a new row has no number before it is written
    tell(people_with(*TOLD), write, event=str(uuid4()), page=f"/spikes/{spike.id}", at=at)


def _name(spike: Spike) -> str:
    account = session.get(Connection, spike.connection_id) if spike.connection_id is not None else None
    return series_name(spike.series, account.handle if account else "")
