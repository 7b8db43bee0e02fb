"""Take a public reply back: who wished it, how often it was tried, when it was done."""

import sqlalchemy as sa
from alembic import op

from migrations import rules

revision = "20261122_0030"
down_revision = "20261122_0029"

_TO_RETRACT = sa.text("status = 'SENT' AND retract_asked_at IS NOT NULL")
_CHANGED = ("mentions",)
_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("publications", sa.Column("retract_asked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("publications", sa.Column("retract_by_id", _ID, nullable=True))
    op.add_column("publications", sa.Column("retract_because", sa.Text(), nullable=False, server_default=""))
    op.add_column("publications", sa.Column("retract_tries", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("publications", sa.Column("retracted_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_publications_to_retract",
        "publications",
        ["next_try_at", "id"],
        sqlite_where=_TO_RETRACT,
        postgresql_where=_TO_RETRACT,
    )
    op.add_column("replies", sa.Column("retracted_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("replies", sa.Column("retracted_because", sa.Text(), nullable=False, server_default=""))
    rules.refuse_other_moves({table: rules.MOVES_2[table] for table in _CHANGED})


def downgrade() -> None:
    rules.refuse_other_moves({table: rules.MOVES_1[table] for table in _CHANGED})
    for column in ("retracted_because", "retracted_at"):
        op.drop_column("replies", column)
    op.drop_index("ix_publications_to_retract", "publications", sqlite_where=_TO_RETRACT, postgresql_where=_TO_RETRACT)
    for column in ("retracted_at", "retract_tries", "retract_because", "retract_by_id", "retract_asked_at"):
        op.drop_column("publications", column)
