"""Count what is heard, and know spikes."""

import sqlalchemy as sa
from alembic import op

revision = "20261122_0048"
down_revision = "20261122_0047"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_SORTS = "sort IN ('ALL', 'HARM', 'ANGRY', 'OUTAGE', 'TOPIC')"


def upgrade() -> None:
    op.create_table(
        "heard_counts",
        sa.Column("minutes", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("connection_id", _ID, autoincrement=False, nullable=False),
        sa.Column("sort", sa.String(20), nullable=False),
        sa.Column("topic", sa.String(40), nullable=False),
        sa.Column("posts", sa.Integer(), nullable=False),
        sa.CheckConstraint(_SORTS, name="ck_heard_counts_sort"),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connections.id"], name="fk_heard_counts_connection_id_connections"
        ),
        sa.PrimaryKeyConstraint("minutes", "from_at", "connection_id", "sort", "topic", name="pk_heard_counts"),
    )
    op.create_table(
        "heard_since",
        sa.Column("connection_id", _ID, autoincrement=False, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["connection_id"], ["connections.id"], name="fk_heard_since_connection_id_connections"),
        sa.PrimaryKeyConstraint("connection_id", name="pk_heard_since"),
    )
    op.create_table(
        "counted_up_to",
        sa.Column("id", _ID, nullable=False),
        sa.Column("verdict_id", _ID, nullable=False),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_counted_up_to"),
    )
    _create_spikes()


def _create_spikes() -> None:
    op.create_table(
        "spikes",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", _ID, nullable=False),
        sa.Column("series_key", sa.String(90), nullable=False),
        sa.Column("sort", sa.String(20), nullable=False),
        sa.Column("topic", sa.String(40), nullable=False),
        sa.Column("connection_id", _ID, nullable=True),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heard", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("usual", sa.Float(), nullable=False),
        sa.Column("peak", sa.Integer(), nullable=False),
        sa.Column("dismissed_peak", sa.Integer(), nullable=True),
        sa.Column("dismissed_by_id", _ID, nullable=True),
        sa.Column("dismissed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("was_told", sa.Boolean(), nullable=False),
        sa.Column("from_verdict_id", _ID, nullable=False),
        sa.Column("to_verdict_id", _ID, nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(_SORTS, name="ck_spikes_sort"),
        sa.CheckConstraint("status IN ('OPEN', 'DISMISSED', 'ENDED')", name="ck_spikes_spikestatus"),
        sa.ForeignKeyConstraint(["connection_id"], ["connections.id"], name="fk_spikes_connection_id_connections"),
        sa.ForeignKeyConstraint(["dismissed_by_id"], ["users.id"], name="fk_spikes_dismissed_by_id_users"),
        sa.PrimaryKeyConstraint("id", name="pk_spikes"),
    )
    where = sa.text("ended_at IS NULL")
    op.create_index("uq_spikes_live", "spikes", ["series_key"], unique=True, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    op.drop_index("uq_spikes_live", "spikes")
    for table in ("spikes", "counted_up_to", "heard_since", "heard_counts"):
        op.drop_table(table)
