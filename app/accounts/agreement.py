"""What takes two admins: one asks and another one agrees; alone is enough while nobody else's word counts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.accounts.permissions import Person
from app.accounts.queries import agreeing_admins
from app.foundation.errors import Conflict, NotAllowed
from app.foundation.words import _


@dataclass(frozen=True, slots=True)
class Agreement:
    """What one admin's word comes to: enough ``alone``, enough with that of ``asked_by_id``, or the first of two."""

    alone: bool
    asked_by_id: int | None

    @property
    def is_reached(self) -> bool:
        """Whether it may be done now; otherwise it is asked for."""
        return self.alone or self.asked_by_id is not None

    @property
    def told(self) -> dict[str, Any]:
        """Return what the journal says of it."""
        return {"alone": True} if self.alone else {"alone": False, "asked_by_id": self.asked_by_id}


def agreement_of(by: Person, *, asked_by_id: int | None, at: datetime) -> Agreement:
    """Return what an admin's word comes to, where ``asked_by_id`` asked before.

    Whoever was asked by an admin that does not count any more asks for themselves.

    Raises:
        Conflict: this admin asked before.
        NotAllowed: this admin's word does not count yet.
    """
    admins = agreeing_admins(at=at)
    if by.id not in admins:
        raise NotAllowed(
            _("Somebody who has been an admin for less than a day cannot resume posting. Ask another admin.")
        )
    alone = admins == [by.id]
    asker_id = asked_by_id if asked_by_id in admins and not alone else None
    if asker_id == by.id:
        raise Conflict(_("You have asked for this. A second admin must agree."))
    return Agreement(alone, asker_id)
