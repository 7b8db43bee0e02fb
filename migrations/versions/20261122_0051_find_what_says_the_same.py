"""Find posts that say the same, by keys that nobody can read words from."""

import sqlalchemy as sa
from alembic import op

revision = "20261122_0051"
down_revision = "20261122_0050"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "likenesses",
        sa.Column("mention_id", _ID, autoincrement=False, nullable=False),
        sa.Column("group_id", _ID, nullable=False),
        sa.Column("mins", sa.String(48), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["mention_id"], ["mentions.id"], name="fk_likenesses_mention_id_mentions"),
        sa.PrimaryKeyConstraint("mention_id", name="pk_likenesses"),
    )
    op.create_index("ix_likenesses_group_id_mention_id", "likenesses", ["group_id", "mention_id"])
    op.create_table(
        "likeness_keys",
        sa.Column("key", _ID, autoincrement=False, nullable=False),
        sa.Column("mention_id", _ID, nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["mention_id"], ["likenesses.mention_id"], name="fk_likeness_keys_mention_id_likenesses"
        ),
        sa.PrimaryKeyConstraint("key", name="pk_likeness_keys"),
    )
    op.create_index("ix_likeness_keys_mention_id", "likeness_keys", ["mention_id"])
    op.create_index("ix_likeness_keys_held_at", "likeness_keys", ["held_at"])
    op.create_table(
        "likeness_groups",
        sa.Column("id", _ID, autoincrement=False, nullable=False),
        sa.Column("posts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_likeness_groups"),
    )


def downgrade() -> None:
    # What was set aside as a repetition is sorted anew: the release before knows no such reason.
    op.execute(
        "UPDATE mentions SET status = 'RECEIVED', ignored_because = NULL"
        " WHERE status = 'IGNORED' AND ignored_because = 'REPEATED'"
    )
    op.drop_table("likeness_groups")
    op.drop_table("likeness_keys")
    op.drop_table("likenesses")
