"""The demo's made-up brand: its cast, its account on the sandbox network, its topics and its season.

People come in the way people do, by an invitation and the steps after it; nothing is written past the rules.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from app.accounts import passwords
from app.accounts.actions import links
from app.accounts.demo import DEMO_PEOPLE, DemoPerson
from app.accounts.models import Role, User
from app.advocates import actions as advocates
from app.advocates.actions import Step
from app.advocates.models import Advocate
from app.channels import actions as channels
from app.channels import searches
from app.channels.models import Connection, Destination
from app.channels.types import PostAuthor
from app.foundation.config import Settings
from app.foundation.db import session, unit_of_work
from app.foundation.journal import record
from app.foundation.lanes import crash_point
from app.rewards.models import Season
from app.triage.models import Topic

KEY_BYTES = 32
#: The sandbox's starter account (see sandbox/README.md): its first user, and keys that open nothing else.
BRAND_ID = "1"
BRAND_HANDLE = "NorthwindKettle"
BRAND_SECRETS = {
    "access_token": "sandbox-brand-token",
    "refresh_token": "sandbox-brand-refresh-token",
    "client_id": "sandbox-client",
    "client_secret": "sandbox-client-secret",
}
#: Finds people who speak of the brand without calling it: the network lets staff answer them, and not us.
SEARCH = searches.Wish("Kettles by name", '"northwind kettle"', Destination.CROWD)
SEASON = "Autumn steep"
SEASON_REACHES = timedelta(days=30)
SEASON_GOAL = 5000


@dataclass(frozen=True, slots=True)
class _Skills:
    """What an advocate of the cast knows, and how far they have come."""

    steps: tuple[Step, ...]
    topics: tuple[str, ...]
    languages: tuple[str, ...]


_MEMBER = (Step.CONFIRM,)
_TRUSTED = (Step.CONFIRM, Step.PROMOTE)
_ADVOCATES = {
    "mossy": _Skills(_TRUSTED, ("descaling", "temperature", "lids"), ("en", "ar")),
    "tess": _Skills(_MEMBER, ("tea", "temperature"), ("en",)),
    "bruno": _Skills((), ("coffee",), ("en",)),
    "hanna": _Skills(_MEMBER, ("descaling", "filters"), ("de", "en")),
    "paco": _Skills(_MEMBER, ("parts", "temperature"), ("es", "pt", "en")),
    "colette": _Skills(_TRUSTED, ("filters", "tea", "descaling"), ("fr", "it", "en")),
    "sam": _Skills(_MEMBER, ("connect", "induction"), ("en", "ja")),
}
_TOPICS = {
    "descaling": ["descale", "descaled", "descaling", "limescale", "vinegar", "citric acid", "scale", "entkalken",
                  "kalk", "descalcificar", "calcaire", "الترسبات", "الخل", "acido citrico"],
    "temperature": ["temperature", "degrees", "celsius", "fahrenheit", "keep-warm", "temperatura", "grados",
                    "température", "保温"],
    "lids": ["lid", "lids", "hinge", "coperchio", "deckel", "tapa", "ふた"],
    "filters": ["filter", "filters", "filtre", "wasserfilter", "filtro"],
    "tea": ["tea", "sencha", "matcha", "gyokuro", "hojicha", "chai", "té verde", "du thé", "chá", "tee"],
    "coffee": ["coffee", "pour-over", "heron", "gooseneck", "bloom", "kaffee", "café"],
    "induction": ["induction", "hob", "zone"],
    "connect": ["wifi", "app", "firmware", "router", "ports", "login", "connect"],
    "parts": ["spare", "seal", "gasket", "feet", "handle", "ring", "junta", "replacement"],
    "care": ["clean", "stains", "smell", "plastic", "first use", "scratching"],
}  # fmt: skip


def seed(settings: Settings, *, at: datetime) -> None:
    """Make what is missing of the demo, one transaction each, so that a start that was cut short goes on."""
    for member in DEMO_PEOPLE:
        _join(member, at=at)
    _advance(at=at)
    with unit_of_work():
        _set_up_brand(settings, at=at)
    crash_point("demo.seeded")


def sign_ins() -> Iterator[str]:
    """Yield what to tell whoever tries the demo: one way in for each role."""
    shown: set[Role] = set()
    yield "Sign in as (one click on the sign-in page does it too)"
    for member in DEMO_PEOPLE:
        if member.role not in shown:
            yield f"  {member.part!s:<17} {member.handle:<6} {member.password}"
            shown.add(member.role)


def _join(member: DemoPerson, *, at: datetime) -> None:
    if session.scalar(select(User.id).where(User.handle == member.handle)) is not None:
        return
    key, hashed = secrets.token_urlsafe(KEY_BYTES), passwords.hashed(member.password)
    with unit_of_work():
        links.invite(email=member.email, roles=[member.role], key=key, by_id=None, at=at)
        advocates.accept_invitation(key=key, name=member.name, handle=member.handle, password_hash=hashed, at=at)
    crash_point("demo.joined")


def _advance(*, at: datetime) -> None:
    """Let the advocates of the cast be what they are, where nobody has touched them yet."""
    admin_id = session.scalars(select(User.id).where(User.handle == "ruth")).one()
    rows = session.execute(select(User.handle, Advocate).join(Advocate, Advocate.user_id == User.id)).all()
    for handle, advocate in rows:
        known = _ADVOCATES.get(handle)
        if known is None or _was_set_up(advocate):
            continue
        with unit_of_work():
            for step in known.steps:
                advocates.change_standing(advocate_id=advocate.id, step=step, by_id=admin_id, at=at)
            advocates.keep_skills(
                advocate_id=advocate.id,
                signs_as=advocate.signs_as,
                topics=known.topics,
                languages=known.languages,
                hidden_from_boards=False,
                at=at,
            )
        crash_point("demo.advanced")


def _was_set_up(advocate: Advocate) -> bool:
    return session.scalar(select(Advocate.id).where(Advocate.id == advocate.id, Advocate.skills.any())) is not None


def _set_up_brand(settings: Settings, *, at: datetime) -> None:
    names = set(session.scalars(select(Topic.name)))
    session.add_all(Topic(name=name, words=words) for name, words in _TOPICS.items() if not names)
    if settings.sandbox_url:
        _connect(settings.sandbox_url, at=at)
    today = at.date()
    if session.scalar(select(Season.id).where(Season.starts_on <= today, Season.ends_on >= today)) is None:
        season = Season(
            name=SEASON,
            starts_on=today - SEASON_REACHES,
            ends_on=today + SEASON_REACHES,
            goal_points=SEASON_GOAL,
        )
        session.add(season)
        record("season.opened", subject=season, actor_id=None, at=at)


def _connect(address: str, *, at: datetime) -> None:
    """Connect the sandbox, or follow it to another port; what was heard, and the switches, stay."""
    known = session.scalar(select(Connection).where(Connection.kind == "x", Connection.external_id == BRAND_ID))
    if known is not None and known.base_url == address:
        return
    row = channels.connect(
        place=channels.Place("x", address, page_url=address, poll_seconds=1),
        account=PostAuthor(BRAND_ID, BRAND_HANDLE, "Northwind Kettles", f"{address}/{BRAND_HANDLE}"),
        secrets=BRAND_SECRETS,
        actor_id=None,
        at=at,
    )
    if known is None:
        row.impact_counts = row.learns = True
        session.flush()  # the search names it
        searches.add(connection_id=row.id, wish=SEARCH, actor_id=None, at=at)
