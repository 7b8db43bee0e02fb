"""Keep for how much influence counts, and find who writes on a topic again."""

import sqlalchemy as sa
from alembic import op

revision = "20261122_0053"
down_revision = "20261122_0052"


def upgrade() -> None:
    op.add_column("sorting_versions", sa.Column("influence", sa.Integer(), server_default=sa.text("2"), nullable=False))
    op.create_index(
        "ix_mentions_voices",
        "mentions",
        ["author_id", "topic", "id"],
        sqlite_where=sa.text("topic != ''"),
        postgresql_where=sa.text("topic != ''"),
    )


def downgrade() -> None:
    op.drop_index("ix_mentions_voices", table_name="mentions")
    op.drop_column("sorting_versions", "influence")
