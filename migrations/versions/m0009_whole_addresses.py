"""Whole addresses of recipients are found by indexes of their own, in the order of a page."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | Sequence[str] | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply it. Readers go on meanwhile, but ingest waits: ten seconds for five million rows, on two cores."""
    op.execute("set local lock_timeout = '5s'")
    # It reads all rows; `concurrently` knows no partitioned tables.
    op.execute("set local statement_timeout = '4h'")
    op.execute("set local maintenance_work_mem = '256MB'")
    op.create_index(
        "smtp_activity_by_recipient",
        "smtp_activity",
        ["account_id", sa.text("hashtextextended(split_part(search_text, chr(9), 2), 0)"), "id"],
    )
    op.create_index(
        "smtp_activity_by_delivered_to",
        "smtp_activity",
        ["account_id", sa.text("hashtextextended(split_part(search_text, chr(9), 3), 0)"), "id"],
        postgresql_where=sa.text("delivered_to is not null"),
    )
    # Else the planner would take any address for one of many rows, in months that nobody writes to any more.
    op.execute("analyze smtp_activity")


def downgrade() -> None:
    """Take it back."""
    op.execute("set local lock_timeout = '5s'")
    op.execute("set local statement_timeout = '5min'")
    op.drop_index("smtp_activity_by_delivered_to", "smtp_activity")
    op.drop_index("smtp_activity_by_recipient", "smtp_activity")
