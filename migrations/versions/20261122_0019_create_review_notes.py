"""Create review notes."""

import sqlalchemy as sa
from alembic import op

revision = "20261122_0019"
down_revision = "20261122_0018"


def upgrade() -> None:
    op.create_table(
        "review_notes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reply_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("author_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_review_notes_author_id_users")),
        sa.ForeignKeyConstraint(["reply_id"], ["replies.id"], name=op.f("fk_review_notes_reply_id_replies")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_notes")),
    )
    with op.batch_alter_table("review_notes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_review_notes_reply_id_id"), ["reply_id", "id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("review_notes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_review_notes_reply_id_id"))

    op.drop_table("review_notes")
