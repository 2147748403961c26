"""Activities and events, partitioned by month, and the functions through which the service adds and drops months."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | Sequence[str] | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_STATUSES = "'REJECTED', 'ACCEPTED', 'PENDING', 'DELIVERED', 'DEFERRED', 'SOFT_BOUNCE', 'HARD_BOUNCE'"
_WITH_REASON = "'REJECTED', 'DEFERRED', 'SOFT_BOUNCE', 'HARD_BOUNCE'"


def upgrade() -> None:
    """Apply it, without keeping anybody waiting for a lock."""
    op.execute("set local lock_timeout = '5s'")
    op.execute("set local statement_timeout = '5min'")
    op.execute("create extension if not exists pg_trgm")
    _create_smtp_activity()
    _create_smtp_event()
    _create_functions()


def downgrade() -> None:
    """Take it back, with all months. The extension stays: it may have been there before."""
    op.execute("set local lock_timeout = '5s'")
    op.execute("set local statement_timeout = '5min'")
    op.execute("drop function smtp_activity_drop_month(date)")
    op.execute("drop function smtp_activity_add_month(date)")
    op.execute("drop function smtp_activity_first_id(date)")
    op.drop_table("smtp_event")
    op.drop_table("smtp_activity")


def _create_smtp_activity() -> None:
    op.create_table(
        "smtp_activity",
        sa.Column("account_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("status_changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("delivered_to", sa.Text),
        sa.Column("sender", sa.Text, nullable=False),
        sa.Column("envelope_sender", sa.Text, nullable=False),
        sa.Column("subject", sa.Text),
        sa.Column("message_key", sa.Text, nullable=False),
        sa.Column("queue_id", sa.Text),
        sa.Column("message_id", sa.Text),
        sa.Column("relay", sa.Text, nullable=False),
        sa.Column("credential", sa.Text),
        sa.Column("attempt_count", sa.Integer, nullable=False),
        sa.Column("reason_category", sa.Text),
        sa.Column("reason_message", sa.Text),
        sa.Column("smtp_code", sa.SmallInteger),
        sa.Column("enhanced_code", sa.Text),
        sa.Column("classifier_version", sa.SmallInteger, nullable=False),
        sa.Column("search_text", sa.Text, nullable=False),
        sa.CheckConstraint(f"status in ({_STATUSES})", "smtp_activity_status_is_known"),
        sa.CheckConstraint(
            f"reason_category is null or status in ({_WITH_REASON})", "smtp_activity_reason_belongs_to_status"
        ),
        sa.CheckConstraint(
            "length(search_text) - length(replace(search_text, chr(10), '')) = 2",
            "smtp_activity_search_text_has_three_lines",
        ),
        sa.CheckConstraint("attempt_count >= 0", "smtp_activity_attempt_count_is_not_negative"),
        postgresql_partition_by="RANGE (id)",
    )
    op.create_index("smtp_activity_by_status", "smtp_activity", ["account_id", "status", "id"])
    op.create_index("smtp_activity_by_message_id", "smtp_activity", ["account_id", "message_id"])
    op.create_index("smtp_activity_by_queue_id", "smtp_activity", ["account_id", "queue_id"])
    op.create_index(
        "smtp_activity_by_search_text",
        "smtp_activity",
        ["search_text"],
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    )


def _create_smtp_event() -> None:
    op.create_table(
        "smtp_event",
        sa.Column("account_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("activity_id", sa.Uuid, primary_key=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), primary_key=True),
        sa.Column("status", sa.Text, primary_key=True),
        sa.Column("answer_hash", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("remote_host", sa.Text),
        sa.Column("response", sa.Text),
        sa.Column("smtp_code", sa.SmallInteger),
        sa.Column("enhanced_code", sa.Text),
        sa.Column("reason_category", sa.Text),
        sa.Column("attempted", sa.Boolean, nullable=False),
        sa.Column("out_of_band", sa.Boolean, nullable=False),
        sa.Column("tied", sa.Boolean, nullable=False),
        sa.CheckConstraint(f"status in ({_STATUSES})", "smtp_event_status_is_known"),
        postgresql_partition_by="RANGE (activity_id)",
    )


def _create_functions() -> None:
    op.execute(
        # The smallest id of a day (models/activity_id.py): 48 bits of milliseconds, version 8, variant 10, else zeros.
        """
        create function smtp_activity_first_id(day date) returns uuid
        language sql immutable strict parallel safe
        return concat(
            lpad(to_hex(extract(epoch from day::timestamp)::bigint * 1000), 12, '0'), '80008000000000000000'
        )::uuid
        """
    )
    # A SECURITY DEFINER function must not find its tables through the caller's search_path.
    schema = op.get_bind().scalar(sa.text("select quote_ident(current_schema())"))
    for function in (_ADD_MONTH, _DROP_MONTH):
        op.execute(function.format(schema=schema))
    for name in ("smtp_activity_add_month", "smtp_activity_drop_month"):
        op.execute(f"revoke all on function {name}(date) from public")


# Both wait for each other (the advisory lock), so that two sessions may ask for the same month at once. A table is made
# first and attached then: `create table … partition of` would lock the parent against everybody.
_ADD_MONTH = """
create function smtp_activity_add_month(month date) returns void
language plpgsql strict security definer
set search_path = {schema}, pg_temp
set lock_timeout = '5s'
as $$
declare
    next_month date := month + interval '1 month';
    parent text;
    partition text;
begin
    if extract(day from month) <> 1 or month not between '1970-01-01' and '9999-12-01' then
        raise 'A month is named by its first day, from 1970-01-01 to 9999-12-01: %', month
            using errcode = 'invalid_parameter_value';
    end if;
    perform pg_advisory_xact_lock(hashtextextended('smtp_activity months', 0));
    foreach parent in array array['smtp_activity', 'smtp_event'] loop
        partition := parent || to_char(month, '_YYYY_MM');
        if to_regclass(partition) is null then
            execute format('create table %I (like %I including all)', partition, parent);
            execute format(
                'alter table %I attach partition %I for values from (%L) to (%L)',
                parent, partition, smtp_activity_first_id(month), smtp_activity_first_id(next_month)
            );
        end if;
    end loop;
end
$$
"""

_DROP_MONTH = """
create function smtp_activity_drop_month(month date) returns void
language plpgsql strict security definer
set search_path = {schema}, pg_temp
set lock_timeout = '5s'
as $$
declare
    parent text;
begin
    if extract(day from month) <> 1 or month not between '1970-01-01' and '9999-12-01' then
        raise 'A month is named by its first day, from 1970-01-01 to 9999-12-01: %', month
            using errcode = 'invalid_parameter_value';
    end if;
    perform pg_advisory_xact_lock(hashtextextended('smtp_activity months', 0));
    foreach parent in array array['smtp_event', 'smtp_activity'] loop
        execute format('drop table if exists %I', parent || to_char(month, '_YYYY_MM'));
    end loop;
end
$$
"""
