"""Settle unknown sends, one send at a time, one approval a person."""

import sqlalchemy as sa
from alembic import op

revision = "20261122_0016"
down_revision = "20261122_0015"

_SENDING = sa.text("status = 'SENDING'")
_APPROVAL = sa.text("decision = 'APPROVE' AND undone_at IS NULL")


def upgrade() -> None:
    with op.batch_alter_table("publications", schema=None) as batch_op:
        batch_op.add_column(sa.Column("lost_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("looks", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column("absent_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.create_foreign_key(op.f("fk_publications_absent_by_id_users"), "users", ["absent_by_id"], ["id"])
        batch_op.create_index(
            "uq_publications_sending_connection",
            ["connection_id"],
            unique=True,
            sqlite_where=_SENDING,
            postgresql_where=_SENDING,
        )
    with op.batch_alter_table("reviews", schema=None) as batch_op:
        batch_op.create_index(
            "uq_reviews_one_approval",
            ["reply_version_id", "reviewer_id"],
            unique=True,
            sqlite_where=_APPROVAL,
            postgresql_where=_APPROVAL,
        )


def downgrade() -> None:
    with op.batch_alter_table("reviews", schema=None) as batch_op:
        batch_op.drop_index("uq_reviews_one_approval", sqlite_where=_APPROVAL, postgresql_where=_APPROVAL)
    with op.batch_alter_table("publications", schema=None) as batch_op:
        batch_op.drop_index("uq_publications_sending_connection", sqlite_where=_SENDING, postgresql_where=_SENDING)
        batch_op.drop_constraint(op.f("fk_publications_absent_by_id_users"), type_="foreignkey")
        for column in ("absent_by_id", "looked_at", "looks", "lost_at"):
            batch_op.drop_column(column)
