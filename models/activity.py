"""The table `smtp_activity`: one row per recipient of a message."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, Index, SmallInteger, Text, text
from sqlmodel import Field, SQLModel

from models.status import Status

# Two addresses as SQL, folded as they stand in `search_text` (models/search_text.py); no alias, no second one.
RECIPIENT = "split_part(search_text, chr(9), 2)"
DELIVERED_TO = "split_part(search_text, chr(9), 3)"


class SmtpActivity(SQLModel, table=True):
    """What is known of one recipient of one message now. Partitioned by month on `id`, which is time-ordered."""

    __tablename__ = "smtp_activity"
    __table_args__ = (
        Index("smtp_activity_by_status", "account_id", "status", "id"),
        Index("smtp_activity_by_message_id", "account_id", "message_id"),
        Index("smtp_activity_by_queue_id", "account_id", "queue_id"),
        Index(
            "smtp_activity_by_account_text",
            "account_id",
            "search_text",
            postgresql_using="gin",
            postgresql_ops={"search_text": "gin_trgm_ops"},
        ),
        # Hashes, for an address may be longer than an index takes, and most are longer than a hash.
        Index("smtp_activity_by_recipient", "account_id", text(f"hashtextextended({RECIPIENT}, 0)"), "id"),
        Index(
            "smtp_activity_by_delivered_to",
            "account_id",
            text(f"hashtextextended({DELIVERED_TO}, 0)"),
            "id",
            postgresql_where=text("delivered_to is not null"),
        ),
    )

    account_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    id: UUID = Field(primary_key=True)
    sent_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    status: Status = Field(sa_column=Column(Text, nullable=False))
    status_changed_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    recipient: str = Field(sa_column=Column(Text, nullable=False))
    delivered_to: str | None = Field(sa_column=Column(Text))
    sender: str = Field(sa_column=Column(Text, nullable=False))
    envelope_sender: str = Field(sa_column=Column(Text, nullable=False))
    subject: str | None = Field(sa_column=Column(Text))
    message_key: str = Field(sa_column=Column(Text, nullable=False))
    queue_id: str | None = Field(sa_column=Column(Text))
    message_id: str | None = Field(sa_column=Column(Text))
    relay: str = Field(sa_column=Column(Text, nullable=False))
    credential: str | None = Field(sa_column=Column(Text))
    attempt_count: int
    reason_category: str | None = Field(sa_column=Column(Text))
    reason_message: str | None = Field(sa_column=Column(Text))
    smtp_code: int | None = Field(sa_column=Column(SmallInteger))
    enhanced_code: str | None = Field(sa_column=Column(Text))
    classifier_version: int = Field(sa_column=Column(SmallInteger, nullable=False))
    search_text: str = Field(sa_column=Column(Text, nullable=False))
