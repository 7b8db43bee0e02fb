"""Scope holds to a connection or a topic, and let two admins end them."""

import sqlalchemy as sa
from alembic import op

revision = "20261122_0031"
down_revision = "20261122_0030"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ACTIVE = sa.text("released_at IS NULL")
_WHOLE = sa.text("released_at IS NULL AND connection_id IS NULL AND topic IS NULL")


#: Narrow pauses that are active become one of everything, unless there is one; the others are covered by it.
_WIDEN = """
UPDATE holds SET scope = 'EVERYTHING' WHERE id = (SELECT MIN(id) FROM holds WHERE scope IN ('CONNECTION', 'TOPIC'))
AND NOT EXISTS (SELECT 1 FROM holds AS wide WHERE wide.scope = 'EVERYTHING' AND wide.released_at IS NULL)
"""
_COVERED = "DELETE FROM holds WHERE scope IN ('CONNECTION', 'TOPIC')"


def _unique(batch_op: object, name: str, column: str, where: sa.TextClause) -> None:
    batch_op.create_index(name, [column], unique=True, sqlite_where=where, postgresql_where=where)  # type: ignore[attr-defined]


def upgrade() -> None:
    with op.batch_alter_table("holds", schema=None) as batch_op:
        batch_op.drop_index("uq_holds_active_scope", sqlite_where=_ACTIVE, postgresql_where=_ACTIVE)
    with op.batch_alter_table("holds", schema=None) as batch_op:
        batch_op.add_column(sa.Column("connection_id", _BIG, nullable=True))
        batch_op.add_column(sa.Column("topic", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("asked_by_id", _BIG, nullable=True))
        batch_op.add_column(sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("resume_offer", sa.String(length=30), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_holds_connection_id_connections"), "connections", ["connection_id"], ["id"]
        )
        batch_op.create_foreign_key(op.f("fk_holds_asked_by_id_users"), "users", ["asked_by_id"], ["id"])
        batch_op.create_check_constraint(
            op.f("ck_holds_connection_named"), "(scope = 'CONNECTION') = (connection_id IS NOT NULL)"
        )
        batch_op.create_check_constraint(op.f("ck_holds_topic_named"), "(scope = 'TOPIC') = (topic IS NOT NULL)")
    with op.batch_alter_table("holds", schema=None) as batch_op:
        _unique(batch_op, "uq_holds_active_scope", "scope", _WHOLE)
        _unique(batch_op, "uq_holds_active_connection", "connection_id", _ACTIVE)
        _unique(batch_op, "uq_holds_active_topic", "topic", _ACTIVE)


def downgrade() -> None:
    op.execute("DELETE FROM holds WHERE scope IN ('CONNECTION', 'TOPIC') AND released_at IS NOT NULL")
    with op.batch_alter_table("holds", schema=None) as batch_op:
        batch_op.drop_index("uq_holds_active_topic", sqlite_where=_ACTIVE, postgresql_where=_ACTIVE)
        batch_op.drop_index("uq_holds_active_connection", sqlite_where=_ACTIVE, postgresql_where=_ACTIVE)
        batch_op.drop_index("uq_holds_active_scope", sqlite_where=_WHOLE, postgresql_where=_WHOLE)
    with op.batch_alter_table("holds", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_holds_topic_named"), type_="check")
        batch_op.drop_constraint(op.f("ck_holds_connection_named"), type_="check")
        batch_op.drop_constraint(op.f("fk_holds_asked_by_id_users"), type_="foreignkey")
        batch_op.drop_constraint(op.f("fk_holds_connection_id_connections"), type_="foreignkey")
        for column in ("resume_offer", "asked_at", "asked_by_id", "topic", "connection_id"):
            batch_op.drop_column(column)
    # What the release before cannot read is widened: a pause that ended by a step back would let words out.
    op.execute(_WIDEN)
    op.execute(_COVERED)
    with op.batch_alter_table("holds", schema=None) as batch_op:
        _unique(batch_op, "uq_holds_active_scope", "scope", _ACTIVE)
