"""Accounts, how a log line finds its account, and the installation with its key."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply it, without keeping anybody waiting for a lock."""
    op.execute("set local lock_timeout = '5s'")
    op.execute("set local statement_timeout = '5min'")
    op.create_table(
        "account",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("external_id", sa.Text, nullable=False, unique=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("time_zone", sa.Text, nullable=False),
        sa.Column("smtp_plan_active_until", sa.DateTime(timezone=True)),
        sa.Column("retention_days", sa.Integer),
        sa.CheckConstraint("retention_days > 0", "account_retention_is_positive"),
    )
    op.create_table(
        "smtp_credential",
        sa.Column("user_name", sa.Text, primary_key=True),
        sa.Column("account_id", sa.BigInteger, sa.ForeignKey("account.id"), nullable=False, index=True),
    )
    op.create_table(
        "sending_domain",
        sa.Column("domain", sa.Text, primary_key=True),
        sa.Column("account_id", sa.BigInteger, sa.ForeignKey("account.id"), nullable=False, index=True),
        sa.CheckConstraint("domain !~ '[A-Z]'", "sending_domain_is_lower_case"),
    )
    op.create_table(
        "installation",
        sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("id_key", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", "installation_has_one_row"),
        sa.CheckConstraint("length(id_key) = 32", "installation_key_has_32_bytes"),
    )
    # The server draws the key (366 random bits, hashed to 32 bytes), so that no log of statements ever holds it.
    op.execute(
        "insert into installation (id, id_key, created_at)"
        " select 1, sha256(string_agg(uuid_send(gen_random_uuid()), '')), now() from generate_series(1, 3)"
    )


def downgrade() -> None:
    """Take it back. The key goes with it: ids that were made with it cannot be made again."""
    op.execute("set local lock_timeout = '5s'")
    op.execute("set local statement_timeout = '5min'")
    for table in ("installation", "sending_domain", "smtp_credential", "account"):
        op.drop_table(table)
