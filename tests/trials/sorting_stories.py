"""What happens in trials with sorting: it is set otherwise, and follows people's corrections, or no longer."""

from sqlalchemy import select

from app.accounts.models import User
from app.foundation.db import session
from app.triage.models import SortingVersion
from tests import factories
from tests.factories import NOW
from tests.trials.ground import World
from tests.trials.stories import nothing, press, story

_SORTING = "/manage/sorting"


def proposed(world: World) -> None:
    """People's corrections propose to move a border."""
    world.ids["outlook"] = factories.make_outlook(shifts={"sensitive": 0.2}).id


def followed(world: World) -> None:
    """... and that counts."""
    by = session.scalars(select(User.id).order_by(User.id).limit(1)).one()
    session.add(SortingVersion(number=1, step=0, shifts={"sensitive": 0.2}, made_by_id=by, made_at=NOW))
    session.commit()


story("let sorting lean", nothing, press("ana", _SORTING, step="1", seen="0"))
story("weigh influence", nothing, press("ana", f"{_SORTING}/influence", points="6", seen="0"))
story("follow corrections", proposed, press("ana", f"{_SORTING}/corrections/follow", seen="0", outlook="{outlook}"))
story("follow no corrections", followed, press("ana", f"{_SORTING}/corrections/forget", seen="1"))
