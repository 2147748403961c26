"""The text index begins with the account, so that a search reads nobody else's mail."""

from collections.abc import Sequence

from alembic import op

revision: str = "0008"
down_revision: str | Sequence[str] | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply it. Readers go on meanwhile, but ingest waits: two minutes for five million rows, on two cores."""
    op.execute("set local lock_timeout = '5s'")
    # It reads all rows; `concurrently` knows no partitioned tables.
    op.execute("set local statement_timeout = '4h'")
    op.execute("set local maintenance_work_mem = '256MB'")
    op.execute("create extension if not exists btree_gin")
    op.create_index(
        "smtp_activity_by_account_text",
        "smtp_activity",
        ["account_id", "search_text"],
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    )
    op.drop_index("smtp_activity_by_search_text", "smtp_activity")


def downgrade() -> None:
    """Take it back. The extension stays: it may have been there before."""
    op.execute("set local lock_timeout = '5s'")
    op.execute("set local statement_timeout = '4h'")
    op.create_index(
        "smtp_activity_by_search_text",
        "smtp_activity",
        ["search_text"],
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    )
    op.drop_index("smtp_activity_by_account_text", "smtp_activity")
