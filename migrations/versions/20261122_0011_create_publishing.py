"""Create publishing."""

import sqlalchemy as sa
from alembic import op

revision = "20261122_0011"
down_revision = "20261122_0010"


def upgrade() -> None:
    op.create_table(
        "publications",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("approval_key", sa.String(length=64), nullable=False),
        sa.Column("approval_hash", sa.String(length=64), nullable=False),
        sa.Column("approved_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("mention_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reply_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reply_version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("connection_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "READY",
                "WAITING",
                "SENDING",
                "SENT",
                "REFUSED",
                "UNKNOWN",
                "ABSENT",
                "HELD",
                "HANDED_OUT",
                "CANCELLED",
                "EXPIRED",
                "QUARANTINED",
                "RETRACTED",
                "GONE",
                name="publicationstatus",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(length=80), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("external_id", sa.String(length=40), nullable=True),
        sa.Column("url", sa.String(length=300), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["approved_by_id"], ["users.id"], name=op.f("fk_publications_approved_by_id_users")),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connections.id"], name=op.f("fk_publications_connection_id_connections")
        ),
        sa.ForeignKeyConstraint(["mention_id"], ["mentions.id"], name=op.f("fk_publications_mention_id_mentions")),
        sa.ForeignKeyConstraint(["reply_id"], ["replies.id"], name=op.f("fk_publications_reply_id_replies")),
        sa.ForeignKeyConstraint(
            ["reply_version_id"], ["reply_versions.id"], name=op.f("fk_publications_reply_version_id_reply_versions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publications")),
        sa.UniqueConstraint("approval_key", name=op.f("uq_publications_approval_key")),
    )
    with op.batch_alter_table("publications", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_publications_connection_id_external_id"), ["connection_id", "external_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_publications_reply_id_id"), ["reply_id", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_publications_status_next_try_at_id"), ["status", "next_try_at", "id"], unique=False
        )
        batch_op.create_index(
            "uq_publications_live_mention",
            ["mention_id"],
            unique=True,
            sqlite_where=sa.text(
                "status IN ('READY', 'WAITING', 'HELD', 'HANDED_OUT', 'SENDING', 'UNKNOWN', 'ABSENT', 'SENT')"
            ),
            postgresql_where=sa.text(
                "status IN ('READY', 'WAITING', 'HELD', 'HANDED_OUT', 'SENDING', 'UNKNOWN', 'ABSENT', 'SENT')"
            ),
        )


def downgrade() -> None:
    with op.batch_alter_table("publications", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_publications_live_mention",
            sqlite_where=sa.text(
                "status IN ('READY', 'WAITING', 'HELD', 'HANDED_OUT', 'SENDING', 'UNKNOWN', 'ABSENT', 'SENT')"
            ),
            postgresql_where=sa.text(
                "status IN ('READY', 'WAITING', 'HELD', 'HANDED_OUT', 'SENDING', 'UNKNOWN', 'ABSENT', 'SENT')"
            ),
        )
        batch_op.drop_index(batch_op.f("ix_publications_status_next_try_at_id"))
        batch_op.drop_index(batch_op.f("ix_publications_reply_id_id"))
        batch_op.drop_index(batch_op.f("ix_publications_connection_id_external_id"))

    op.drop_table("publications")
