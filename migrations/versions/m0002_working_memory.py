"""The working memory of ingest: open messages, events that wait, events of nobody, and how far a source was read."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | Sequence[str] | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply it, without keeping anybody waiting for a lock."""
    op.execute("set local lock_timeout = '5s'")
    op.execute("set local statement_timeout = '5min'")
    _create_relay_message()
    _create_parked_event()
    _create_unattributed_event()
    _create_ingest_source()


def downgrade() -> None:
    """Take it back."""
    op.execute("set local lock_timeout = '5s'")
    op.execute("set local statement_timeout = '5min'")
    for table in ("ingest_source", "unattributed_event", "parked_event", "relay_message"):
        op.drop_table(table)


def _create_relay_message() -> None:
    op.create_table(
        "relay_message",
        sa.Column("relay", sa.Text, primary_key=True),
        sa.Column("instance", sa.Text, primary_key=True),
        sa.Column("queue_id", sa.Text, primary_key=True),
        sa.Column("arrived_at", sa.DateTime(timezone=True), primary_key=True),
        sa.Column("account_id", sa.BigInteger),
        sa.Column("taken_at", sa.DateTime(timezone=True)),
        sa.Column("credential", sa.Text),
        sa.Column("client_address", sa.Text),
        sa.Column("service", sa.Text),
        sa.Column("origin_queue_id", sa.Text),
        sa.Column("awaiting_process", sa.Text),
        sa.Column("envelope_sender", sa.Text),
        sa.Column("sender", sa.Text),
        sa.Column("subject", sa.Text),
        sa.Column("message_id", sa.Text),
        sa.Column("queued_at", sa.DateTime(timezone=True)),
        sa.Column("refused_at", sa.DateTime(timezone=True)),
        sa.Column("refused_response", sa.Text),
        sa.Column("refused_smtp_code", sa.SmallInteger),
        sa.Column("refused_enhanced_code", sa.Text),
        sa.Column("expired_at", sa.DateTime(timezone=True)),
        sa.Column("removed_at", sa.DateTime(timezone=True)),
        sa.Column("is_notification", sa.Boolean, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("relay_message_by_queue_id", "relay_message", ["queue_id"])
    op.create_index("relay_message_by_removal", "relay_message", ["removed_at"])
    op.create_index(
        "relay_message_awaiting_first",
        "relay_message",
        ["relay", "awaiting_process"],
        postgresql_where=sa.text("awaiting_process is not null"),
    )


def _create_parked_event() -> None:
    op.create_table(
        "parked_event",
        sa.Column("relay", sa.Text, primary_key=True),
        sa.Column("instance", sa.Text, primary_key=True),
        sa.Column("reference", sa.Text, primary_key=True),
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("parked_event_by_reference", "parked_event", ["reference"])


def _create_unattributed_event() -> None:
    op.create_table(
        "unattributed_event",
        sa.Column("relay", sa.Text, primary_key=True),
        sa.Column("instance", sa.Text, primary_key=True),
        sa.Column("reference", sa.Text, primary_key=True),
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_name", sa.Text),
        sa.Column("sender_domain", sa.Text),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("unattributed_event_by_sender", "unattributed_event", ["user_name", "sender_domain"])


def _create_ingest_source() -> None:
    op.create_table(
        "ingest_source",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("shift_seconds", sa.BigInteger, nullable=False),
        sa.Column("recorded_up_to", sa.DateTime(timezone=True)),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("position >= 0", "ingest_source_position_is_not_negative"),
    )
