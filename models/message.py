"""Ingest's working memory: what is known of a message so far, and the events that wait for something to be known."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, DateTime, Index, LargeBinary, SmallInteger, Text
from sqlmodel import Field, SQLModel


class RelayMessage(SQLModel, table=True):
    """One message that a relay has, or had some days ago. Facts come in any order; None is not known yet."""

    __tablename__ = "relay_message"

    relay: str = Field(sa_column=Column(Text, primary_key=True))
    instance: str = Field(sa_column=Column(Text, primary_key=True))
    queue_id: str = Field(sa_column=Column(Text, primary_key=True))
    arrived_at: datetime = Field(sa_column=Column(DateTime(timezone=True), primary_key=True))
    # Whose it is: decided once, when the arrival line is known, and never changed.
    account_id: int | None = Field(sa_column=Column(BigInteger))
    # The arrival line.
    taken_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))
    credential: str | None = Field(sa_column=Column(Text))
    client_address: str | None = Field(sa_column=Column(Text))
    service: str | None = Field(sa_column=Column(Text))
    origin_queue_id: str | None = Field(sa_column=Column(Text))
    # The process that took it, when its first recipient may stand in another file.
    awaiting_process: str | None = Field(sa_column=Column(Text))
    # What it says.
    envelope_sender: str | None = Field(sa_column=Column(Text))
    sender: str | None = Field(sa_column=Column(Text))
    subject: str | None = Field(sa_column=Column(Text))
    message_id: str | None = Field(sa_column=Column(Text))
    # What became of it as a whole.
    queued_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))
    refused_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))
    refused_response: str | None = Field(sa_column=Column(Text))
    refused_smtp_code: int | None = Field(sa_column=Column(SmallInteger))
    refused_enhanced_code: str | None = Field(sa_column=Column(Text))
    expired_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))
    removed_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))
    is_notification: bool = False
    updated_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))

    __table_args__ = (
        Index("relay_message_by_queue_id", "queue_id"),
        Index("relay_message_by_removal", "removed_at"),
        Index(
            "relay_message_awaiting_first",
            "relay",
            "awaiting_process",
            postgresql_where=Column("awaiting_process").is_not(None),
        ),
    )


class ParkedEvent(SQLModel, table=True):
    """An event that waits: `reference` is the queue id (or process) it waits for, `payload` the event as JSON."""

    __tablename__ = "parked_event"
    __table_args__ = (Index("parked_event_by_reference", "reference"),)

    relay: str = Field(sa_column=Column(Text, primary_key=True))
    instance: str = Field(sa_column=Column(Text, primary_key=True))
    reference: str = Field(sa_column=Column(Text, primary_key=True))
    digest: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    kind: str = Field(sa_column=Column(Text, nullable=False))
    occurred_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    payload: str = Field(sa_column=Column(Text, nullable=False))
    parked_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class UnattributedEvent(SQLModel, table=True):
    """An event whose account is unknown: kept, counted, retried. `reference` is the queue id or a refusal's key."""

    __tablename__ = "unattributed_event"
    __table_args__ = (Index("unattributed_event_by_sender", "user_name", "sender_domain"),)

    relay: str = Field(sa_column=Column(Text, primary_key=True))
    instance: str = Field(sa_column=Column(Text, primary_key=True))
    reference: str = Field(sa_column=Column(Text, primary_key=True))
    digest: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    occurred_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    user_name: str | None = Field(sa_column=Column(Text))
    sender_domain: str | None = Field(sa_column=Column(Text))
    payload: str = Field(sa_column=Column(Text, nullable=False))
    recorded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
