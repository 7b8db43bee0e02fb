"""Let posts that triage is unsure of wait for a listener, and keep what people say of a post's place."""

import sqlalchemy as sa
from alembic import op

from migrations import rules

revision = "20261122_0049"
down_revision = "20261122_0048"

_CHANGED = ("mentions",)
_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_OPEN = sa.text("ended_at IS NULL")


def upgrade() -> None:
    op.add_column("triage_verdicts", sa.Column("confidence", sa.Float(), nullable=True))
    op.add_column("connections", sa.Column("learns", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "doubts",
        sa.Column("id", _ID, nullable=False),
        sa.Column("mention_id", _ID, nullable=False),
        sa.Column("worth", sa.Integer(), nullable=False),
        sa.Column("route", sa.String(30), nullable=False),
        sa.Column("lane", sa.String(30), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_by_id", _ID, nullable=True),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("passed_by_id", _ID, nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_because", sa.String(30), nullable=True),
        sa.ForeignKeyConstraint(["mention_id"], ["mentions.id"], name="fk_doubts_mention_id_mentions"),
        sa.ForeignKeyConstraint(["held_by_id"], ["users.id"], name="fk_doubts_held_by_id_users"),
        sa.ForeignKeyConstraint(["passed_by_id"], ["users.id"], name="fk_doubts_passed_by_id_users"),
        sa.PrimaryKeyConstraint("id", name="pk_doubts"),
    )
    op.create_index(
        "uq_doubts_open_mention", "doubts", ["mention_id"], unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN
    )
    op.create_index("ix_doubts_mention_id_id", "doubts", ["mention_id", "id"])
    op.create_index("ix_doubts_asked_at", "doubts", ["asked_at"])
    op.create_index("ix_doubts_held_by_id_ended_at", "doubts", ["held_by_id", "ended_at"])
    op.create_table(
        "triage_labels",
        sa.Column("id", _ID, nullable=False),
        sa.Column("mention_id", _ID, nullable=False),
        sa.Column("said_route", sa.String(30), nullable=False),
        sa.Column("source", sa.String(30), nullable=False),
        sa.Column("by_id", _ID, nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("route", sa.String(30), nullable=False),
        sa.Column("band", sa.String(10), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=True),
        sa.Column("reason", sa.String(60), nullable=False),
        sa.Column("way", sa.String(30), nullable=True),
        sa.Column("rule_key", sa.Integer(), nullable=True),
        sa.Column("scores", sa.JSON(), nullable=False),
        sa.Column("cues", sa.JSON(), nullable=False),
        sa.Column("learnable", sa.Boolean(), nullable=False),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["mention_id"], ["mentions.id"], name="fk_triage_labels_mention_id_mentions"),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name="fk_triage_labels_by_id_users"),
        sa.PrimaryKeyConstraint("id", name="pk_triage_labels"),
    )
    op.create_index("ix_triage_labels_mention_id_id", "triage_labels", ["mention_id", "id"])
    op.create_index("ix_triage_labels_said_at", "triage_labels", ["said_at"])
    rules.let_any_move(_CHANGED)
    rules.refuse_other_moves({table: rules.MOVES_4[table] for table in _CHANGED})


def downgrade() -> None:
    # What waits for a listener is heard anew: the release before asks nobody.
    op.execute(
        "UPDATE mentions SET status = 'RECEIVED' WHERE status = 'UNSURE' AND id IN (SELECT mention_id FROM doubts)"
    )
    rules.let_any_move(_CHANGED)
    rules.refuse_other_moves({table: rules.MOVES_3[table] for table in _CHANGED})
    op.drop_table("triage_labels")
    op.drop_table("doubts")
    op.drop_column("connections", "learns")
    op.drop_column("triage_verdicts", "confidence")
