"""Follow a post through its editions, and pin the one that a reply answers."""

import sqlalchemy as sa
from alembic import op

from migrations import rules

revision = "20261122_0032"
down_revision = "20261122_0031"

_CHANGED = ("mentions",)


def upgrade() -> None:
    op.create_table(
        "later_editions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("connection_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("external_id", sa.String(40), nullable=False),
        sa.Column("of_external_id", sa.String(40), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connections.id"], name="fk_later_editions_connection_id_connections"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_later_editions"),
        sa.UniqueConstraint("connection_id", "external_id", name="uq_later_editions_connection_id_external_id"),
    )
    op.add_column("mentions", sa.Column("edition_external_id", sa.String(40), nullable=True))
    op.add_column("mentions", sa.Column("to_reread", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index(
        "ix_mentions_to_reread",
        "mentions",
        ["id"],
        sqlite_where=sa.text("to_reread"),
        postgresql_where=sa.text("to_reread"),
    )
    op.add_column("thread_posts", sa.Column("edition", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("publications", sa.Column("target_external_id", sa.String(40), nullable=True))
    op.add_column("reply_versions", sa.Column("target_edition", sa.Integer(), nullable=False, server_default="1"))
    rules.let_any_move(_CHANGED)
    rules.refuse_other_moves({table: rules.MOVES_3[table] for table in _CHANGED})


def downgrade() -> None:
    rules.let_any_move(_CHANGED)
    rules.refuse_other_moves({table: rules.MOVES_2[table] for table in _CHANGED})
    op.drop_column("reply_versions", "target_edition")
    op.drop_column("publications", "target_external_id")
    op.drop_column("thread_posts", "edition")
    op.drop_index("ix_mentions_to_reread", "mentions")
    op.drop_column("mentions", "to_reread")
    op.drop_column("mentions", "edition_external_id")
    op.drop_table("later_editions")
