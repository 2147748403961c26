"""Keyed hashes of erased addresses, so that no log brings back what was erased."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | Sequence[str] | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply it, without keeping anybody waiting for a lock."""
    op.execute("set local lock_timeout = '5s'")
    op.execute("set local statement_timeout = '5min'")
    op.create_table(
        "erased_address",
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        sa.Column("account_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pseudonymised", sa.Boolean, nullable=False),
    )


def downgrade() -> None:
    """Take it back. What was erased stays so until a log that names it is read again."""
    op.execute("set local lock_timeout = '5s'")
    op.execute("set local statement_timeout = '5min'")
    op.drop_table("erased_address")
