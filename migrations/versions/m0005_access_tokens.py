"""Tokens issued here, what was revoked, and the notification by which every worker learns of it at once."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | Sequence[str] | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply it, without keeping anybody waiting for a lock."""
    op.execute("set local lock_timeout = '5s'")
    op.execute("set local statement_timeout = '5min'")
    _create_access_token()
    _create_token_revocation()
    _create_triggers()


def downgrade() -> None:
    """Take it back. Tokens that were revoked hold again until they expire, as the release before knows no better."""
    op.execute("set local lock_timeout = '5s'")
    op.execute("set local statement_timeout = '5min'")
    op.drop_table("token_revocation")
    op.drop_table("access_token")
    op.execute("drop function smtp_activity_tell_revocation()")


def _create_access_token() -> None:
    op.create_table(
        "access_token",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("account_id", sa.BigInteger, sa.ForeignKey("account.id"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("permissions", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True)),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint(
            "permissions <@ array['ACCESS_SMTP_ACTIVITIES', 'RECORD_SMTP_EVENTS'] and cardinality(permissions) > 0",
            "access_token_permissions_are_grantable",
        ),
    )
    op.create_index("access_token_by_account", "access_token", ["account_id", "id"])
    op.create_index(
        "access_token_revoked", "access_token", ["expires_at"], postgresql_where=sa.text("revoked_at is not null")
    )


def _create_token_revocation() -> None:
    op.create_table(
        "token_revocation",
        sa.Column("issuer", sa.Text, primary_key=True),
        sa.Column("subject", sa.Text, primary_key=True),
        sa.Column("issued_before", sa.DateTime(timezone=True), nullable=False),
    )


def _create_triggers() -> None:
    # In the database, so that no way of revoking can forget to tell; at commit, and once for all rows of a statement.
    op.execute(
        """
        create function smtp_activity_tell_revocation() returns trigger
        language plpgsql
        as $$
        begin
            notify smtp_activity_revocation;
            return null;
        end
        $$
        """
    )
    for table, change in (("access_token", "update of revoked_at"), ("token_revocation", "insert or update")):
        op.execute(
            f"create trigger {table}_tells after {change} on {table}"
            " for each statement execute function smtp_activity_tell_revocation()"
        )
