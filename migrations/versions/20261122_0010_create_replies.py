"""Create replies."""

import sqlalchemy as sa
from alembic import op

revision = "20261122_0010"
down_revision = "20261122_0009"


def upgrade() -> None:
    op.create_table(
        "replies",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("mention_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("writer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "DRAFT",
                "SUBMITTED",
                "RETURNED",
                "APPROVED",
                "PUBLISHED",
                "RETRACTED",
                "REJECTED",
                "WITHDRAWN",
                "FAILED",
                name="replystatus",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("sensitive", sa.Boolean(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned_note", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_url", sa.String(length=300), nullable=False),
        sa.Column("thanked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_because", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["mention_id"], ["mentions.id"], name=op.f("fk_replies_mention_id_mentions")),
        sa.ForeignKeyConstraint(["writer_id"], ["users.id"], name=op.f("fk_replies_writer_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replies")),
    )
    with op.batch_alter_table("replies", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_replies_status_submitted_at_id"), ["status", "submitted_at", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_replies_writer_id_id"), ["writer_id", "id"], unique=False)
        batch_op.create_index(
            "uq_replies_live_writer",
            ["mention_id", "writer_id"],
            unique=True,
            sqlite_where=sa.text("status IN ('DRAFT', 'SUBMITTED', 'RETURNED', 'APPROVED')"),
            postgresql_where=sa.text("status IN ('DRAFT', 'SUBMITTED', 'RETURNED', 'APPROVED')"),
        )

    op.create_table(
        "reply_versions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reply_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("signature", sa.String(length=120), nullable=False),
        sa.Column("target_external_id", sa.String(length=40), nullable=False),
        sa.Column("editor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["editor_id"], ["users.id"], name=op.f("fk_reply_versions_editor_id_users")),
        sa.ForeignKeyConstraint(["reply_id"], ["replies.id"], name=op.f("fk_reply_versions_reply_id_replies")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply_versions")),
        sa.UniqueConstraint("reply_id", "number", name=op.f("uq_reply_versions_reply_id_number")),
    )


def downgrade() -> None:
    op.drop_table("reply_versions")
    with op.batch_alter_table("replies", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_replies_live_writer",
            sqlite_where=sa.text("status IN ('DRAFT', 'SUBMITTED', 'RETURNED', 'APPROVED')"),
            postgresql_where=sa.text("status IN ('DRAFT', 'SUBMITTED', 'RETURNED', 'APPROVED')"),
        )
        batch_op.drop_index(batch_op.f("ix_replies_writer_id_id"))
        batch_op.drop_index(batch_op.f("ix_replies_status_submitted_at_id"))

    op.drop_table("replies")
