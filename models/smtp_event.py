"""The table `smtp_event`, behind the timeline. Apart from the events themselves: who reads logs needs no tables."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, SmallInteger, Text
from sqlmodel import Field, SQLModel

from models.status import Status


class SmtpEvent(SQLModel, table=True):
    """One thing that happened to one recipient's message. Append-only; partitioned by month on `activity_id`."""

    __tablename__ = "smtp_event"

    account_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    activity_id: UUID = Field(primary_key=True)
    occurred_at: datetime = Field(sa_column=Column(DateTime(timezone=True), primary_key=True))
    status: Status = Field(sa_column=Column(Text, primary_key=True))
    answer_hash: int = Field(sa_column=Column(BigInteger, primary_key=True))
    remote_host: str | None = Field(sa_column=Column(Text))
    response: str | None = Field(sa_column=Column(Text))
    smtp_code: int | None = Field(sa_column=Column(SmallInteger))
    enhanced_code: str | None = Field(sa_column=Column(Text))
    reason_category: str | None = Field(sa_column=Column(Text))
    attempted: bool = False
    out_of_band: bool = False
    tied: bool = True
