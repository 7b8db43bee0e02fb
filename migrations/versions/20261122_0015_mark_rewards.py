"""Mark what was rewarded, keep the history of impact."""

import sqlalchemy as sa
from alembic import op

revision = "20261122_0015"
down_revision = "20261122_0014"

_UNREWARDED = sa.text("status = 'SENT' AND rewarded_at IS NULL")


def upgrade() -> None:
    op.add_column("publications", sa.Column("rewarded_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_publications_unrewarded",
        "publications",
        ["id"],
        sqlite_where=_UNREWARDED,
        postgresql_where=_UNREWARDED,
    )
    op.create_index(op.f("ix_mentions_parent_external_id"), "mentions", ["parent_external_id"])
    with op.batch_alter_table("impacts") as impacts:
        impacts.add_column(sa.Column("points", sa.Integer(), nullable=False, server_default="0"))
        impacts.drop_constraint("uq_impacts_publication_id", type_="unique")
        impacts.create_index(op.f("ix_impacts_publication_id_id"), ["publication_id", "id"])
    with op.batch_alter_table("impacts") as impacts:
        impacts.alter_column("points", server_default=None)


def downgrade() -> None:
    op.execute("DELETE FROM impacts WHERE id NOT IN (SELECT max(id) FROM impacts GROUP BY publication_id)")
    with op.batch_alter_table("impacts") as impacts:
        impacts.drop_index(op.f("ix_impacts_publication_id_id"))
        impacts.create_unique_constraint("uq_impacts_publication_id", ["publication_id"])
        impacts.drop_column("points")
    op.drop_index(op.f("ix_mentions_parent_external_id"), table_name="mentions")
    op.drop_index("ix_publications_unrewarded", table_name="publications")
    op.drop_column("publications", "rewarded_at")
