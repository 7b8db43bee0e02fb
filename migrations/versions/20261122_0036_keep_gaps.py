"""Keep the stretches of time that could not be listened to."""

import sqlalchemy as sa
from alembic import op

revision = "20261122_0036"
down_revision = "20261122_0035"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "listening_gaps",
        sa.Column("id", _ID, nullable=False),
        sa.Column("connection_id", _ID, nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connections.id"], name="fk_listening_gaps_connection_id_connections"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_listening_gaps"),
        sa.UniqueConstraint(
            "connection_id", "began_at", "ended_at", name="uq_listening_gaps_connection_id_began_at_ended_at"
        ),
    )


def downgrade() -> None:
    op.drop_table("listening_gaps")
