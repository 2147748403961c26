"""What a followed log's reader held where it stopped, and how many lines came lately."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | Sequence[str] | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply it, without keeping anybody waiting for a lock."""
    op.execute("set local lock_timeout = '5s'")
    op.execute("set local statement_timeout = '5min'")
    op.add_column("ingest_source", sa.Column("reader_state", sa.Text))
    # The release before writes without it.
    op.add_column("ingest_source", sa.Column("recent_lines", sa.Double, nullable=False, server_default="0"))


def downgrade() -> None:
    """Take it back. A followed log is then read from its beginning again, which changes nothing."""
    op.execute("set local lock_timeout = '5s'")
    op.execute("set local statement_timeout = '5min'")
    op.drop_column("ingest_source", "recent_lines")
    op.drop_column("ingest_source", "reader_state")
