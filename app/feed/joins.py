"""What the feed puts into the shell: how many posts wait for a person."""

from app.accounts.permissions import Permission, Person, may
from app.feed import counts, queries
from app.foundation.slots import register_count


def _waiting(person: Person) -> int:
    return counts.waiting_for(queries.viewer_of(person)) if may(person, Permission.SEE_FEED) else 0


register_count("feed", _waiting)
