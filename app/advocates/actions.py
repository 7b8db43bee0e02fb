"""What happens to advocates: they join, rise, pause, and say what they know."""

import re
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete

from app.accounts.actions import links, people
from app.accounts.models import Role, User
from app.advocates import queries
from app.advocates.models import Advocate, AdvocateStatus, Skill, SkillKind
from app.foundation.db import session
from app.foundation.errors import Invalid, NotAllowed
from app.foundation.journal import record
from app.foundation.words import _

TOPICS_AT_MOST = 20
LANGUAGES_AT_MOST = 8
SIGNS_AS_LONGEST = 40
#: Letters first, of any script; nothing that turns the reading direction, ends the line or makes an address.
SIGNS_AS = re.compile(r"[^\W\d_][\w '\u2019-]{0,38}\w?")


class Step(StrEnum):
    """A change of standing that a person decides on."""

    CONFIRM = "confirm"
    PROMOTE = "promote"
    DEMOTE = "demote"
    SUSPEND = "suspend"
    REINSTATE = "reinstate"


#: What the journal says of each, as a past participle.
_DONE = {
    Step.CONFIRM: "confirmed",
    Step.PROMOTE: "promoted",
    Step.DEMOTE: "demoted",
    Step.SUSPEND: "suspended",
    Step.REINSTATE: "reinstated",
}


def accept_invitation(*, key: str, name: str, handle: str, password_hash: str, at: datetime) -> User:
    """Let the person with an invitation's key in; who is to be an advocate begins on probation.

    Raises:
        Invalid: somebody has the handle.
        NotFound: the key opens nothing any more.
        Conflict: it was used at this very moment.
    """
    user = links.accept(key=key, name=name, handle=handle, password_hash=password_hash, at=at)
    if Role.ADVOCATE in user.roles:
        _enrol(user, by_id=user.id, at=at)
    return user


def give_role(*, user_id: int, role: Role, by_id: int, at: datetime) -> None:
    """Give somebody a role; a new advocate begins on probation, a former one keeps the standing they had.

    Raises:
        Conflict: they hold it, or their account is closed.
    """
    user = people.give_role(user_id=user_id, role=role, by_id=by_id, at=at)
    if role is Role.ADVOCATE and queries.advocate_of_user(user_id) is None:
        _enrol(user, by_id=by_id, at=at)


def _enrol(user: User, *, by_id: int, at: datetime) -> None:
    first = user.name.split()[0] if user.name.split() else user.handle
    signs_as = first if SIGNS_AS.fullmatch(first) else user.handle
    advocate = Advocate(
        user_id=user.id, status=AdvocateStatus.APPLIED, signs_as=signs_as[:SIGNS_AS_LONGEST], joined_at=at
    )
    advocate.accept()
    session.add(advocate)
    record("advocate.accepted", subject=advocate, actor_id=by_id, at=at)


def change_standing(*, advocate_id: int, step: Step, by_id: int, at: datetime, reason: str = "") -> Advocate:
    """Take an advocate one step up, down, out or back in. It counts from their very next request on.

    ``reason`` is one of a list, in a word, for the journal.

    Raises:
        IllegalMove: it leads nowhere from where they stand.
        NotAllowed: it is one's own standing.
    """
    advocate = session.get_one(Advocate, advocate_id)
    if advocate.user_id == by_id:
        raise NotAllowed(_("Nobody decides on their own standing. Ask somebody else."))
    before = advocate.status
    getattr(advocate, step)()
    record(
        f"advocate.{_DONE[step]}", subject=advocate, actor_id=by_id, at=at, reason=reason, before=before.value
    )  # fmt: skip
    return advocate


def keep_skills(
    *,
    advocate_id: int,
    signs_as: str,
    topics: Iterable[str],
    languages: Iterable[str],
    hidden_from_boards: bool,
    at: datetime,
) -> None:
    """Let an advocate say what they know, what they write in, and how they sign.

    Raises:
        Invalid: the name cannot stand under a reply, or there are too many topics or languages.
    """
    advocate = session.get_one(Advocate, advocate_id)
    if not SIGNS_AS.fullmatch(signs_as):
        raise Invalid(_("Use letters first, at most 40 signs, and no links or addresses."), field="signs_as")
    chosen = {SkillKind.TOPIC: set(topics), SkillKind.LANGUAGE: set(languages)}
    if len(chosen[SkillKind.TOPIC]) > TOPICS_AT_MOST:
        raise Invalid(_("Choose at most %(n)s topics.", n=TOPICS_AT_MOST), field="topics")
    if len(chosen[SkillKind.LANGUAGE]) > LANGUAGES_AT_MOST:
        raise Invalid(_("Choose at most %(n)s languages.", n=LANGUAGES_AT_MOST), field="languages")
    advocate.signs_as, advocate.hidden_from_boards = signs_as, hidden_from_boards
    session.execute(delete(Skill).where(Skill.advocate_id == advocate.id))
    session.add_all(
        Skill(advocate_id=advocate.id, kind=kind, value=value)
        for kind, values in chosen.items()
        for value in sorted(values)
    )
    record("advocate.skills_kept", subject=advocate, actor_id=advocate.user_id, at=at)
