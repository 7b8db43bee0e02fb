"""Remember when a reply's reach is looked up next, and what was read for thanks."""

import sqlalchemy as sa
from alembic import op

revision = "20261122_0021"
down_revision = "20261122_0020"

_FOLLOWED = sa.text("status = 'SENT' AND look_up_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("publications", sa.Column("look_up_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("publications", sa.Column("thanks_read_to", sa.BigInteger().with_variant(sa.Integer(), "sqlite")))
    op.execute("UPDATE publications SET look_up_at = sent_at WHERE status = 'SENT' AND rewarded_at IS NOT NULL")
    op.create_index(
        "ix_publications_look_up",
        "publications",
        ["connection_id", "look_up_at"],
        sqlite_where=_FOLLOWED,
        postgresql_where=_FOLLOWED,
    )


def downgrade() -> None:
    op.drop_index("ix_publications_look_up", "publications", sqlite_where=_FOLLOWED, postgresql_where=_FOLLOWED)
    op.drop_column("publications", "thanks_read_to")
    op.drop_column("publications", "look_up_at")
