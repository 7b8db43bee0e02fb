"""Create notices."""

import sqlalchemy as sa
from alembic import op

revision = "20261122_0034"
down_revision = "20261122_0033"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _words(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=20)


def upgrade() -> None:
    op.create_table(
        "notices",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("key", sa.String(length=36), nullable=False),
        sa.Column("event", sa.String(length=36), nullable=False),
        sa.Column("way", _words("noticeway", "MAIL", "WEBHOOK"), nullable=False),
        sa.Column("recipient_id", _BIG, nullable=True),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("page", sa.String(length=200), nullable=False),
        sa.Column("status", _words("noticestatus", "WAITING", "DELIVERED", "GIVEN_UP"), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(length=200), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["recipient_id"], ["users.id"], name=op.f("fk_notices_recipient_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("key", name=op.f("uq_notices_key")),
    )
    op.create_index(op.f("ix_notices_status_next_try_at_id"), "notices", ["status", "next_try_at", "id"])
    op.create_index(op.f("ix_notices_event"), "notices", ["event"])


def downgrade() -> None:
    op.drop_index(op.f("ix_notices_event"), table_name="notices")
    op.drop_index(op.f("ix_notices_status_next_try_at_id"), table_name="notices")
    op.drop_table("notices")
