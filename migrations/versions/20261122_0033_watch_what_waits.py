"""Watch what waits: since when a post does, and which rows a lane stumbled over."""

import sqlalchemy as sa
from alembic import op

revision = "20261122_0033"
down_revision = "20261122_0032"

_WAITING = sa.text("status IN ('OPEN', 'BY_HAND', 'UNSURE')")


def upgrade() -> None:
    op.add_column("mentions", sa.Column("waits_since", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE mentions SET waits_since = heard_at")
    op.create_index(
        "ix_mentions_waits_since",
        "mentions",
        ["waits_since", "id"],
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    )
    op.create_table(
        "stumbles",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("lane", sa.String(length=30), nullable=False),
        sa.Column("subject_type", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("errors", sa.Integer(), nullable=False),
        sa.Column("deaths", sa.Integer(), nullable=False),
        sa.Column("try_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stumbles")),
        sa.UniqueConstraint(
            "lane", "subject_type", "subject_id", name=op.f("uq_stumbles_lane_subject_type_subject_id")
        ),
    )


def downgrade() -> None:
    op.drop_table("stumbles")
    op.drop_index("ix_mentions_waits_since", "mentions", sqlite_where=_WAITING, postgresql_where=_WAITING)
    op.drop_column("mentions", "waits_since")
