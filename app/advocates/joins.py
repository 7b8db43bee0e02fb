"""What the advocates' room puts into pages of rooms that do not know it."""

from app.accounts.models import Role
from app.accounts.permissions import Person
from app.advocates import queries
from app.advocates.models import SkillKind
from app.foundation import slots


def _on_my_page(person: Person) -> slots.Piece | None:
    """Return what an advocate's own page says of them; nothing for others."""
    if Role.ADVOCATE not in person.roles:
        return None
    advocate = queries.advocate_of_user(person.id)
    if advocate is None:
        return None
    topics = sorted(skill.value for skill in advocate.skills if skill.kind is SkillKind.TOPIC)
    languages = sorted(skill.value for skill in advocate.skills if skill.kind is SkillKind.LANGUAGE)
    return "advocates/_me.html", {"advocate": advocate, "topics": topics, "languages": languages}


slots.register_piece("me-advocate", _on_my_page)
