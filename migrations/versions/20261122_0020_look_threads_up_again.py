"""Look the posts beside mentions up again."""

import sqlalchemy as sa
from alembic import op

revision = "20261122_0020"
down_revision = "20261122_0019"


def upgrade() -> None:
    op.add_column("thread_posts", sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_thread_posts_checked_at_id"), "thread_posts", ["checked_at", "id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_thread_posts_checked_at_id"), table_name="thread_posts")
    op.drop_column("thread_posts", "checked_at")
