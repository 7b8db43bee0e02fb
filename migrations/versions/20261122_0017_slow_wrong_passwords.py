"""Keep wrong passwords for as long as they slow the next try down."""

import sqlalchemy as sa
from alembic import op

revision = "20261122_0017"
down_revision = "20261122_0016"


def upgrade() -> None:
    op.create_table(
        "wrong_passwords",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wrong_passwords")),
    )
    with op.batch_alter_table("wrong_passwords", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_wrong_passwords_key_hash_at"), ["key_hash", "at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("wrong_passwords", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_wrong_passwords_key_hash_at"))

    op.drop_table("wrong_passwords")
