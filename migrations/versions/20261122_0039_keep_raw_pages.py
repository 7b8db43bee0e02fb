"""Keep pages for a while as their networks gave them."""

import sqlalchemy as sa
from alembic import op

revision = "20261122_0039"
down_revision = "20261122_0038"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "raw_pages",
        sa.Column("id", _ID, nullable=False),
        sa.Column("connection_id", _ID, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shown_ids", sa.Text(), nullable=False),
        sa.Column("unread_ids", sa.Text(), nullable=False),
        sa.Column("again_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["connection_id"], ["connections.id"], name="fk_raw_pages_connection_id_connections"),
        sa.PrimaryKeyConstraint("id", name="pk_raw_pages"),
        sa.UniqueConstraint("connection_id", "sha256", name="uq_raw_pages_connection_id_sha256"),
    )
    op.create_index("ix_raw_pages_heard_at", "raw_pages", ["heard_at"])


def downgrade() -> None:
    op.drop_table("raw_pages")
