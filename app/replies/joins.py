"""What the replies put into the shell: how many came back to their writer."""

from app.accounts.permissions import Person
from app.foundation.slots import register_count
from app.replies import queries


def _came_back(person: Person) -> int:
    return queries.waiting_for(person.id)


register_count("replies", _came_back)
