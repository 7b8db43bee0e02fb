"""Remember which links of replies nobody could look at when they were brought; the journal has told it so far."""

import sqlalchemy as sa
from alembic import op

revision = "20261122_0046"
down_revision = "20261122_0045"

_TOLD = """
UPDATE publications SET link_unverified = true
WHERE status = 'SENT' AND id IN (
  SELECT subject_id FROM journal_entries
  WHERE subject_type = 'publications'
    AND action IN ('publication.linked_unverified', 'publication.confirmed_unverified')
)
"""


def upgrade() -> None:
    op.add_column("publications", sa.Column("link_unverified", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(_TOLD)


def downgrade() -> None:
    op.drop_column("publications", "link_unverified")
