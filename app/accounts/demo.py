"""The made-up cast of the demo. Their passwords are public: they exist only where the demo was seeded."""

from dataclasses import dataclass

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from app.accounts.models import Role


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody to sign in as; ``part`` says what they are in words."""

    handle: str
    name: str
    role: Role
    part: LazyString

    @property
    def email(self) -> str:
        return f"{self.handle}@northwindkettles.example"

    @property
    def password(self) -> str:
        return f"put-the-kettle-on-{self.handle}"


DEMO_PEOPLE = (
    DemoPerson("mossy", "Mossy Mug", Role.ADVOCATE, _l("trusted advocate")),
    DemoPerson("tess", "Tess Teapot", Role.ADVOCATE, _l("advocate")),
    DemoPerson("ivo", "Ivo Hart", Role.MODERATOR, _l("moderator")),
    DemoPerson("noor", "Noor Aziz", Role.MODERATOR, _l("moderator")),
    DemoPerson("dana", "Dana Cole", Role.STAFF, _l("staff")),
    DemoPerson("omar", "Omar Reyes", Role.STAFF, _l("staff")),
    DemoPerson("ruth", "Ruth Amari", Role.ADMIN, _l("admin")),
    DemoPerson("bruno", "Bruno Brew", Role.ADVOCATE, _l("new advocate")),
    DemoPerson("hanna", "Hanna Hob", Role.ADVOCATE, _l("advocate, German")),
    DemoPerson("paco", "Paco Pava", Role.ADVOCATE, _l("advocate, Spanish")),
    DemoPerson("colette", "Colette Carafe", Role.ADVOCATE, _l("trusted advocate, French")),
    DemoPerson("sam", "Sam Steam", Role.ADVOCATE, _l("advocate")),
)


def demo_person(handle: str) -> DemoPerson | None:
    """Return the member of the cast with this handle, or None."""
    return next((person for person in DEMO_PEOPLE if person.handle == handle), None)
