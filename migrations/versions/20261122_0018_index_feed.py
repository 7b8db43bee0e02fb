"""Index the feed by language and by topic, and tell apart the tabs a draft is written in."""

import sqlalchemy as sa
from alembic import op

revision = "20261122_0018"
down_revision = "20261122_0017"

_OPEN = sa.text("status = 'OPEN'")
_LIVE = sa.text("ended_at IS NULL")


def upgrade() -> None:
    for name in ("language", "topic"):
        op.create_index(
            f"ix_mentions_feed_{name}",
            "mentions",
            ["feed_lane", name, "priority", "id"],
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        )
    op.create_index("ix_claims_live_expires_at", "claims", ["expires_at"], sqlite_where=_LIVE, postgresql_where=_LIVE)
    op.create_index("ix_claims_advocate_id_id", "claims", ["advocate_id", "id"])
    op.add_column("reply_versions", sa.Column("saved_from", sa.String(length=32), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("reply_versions", schema=None) as batch_op:
        batch_op.drop_column("saved_from")
    op.drop_index("ix_claims_advocate_id_id", "claims")
    op.drop_index("ix_claims_live_expires_at", "claims", sqlite_where=_LIVE, postgresql_where=_LIVE)
    for name in ("topic", "language"):
        op.drop_index(f"ix_mentions_feed_{name}", "mentions", sqlite_where=_OPEN, postgresql_where=_OPEN)
