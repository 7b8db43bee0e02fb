"""People, their roles, their sign-ins and the invitations that brought them."""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.foundation.db import Base, BigId, PrimaryKey, checked
from app.foundation.errors import Conflict
from app.foundation.words import _


class Role(StrEnum):
    """What a person is here for; one may hold several, and their rights add up."""

    ADVOCATE = "advocate"
    MODERATOR = "moderator"
    STAFF = "staff"
    ADMIN = "admin"


class User(Base):
    """A person who can sign in."""

    __tablename__ = "users"

    id: Mapped[PrimaryKey]
    email: Mapped[str] = mapped_column(String(254), unique=True)
    handle: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    password_hash: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(12), default="en")
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]

    grants: Mapped[list["RoleGrant"]] = relationship(
        back_populates="user", foreign_keys="RoleGrant.user_id", lazy="raise_on_sql"
    )

    @property
    def roles(self) -> frozenset[Role]:
        """The roles held; ``grants`` must have been loaded."""
        return frozenset(grant.role for grant in self.grants)

    def check_may_get(self, role: Role) -> None:
        """Refuse a role held already, and any role for a closed account; ``grants`` must have been loaded.

        Raises:
            Conflict: with the reason.
        """
        if role in self.roles:
            raise Conflict(_("They hold this role already."))
        if not self.is_active:
            raise Conflict(_("This account is closed. Open it again first."))


class RoleGrant(Base):
    """One role in one person's hands."""

    __tablename__ = "role_grants"
    __table_args__ = (UniqueConstraint("user_id", "role"),)

    id: Mapped[PrimaryKey]
    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("users.id"))
    role: Mapped[Role] = mapped_column(checked(Role))
    granted_at: Mapped[datetime]
    granted_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("users.id"))

    user: Mapped[User] = relationship(back_populates="grants", foreign_keys=[user_id], lazy="raise_on_sql")


class AdminRequest(Base):
    """An admin wants somebody to become one too; it stands until a second admin agrees, or one withdraws it."""

    __tablename__ = "admin_requests"
    __table_args__ = (
        Index(
            "uq_admin_requests_open",
            "user_id",
            unique=True,
            sqlite_where=text("settled_at IS NULL"),
            postgresql_where=text("settled_at IS NULL"),
        ),
    )

    id: Mapped[PrimaryKey]
    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("users.id"))
    asked_by_id: Mapped[int] = mapped_column(BigId, ForeignKey("users.id"))
    asked_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("users.id"))

    user: Mapped[User] = relationship(foreign_keys=[user_id], lazy="raise_on_sql")
    asked_by: Mapped[User] = relationship(foreign_keys=[asked_by_id], lazy="raise_on_sql")


class SignIn(Base):
    """One browser of one person: the session lives here, and the browser holds only a random key to it."""

    __tablename__ = "sign_ins"
    __table_args__ = (Index(None, "user_id", "ended_at"),)

    id: Mapped[PrimaryKey]
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("users.id"))
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    browser: Mapped[str] = mapped_column(String(200), default="")

    user: Mapped[User] = relationship(lazy="raise_on_sql")

    def is_live(self, *, at: datetime, idle: timedelta) -> bool:
        """Say whether it still counts: not ended, not too old, not left alone for longer than ``idle``."""
        return self.ended_at is None and at < self.expires_at and at < self.seen_at + idle

    def end(self, *, at: datetime) -> None:
        """Sign this browser out; a second time changes nothing."""
        self.ended_at = self.ended_at or at


class WrongPassword(Base):
    """One wrong password, kept for as long as it slows the next try down."""

    __tablename__ = "wrong_passwords"
    __table_args__ = (Index(None, "key_hash", "at"),)

    id: Mapped[PrimaryKey]
    #: What the tries are counted by: an account as strangers see it, or one browser it was used from before.
    key_hash: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


class LinkPurpose(StrEnum):
    """What a one-time link is for."""

    INVITATION = "INVITATION"
    PASSWORD_RESET = "PASSWORD_RESET"  # noqa: S105 -- a kind of link


class OneTimeLink(Base):
    """A link sent to one address: an invitation with its roles, or a password reset. Only the hash of its key is kept."""

    __tablename__ = "one_time_links"

    id: Mapped[PrimaryKey]
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    purpose: Mapped[LinkPurpose]
    email: Mapped[str] = mapped_column(String(254))
    roles: Mapped[str] = mapped_column(String(80), default="")
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("users.id"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    def is_usable(self, *, at: datetime) -> bool:
        """Say whether the link still opens anything."""
        return self.used_at is None and at < self.expires_at
