"""Create what a restored database needs: recoveries, what was read in them, and tombstones."""

import sqlalchemy as sa
from alembic import op

revision = "20261122_0029"
down_revision = "20261122_0028"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
ACTIVE = sa.text("ended_at IS NULL")
UNLOGGED = sa.text("logged_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "recoveries",
        sa.Column("id", BIG, nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("lost_from", MOMENT, nullable=False),
        sa.Column("started_by_id", BIG, nullable=True),
        sa.Column("replayed_at", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("ended_by_id", BIG, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recoveries")),
    )
    op.create_index("ix_recoveries_active", "recoveries", ["started_at"], sqlite_where=ACTIVE, postgresql_where=ACTIVE)
    op.create_table(
        "timeline_reads",
        sa.Column("id", BIG, nullable=False),
        sa.Column("recovery_id", BIG, nullable=False),
        sa.Column("connection_id", BIG, nullable=False),
        sa.Column("read_at", MOMENT, nullable=True),
        sa.Column("next_read_at", MOMENT, nullable=False),
        sa.Column("trouble", sa.Text(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("forgotten", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["recovery_id"], ["recoveries.id"], name=op.f("fk_timeline_reads_recovery_id_recoveries")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timeline_reads")),
        sa.UniqueConstraint("recovery_id", "connection_id", name=op.f("uq_timeline_reads_recovery_id_connection_id")),
    )
    op.create_table(
        "tombstones",
        sa.Column("id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("network", sa.String(length=20), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("external_id", sa.String(length=40), nullable=False),
        sa.Column("erased_at", MOMENT, nullable=False),
        sa.Column("logged_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tombstones")),
        sa.UniqueConstraint(
            "kind", "network", "account", "external_id", name=op.f("uq_tombstones_kind_network_account_external_id")
        ),
    )
    op.create_index("ix_tombstones_unlogged", "tombstones", ["id"], sqlite_where=UNLOGGED, postgresql_where=UNLOGGED)
    # What was erased before there were tombstones must stay erased too.
    op.execute(
        "INSERT INTO tombstones (kind, network, account, external_id, erased_at) "
        "SELECT 'POST', connections.kind, connections.external_id, mentions.external_id, mentions.checked_at "
        "FROM mentions JOIN connections ON connections.id = mentions.connection_id "
        "WHERE mentions.ignored_because = 'DELETED'"
    )


def downgrade() -> None:
    op.drop_index("ix_tombstones_unlogged", "tombstones")
    op.drop_table("tombstones")
    op.drop_table("timeline_reads")
    op.drop_index("ix_recoveries_active", "recoveries")
    op.drop_table("recoveries")
