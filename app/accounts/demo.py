"""The made-up cast of the demo. Their passwords are public: they exist only where the demo was seeded."""

from dataclasses import dataclass

from app.accounts.models import Role


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody to sign in as; ``part`` says what they are in words."""

    handle: str
    name: str
    role: Role
    part: str

    @property
    def email(self) -> str:
        return f"{self.handle}@northwindkettles.example"

    @property
    def password(self) -> str:
        return f"put-the-kettle-on-{self.handle}"


DEMO_PEOPLE = (
    DemoPerson("mossy", "Mossy Mug", Role.ADVOCATE, "trusted advocate"),
    DemoPerson("tess", "Tess Teapot", Role.ADVOCATE, "advocate"),
    DemoPerson("ivo", "Ivo Hart", Role.MODERATOR, "moderator"),
    DemoPerson("noor", "Noor Aziz", Role.MODERATOR, "moderator"),
    DemoPerson("dana", "Dana Cole", Role.STAFF, "staff"),
    DemoPerson("omar", "Omar Reyes", Role.STAFF, "staff"),
    DemoPerson("ruth", "Ruth Amari", Role.ADMIN, "admin"),
    DemoPerson("bruno", "Bruno Brew", Role.ADVOCATE, "new advocate"),
    DemoPerson("hanna", "Hanna Hob", Role.ADVOCATE, "advocate, German"),
    DemoPerson("paco", "Paco Pava", Role.ADVOCATE, "advocate, Spanish"),
    DemoPerson("colette", "Colette Carafe", Role.ADVOCATE, "trusted advocate, French"),
    DemoPerson("sam", "Sam Steam", Role.ADVOCATE, "advocate"),
)


def demo_person(handle: str) -> DemoPerson | None:
    """Return the member of the cast with this handle, or None."""
    return next((person for person in DEMO_PEOPLE if person.handle == handle), None)
