"""Advocates: their standing, and what they know and speak."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.accounts.permissions import Grade
from app.foundation.db import Base, BigId, PrimaryKey, checked
from app.foundation.errors import NotAllowed
from app.foundation.lifecycle import Lifecycle
from app.foundation.words import _

#: Posts one advocate may hold at a time, so that nobody keeps what others could answer.
CLAIMS_AT_MOST = 2


class AdvocateStatus(StrEnum):
    """Where an advocate stands."""

    APPLIED = "APPLIED"
    PROBATION = "PROBATION"
    MEMBER = "MEMBER"
    TRUSTED = "TRUSTED"
    SUSPENDED = "SUSPENDED"
    DECLINED = "DECLINED"
    LEFT = "LEFT"
    REMOVED = "REMOVED"


_S = AdvocateStatus
_WORKING = (_S.PROBATION, _S.MEMBER, _S.TRUSTED)

ADVOCATE_LIFECYCLE = Lifecycle(
    "advocate",
    {
        "accept": ([_S.APPLIED], _S.PROBATION),
        "decline": ([_S.APPLIED], _S.DECLINED),
        "confirm": ([_S.PROBATION], _S.MEMBER),
        "promote": ([_S.MEMBER], _S.TRUSTED),
        "demote": ([_S.TRUSTED], _S.MEMBER),
        "suspend": (_WORKING, _S.SUSPENDED),
        "reinstate": ([_S.SUSPENDED], _S.PROBATION),
        "leave": ([_S.APPLIED, *_WORKING, _S.SUSPENDED], _S.LEFT),
        "remove": ([_S.APPLIED, *_WORKING, _S.SUSPENDED], _S.REMOVED),
    },
)

_GRADES = {
    _S.APPLIED: Grade.APPLICANT,
    _S.PROBATION: Grade.ADVOCATE,
    _S.MEMBER: Grade.ADVOCATE,
    _S.TRUSTED: Grade.TRUSTED,
}


class Advocate(Base):
    """A vetted community member."""

    __tablename__ = "advocates"

    id: Mapped[PrimaryKey]
    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("users.id"), unique=True)
    status: Mapped[AdvocateStatus] = mapped_column(checked(AdvocateStatus), default=AdvocateStatus.APPLIED)
    #: The name replies are signed with: "Mossy".
    signs_as: Mapped[str] = mapped_column(String(40))
    joined_at: Mapped[datetime]
    #: Out of the ranking by choice, without losing a point.
    hidden_from_boards: Mapped[bool] = mapped_column(default=False)

    user: Mapped[User] = relationship(lazy="raise_on_sql")
    skills: Mapped[list["Skill"]] = relationship(back_populates="advocate", lazy="raise_on_sql")

    @property
    def grade(self) -> Grade | None:
        """The column of the permission table that counts for this advocate; None for none at all."""
        return _GRADES.get(self.status)

    @property
    def is_working(self) -> bool:
        """Whether the advocate answers posts at present."""
        return self.status in _WORKING

    def can(self, verb: str) -> bool:
        """Say whether ``verb`` leads anywhere from here, so that a page offers only what works."""
        return ADVOCATE_LIFECYCLE.can(verb, self.status)

    def _move(self, verb: str) -> None:
        self.status = ADVOCATE_LIFECYCLE.move(verb, self.status)

    def accept(self) -> None:
        """Let an applicant in, on probation."""
        self._move("accept")

    def decline(self) -> None:
        """Say no to an applicant."""
        self._move("decline")

    def confirm(self) -> None:
        """End the probation well."""
        self._move("confirm")

    def promote(self) -> None:
        """Trust a member."""
        self._move("promote")

    def demote(self) -> None:
        """Make a trusted advocate a member again."""
        self._move("demote")

    def suspend(self) -> None:
        """Let the advocate do nothing for now."""
        self._move("suspend")

    def reinstate(self) -> None:
        """Bring a suspended advocate back, on probation."""
        self._move("reinstate")

    def leave(self) -> None:
        """Let the advocate go, as they wish."""
        self._move("leave")

    def remove(self) -> None:
        """Let the advocate go, as we wish."""
        self._move("remove")

    def check_may_claim(self, *, live_claims: int) -> None:
        """Refuse a further claim.

        Raises:
            NotAllowed: the advocate is not working at present, or holds enough already.
        """
        if not self.is_working:
            raise NotAllowed(_("You may not claim posts at present. A moderator can tell you why."))
        if live_claims >= CLAIMS_AT_MOST:
            raise NotAllowed(
                _("You hold %(n)s posts already. Answer or release one of them, then claim this.", n=CLAIMS_AT_MOST)
            )


class NotAnAdvocate(NotAllowed):
    """This is done as an advocate, and the person is none."""

    def __init__(self) -> None:
        super().__init__(_("This is for advocates. A moderator can invite you to become one."))


class SkillKind(StrEnum):
    """What kind of thing an advocate is good at."""

    TOPIC = "TOPIC"
    LANGUAGE = "LANGUAGE"


class Skill(Base):
    """One topic an advocate knows, or one language they write (ISO 639-1)."""

    __tablename__ = "skills"
    __table_args__ = (UniqueConstraint("advocate_id", "kind", "value"),)

    id: Mapped[PrimaryKey]
    advocate_id: Mapped[int] = mapped_column(BigId, ForeignKey("advocates.id"))
    kind: Mapped[SkillKind]
    value: Mapped[str] = mapped_column(String(40))

    advocate: Mapped[Advocate] = relationship(back_populates="skills", lazy="raise_on_sql")
