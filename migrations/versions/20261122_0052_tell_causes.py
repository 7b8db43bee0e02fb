"""Keep why the author of a post writes."""

import sqlalchemy as sa
from alembic import op

revision = "20261122_0052"
down_revision = "20261122_0051"


def upgrade() -> None:
    op.add_column("triage_verdicts", sa.Column("cause", sa.String(30), nullable=True))


def downgrade() -> None:
    # The release before knows neither kind.
    for table in ("mentions", "triage_verdicts"):
        op.execute(f"UPDATE {table} SET kind = 'question' WHERE kind IN ('wants_to_buy', 'idea')")
    op.drop_column("triage_verdicts", "cause")
