"""Create admin requests."""

import sqlalchemy as sa
from alembic import op

revision = "20261122_0022"
down_revision = "20261122_0021"

_OPEN = sa.text("settled_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "admin_requests",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("asked_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["asked_by_id"], ["users.id"], name=op.f("fk_admin_requests_asked_by_id_users")),
        sa.ForeignKeyConstraint(["settled_by_id"], ["users.id"], name=op.f("fk_admin_requests_settled_by_id_users")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_admin_requests_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admin_requests")),
    )
    with op.batch_alter_table("admin_requests", schema=None) as batch_op:
        batch_op.create_index(
            "uq_admin_requests_open", ["user_id"], unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN
        )


def downgrade() -> None:
    with op.batch_alter_table("admin_requests", schema=None) as batch_op:
        batch_op.drop_index("uq_admin_requests_open", sqlite_where=_OPEN, postgresql_where=_OPEN)

    op.drop_table("admin_requests")
