"""Let staff post by hand what a network does not let us send."""

import sqlalchemy as sa
from alembic import op

revision = "20261122_0037"
down_revision = "20261122_0036"

_BY_HAND = sa.text("status = 'BY_HAND'")
_WAITS = sa.text("by_hand AND status IN ('READY', 'HELD', 'HANDED_OUT')")


def upgrade() -> None:
    op.add_column("connections", sa.Column("answer_by_hand", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("publications", sa.Column("by_hand", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index("ix_publications_by_hand", "publications", ["id"], sqlite_where=_WAITS, postgresql_where=_WAITS)
    op.create_index(
        "ix_mentions_by_hand", "mentions", ["route", "priority", "id"], sqlite_where=_BY_HAND, postgresql_where=_BY_HAND
    )


def downgrade() -> None:
    op.drop_index("ix_mentions_by_hand", "mentions", sqlite_where=_BY_HAND, postgresql_where=_BY_HAND)
    op.drop_index("ix_publications_by_hand", "publications", sqlite_where=_WAITS, postgresql_where=_WAITS)
    op.drop_column("publications", "by_hand")
    op.drop_column("connections", "answer_by_hand")
