"""The permission table as data, and the two questions asked of it: may this person, and which rows.

It knows no room above: those register the standing of an advocate and the visibility of their models.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVarTuple

from sqlalchemy import ColumnElement, Select, false

from app.accounts.models import Role

Columns = TypeVarTuple("Columns")


class Grade(StrEnum):
    """A column of the table: a role, and for advocates their standing."""

    APPLICANT = "applicant"
    ADVOCATE = "advocate"
    TRUSTED = "trusted"
    MODERATOR = "moderator"
    STAFF = "staff"
    ADMIN = "admin"


class Permission(StrEnum):
    """A row of the table."""

    BE_SIGNED_IN = "be signed in"
    SEE_OWN_APPLICATION = "see one's own application"
    TRAIN = "take training"
    KEEP_SKILLS = "say what one knows"
    SEE_FEED = "see the feed"
    SEE_STAFF_LANES = "see staff lanes"
    SEE_SAFETY_CASES = "see cases tagged safety"
    SEE_HIDDEN_PERSONAL_DATA = "see masked personal data"
    CLAIM = "claim a post"
    RELEASE_OWN_CLAIM = "release one's own claim"
    END_CLAIM = "end another's claim"
    WRITE_REPLY = "write a reply"
    EDIT_REPLY = "edit another's reply"
    REVIEW = "decide on another's reply"
    APPROVE_SECOND = "give the second approval"
    ANSWER_CASE = "answer a case in public"
    CANCEL_REPLY = "cancel a reply before it is sent"
    RETRACT_REPLY = "take a published reply back"
    ASK_RETRACTION = "ask that a published reply be taken back"
    POST_BY_HAND = "post an approved reply by hand"
    SETTLE_AS_POSTED = "settle an unknown send as posted"
    SETTLE_AS_ABSENT = "settle an unknown send as absent"
    REROUTE = "move a post between feed and staff"
    LISTEN = "settle what triage is unsure of"
    FLAG = "flag a post for staff"
    BLOCK_CUSTOMER = "mark spam, block a customer"
    PULL_CORD = "pull the cord"
    RAISE_ALARM = "raise the alarm"
    RELEASE_CORD = "release the cord"
    SEE_OWN_POINTS = "see one's own points"
    SEE_LEADERBOARD = "see the leaderboard"
    CORRECT_POINTS = "correct points"
    CHANGE_POINT_RULES = "change point rules"
    DECIDE_APPLICATIONS = "decide applications"
    PROMOTE = "promote an advocate"
    SEE_PEOPLE = "see who is here"
    GRANT_ROLES = "give or take a role"
    GRANT_ADMIN = "give the admin role"
    SUSPEND = "suspend an advocate"
    CONNECT_CHANNEL = "connect a channel"
    SEE_CHANNELS = "see the channels' state"
    EDIT_LISTENING = "edit listening rules"
    PROPOSE_RULES = "propose rules"
    NOTE_CASE = "read and write staff notes"
    EXPORT = "export"
    OWN_DATA = "export or erase one's own data"
    READ_JOURNAL = "read the journal"


@dataclass(frozen=True, slots=True)
class Cell:
    """What one grade may do: at all, on its own rows only, with a second person, after a fresh sign-in."""

    allowed: bool
    own_only: bool = False
    second_person: bool = False
    fresh: bool = False


_CELLS = {
    "-": Cell(False),
    "Y": Cell(True),
    "o": Cell(True, own_only=True),
    "2": Cell(True, second_person=True),
    "S": Cell(True, fresh=True),
    "2S": Cell(True, second_person=True, fresh=True),
}

# Columns: applicant, advocate, trusted, moderator, staff, admin. Y yes, o own only, 2 with a second person,
# S after a fresh sign-in, - no.
_TABLE = {
    Permission.BE_SIGNED_IN: "Y Y Y Y Y Y",
    Permission.SEE_OWN_APPLICATION: "o o o - - -",
    Permission.TRAIN: "Y Y Y Y Y Y",
    Permission.KEEP_SKILLS: "- o o - - -",
    Permission.SEE_FEED: "- Y Y Y Y Y",
    Permission.SEE_STAFF_LANES: "- - - Y Y Y",
    Permission.SEE_SAFETY_CASES: "- - - - Y Y",
    Permission.SEE_HIDDEN_PERSONAL_DATA: "- - - - S S",
    Permission.CLAIM: "- Y Y - - -",
    Permission.RELEASE_OWN_CLAIM: "- o o - - -",
    Permission.END_CLAIM: "- - - Y Y -",
    Permission.WRITE_REPLY: "- o o - o -",
    Permission.EDIT_REPLY: "- - - Y Y -",
    Permission.REVIEW: "- - - Y Y -",
    Permission.APPROVE_SECOND: "- - - Y Y Y",
    Permission.ANSWER_CASE: "- - - - Y -",
    Permission.CANCEL_REPLY: "- o o Y Y Y",
    Permission.RETRACT_REPLY: "- - - S S S",
    Permission.ASK_RETRACTION: "- o o - - -",
    Permission.POST_BY_HAND: "- - - - Y Y",
    Permission.SETTLE_AS_POSTED: "- - - Y Y Y",
    Permission.SETTLE_AS_ABSENT: "- - - - 2 2",
    Permission.REROUTE: "- - - Y Y Y",
    Permission.LISTEN: "- - - - Y Y",
    Permission.FLAG: "- Y Y Y Y Y",
    Permission.BLOCK_CUSTOMER: "- - - Y Y Y",
    Permission.PULL_CORD: "- - - Y Y Y",
    Permission.RAISE_ALARM: "- Y Y Y Y Y",
    Permission.RELEASE_CORD: "- - - - - 2S",
    Permission.SEE_OWN_POINTS: "- o o - - -",
    Permission.SEE_LEADERBOARD: "- Y Y Y Y Y",
    Permission.CORRECT_POINTS: "- - - - - 2S",
    Permission.CHANGE_POINT_RULES: "- - - - - 2S",
    Permission.DECIDE_APPLICATIONS: "- - - Y - Y",
    Permission.PROMOTE: "- - - - - Y",
    Permission.SEE_PEOPLE: "- - - Y Y Y",
    Permission.GRANT_ROLES: "- - - - - S",
    Permission.GRANT_ADMIN: "- - - - - 2S",
    Permission.SUSPEND: "- - - Y Y Y",
    Permission.CONNECT_CHANNEL: "- - - - - 2S",
    Permission.SEE_CHANNELS: "- - - Y Y Y",
    Permission.EDIT_LISTENING: "- - - - - S",
    Permission.PROPOSE_RULES: "- - - Y Y Y",
    Permission.NOTE_CASE: "- - - Y Y Y",
    Permission.EXPORT: "- - - - S S",
    Permission.OWN_DATA: "o o o o o o",
    Permission.READ_JOURNAL: "- o o o o Y",
}

TABLE: dict[Permission, dict[Grade, Cell]] = {
    permission: {grade: _CELLS[mark] for grade, mark in zip(Grade, marks.split(), strict=True)}
    for permission, marks in _TABLE.items()
}


@dataclass(frozen=True, slots=True)
class Person:
    """The person at the edge: who asks. A value, so that no change of a row can alter it half-way."""

    id: int
    handle: str
    name: str
    email: str
    language: str
    roles: frozenset[Role]
    grades: frozenset[Grade]
    sign_in_id: int | None = None
    signed_in_freshly: bool = True

    # What Flask-Login asks of a person.
    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        return str(self.id)


_GRADE_OF_ROLE = {Role.MODERATOR: Grade.MODERATOR, Role.STAFF: Grade.STAFF, Role.ADMIN: Grade.ADMIN}
_standing: Callable[[int], Grade | None] = lambda user_id: None  # noqa: E731
_visible: dict[type[Any], Callable[[Person], ColumnElement[bool]]] = {}


def register_standing(standing_of: Callable[[int], Grade | None]) -> None:
    """Let the room of the advocates say what standing the advocate with this user id has."""
    global _standing  # noqa: PLW0603 -- joined once, in create_app
    _standing = standing_of


def visible(
    model: type[Any],
) -> Callable[[Callable[[Person], ColumnElement[bool]]], Callable[[Person], ColumnElement[bool]]]:
    """Register which rows of ``model`` a person may know of, as a condition for a query."""

    def register(rule: Callable[[Person], ColumnElement[bool]]) -> Callable[[Person], ColumnElement[bool]]:
        _visible[model] = rule
        return rule

    return register


def models_with_visibility() -> frozenset[type[Any]]:
    """Return the models that can be loaded for a person."""
    return frozenset(_visible)


def grades_of(user_id: int, roles: frozenset[Role]) -> frozenset[Grade]:
    """Return the columns of the table that count for somebody with these roles; a suspended advocate has none."""
    grades = {_GRADE_OF_ROLE[role] for role in roles if role in _GRADE_OF_ROLE}
    if Role.ADVOCATE in roles and (standing := _standing(user_id)) is not None:
        grades.add(standing)
    return frozenset(grades)


def may(person: Person, permission: Permission) -> bool:
    """Say whether any of the person's grades allows it; whose row it is, ``scoped`` decides."""
    if permission is Permission.BE_SIGNED_IN:
        return True
    return any(TABLE[permission][grade].allowed for grade in person.grades)


def asks_fresh(person: Person, permission: Permission) -> bool:
    """Say whether the person may only after a fresh sign-in, whichever of the grades is looked at."""
    if permission is Permission.BE_SIGNED_IN:
        return False
    cells = [cell for grade in person.grades if (cell := TABLE[permission][grade]).allowed]
    return bool(cells) and all(cell.fresh for cell in cells)


def who_may(permission: Permission) -> list[Grade]:
    """Return the grades that may, to tell somebody who may not whom to ask."""
    return [grade for grade, cell in TABLE[permission].items() if cell.allowed]


def roles_with(permission: Permission) -> list[Role]:
    """Return the roles that carry the right by themselves; of advocates their standing decides."""
    return [role for role, grade in _GRADE_OF_ROLE.items() if TABLE[permission][grade].allowed]


def scoped(statement: Select[*Columns], person: Person) -> Select[*Columns]:
    """Narrow ``statement`` to the rows the person may know of; its first entity must have a visibility."""
    model = statement.column_descriptions[0]["entity"]
    rule = _visible.get(model)
    return statement.where(false() if rule is None else rule(person))
