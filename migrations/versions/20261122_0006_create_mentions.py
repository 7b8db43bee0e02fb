"""Create mentions."""

import sqlalchemy as sa
from alembic import op

revision = "20261122_0006"
down_revision = "20261122_0005"


def upgrade() -> None:
    op.create_table(
        "authors",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("connection_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("external_id", sa.String(length=40), nullable=False),
        sa.Column("handle", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=400), nullable=False),
        sa.Column("followers", sa.Integer(), nullable=True),
        sa.Column("url", sa.String(length=300), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connections.id"], name=op.f("fk_authors_connection_id_connections")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authors")),
        sa.UniqueConstraint("connection_id", "external_id", name=op.f("uq_authors_connection_id_external_id")),
    )
    op.create_table(
        "conversations",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("connection_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("external_id", sa.String(length=40), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connections.id"], name=op.f("fk_conversations_connection_id_connections")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
        sa.UniqueConstraint("connection_id", "external_id", name=op.f("uq_conversations_connection_id_external_id")),
    )
    op.create_table(
        "mentions",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("connection_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("external_id", sa.String(length=40), nullable=False),
        sa.Column("author_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("conversation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("parent_external_id", sa.String(length=40), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("masked_text", sa.Text(), nullable=True),
        sa.Column("url", sa.String(length=300), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("summoned", sa.Boolean(), nullable=False),
        sa.Column("can_reply", sa.Boolean(), nullable=False),
        sa.Column("cannot_reply_why", sa.String(length=200), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "RECEIVED",
                "UNSURE",
                "OPEN",
                "CLAIMED",
                "IN_REVIEW",
                "ESCALATED",
                "BY_HAND",
                "ANSWERED",
                "CLOSED",
                "EXPIRED",
                "IGNORED",
                "QUARANTINED",
                name="mentionstatus",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("ignored_because", sa.String(length=30), nullable=True),
        sa.Column("route", sa.String(length=30), nullable=True),
        sa.Column("kind", sa.String(length=30), nullable=True),
        sa.Column("feed_lane", sa.String(length=30), nullable=True),
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.Column("mood", sa.Double(), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["author_id"], ["authors.id"], name=op.f("fk_mentions_author_id_authors")),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connections.id"], name=op.f("fk_mentions_connection_id_connections")
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_mentions_conversation_id_conversations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mentions")),
        sa.UniqueConstraint("connection_id", "external_id", name=op.f("uq_mentions_connection_id_external_id")),
    )
    with op.batch_alter_table("mentions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mentions_checked_at_id"), ["checked_at", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_mentions_conversation_id_posted_at"), ["conversation_id", "posted_at"], unique=False
        )
        batch_op.create_index(
            "ix_mentions_feed",
            ["feed_lane", "language", "topic", "priority", "id"],
            unique=False,
            sqlite_where=sa.text("status = 'OPEN'"),
            postgresql_where=sa.text("status = 'OPEN'"),
        )
        batch_op.create_index(
            "ix_mentions_feed_order",
            ["feed_lane", "priority", "id"],
            unique=False,
            sqlite_where=sa.text("status = 'OPEN'"),
            postgresql_where=sa.text("status = 'OPEN'"),
        )
        batch_op.create_index(batch_op.f("ix_mentions_status_id"), ["status", "id"], unique=False)

    op.create_table(
        "thread_posts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("connection_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("conversation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("external_id", sa.String(length=40), nullable=False),
        sa.Column("parent_external_id", sa.String(length=40), nullable=True),
        sa.Column("author_handle", sa.String(length=200), nullable=False),
        sa.Column("author_name", sa.String(length=400), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("url", sa.String(length=300), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ours", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connections.id"], name=op.f("fk_thread_posts_connection_id_connections")
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_thread_posts_conversation_id_conversations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thread_posts")),
        sa.UniqueConstraint("connection_id", "external_id", name=op.f("uq_thread_posts_connection_id_external_id")),
    )
    with op.batch_alter_table("thread_posts", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_thread_posts_conversation_id_posted_at"), ["conversation_id", "posted_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_thread_posts_parent_external_id"), ["parent_external_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("thread_posts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_thread_posts_parent_external_id"))
        batch_op.drop_index(batch_op.f("ix_thread_posts_conversation_id_posted_at"))

    op.drop_table("thread_posts")
    with op.batch_alter_table("mentions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mentions_status_id"))
        batch_op.drop_index(
            "ix_mentions_feed_order",
            sqlite_where=sa.text("status = 'OPEN'"),
            postgresql_where=sa.text("status = 'OPEN'"),
        )
        batch_op.drop_index(
            "ix_mentions_feed", sqlite_where=sa.text("status = 'OPEN'"), postgresql_where=sa.text("status = 'OPEN'")
        )
        batch_op.drop_index(batch_op.f("ix_mentions_conversation_id_posted_at"))
        batch_op.drop_index(batch_op.f("ix_mentions_checked_at_id"))

    op.drop_table("mentions")
    op.drop_table("conversations")
    op.drop_table("authors")
