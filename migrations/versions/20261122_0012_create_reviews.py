"""Create reviews."""

import sqlalchemy as sa
from alembic import op

revision = "20261122_0012"
down_revision = "20261122_0011"


def upgrade() -> None:
    op.create_table(
        "openings",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reply_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reviewer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["reply_id"], ["replies.id"], name=op.f("fk_openings_reply_id_replies")),
        sa.ForeignKeyConstraint(["reviewer_id"], ["users.id"], name=op.f("fk_openings_reviewer_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_openings")),
        sa.UniqueConstraint("reply_id", "reviewer_id", name=op.f("uq_openings_reply_id_reviewer_id")),
    )
    op.create_table(
        "reviews",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reply_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reply_version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reviewer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("writer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("decision", sa.String(length=30), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("edited", sa.Boolean(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind = 'STAFF' OR reviewer_id <> writer_id", name=op.f("ck_reviews_not_own_words")),
        sa.ForeignKeyConstraint(["reply_id"], ["replies.id"], name=op.f("fk_reviews_reply_id_replies")),
        sa.ForeignKeyConstraint(
            ["reply_version_id"], ["reply_versions.id"], name=op.f("fk_reviews_reply_version_id_reply_versions")
        ),
        sa.ForeignKeyConstraint(["reviewer_id"], ["users.id"], name=op.f("fk_reviews_reviewer_id_users")),
        sa.ForeignKeyConstraint(["writer_id"], ["users.id"], name=op.f("fk_reviews_writer_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
    )
    with op.batch_alter_table("reviews", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reviews_reply_id_id"), ["reply_id", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_reviews_reviewer_id_decided_at"), ["reviewer_id", "decided_at"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("reviews", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reviews_reviewer_id_decided_at"))
        batch_op.drop_index(batch_op.f("ix_reviews_reply_id_id"))

    op.drop_table("reviews")
    op.drop_table("openings")
