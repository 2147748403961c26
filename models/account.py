"""Accounts of the relay's customers, and how a log line finds its account: SMTP credentials and sending domains."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, Identity, Text
from sqlmodel import Field, SQLModel


class Account(SQLModel, table=True):
    """A customer. `external_id` is the token's account claim; the plan is active until then (infinity: without end)."""

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    external_id: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    name: str = Field(sa_column=Column(Text, nullable=False))
    time_zone: str = Field(sa_column=Column(Text, nullable=False))
    smtp_plan_active_until: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    retention_days: int | None = None


class SmtpCredential(SQLModel, table=True):
    """An SMTP user name, and whose it is."""

    __tablename__ = "smtp_credential"

    user_name: str = Field(sa_column=Column(Text, primary_key=True))
    account_id: int = Field(sa_column=Column(BigInteger, ForeignKey("account.id"), nullable=False, index=True))


class SendingDomain(SQLModel, table=True):
    """A domain that a customer sends from (lower case), and whose it is; it counts for trusted clients only."""

    __tablename__ = "sending_domain"

    domain: str = Field(sa_column=Column(Text, primary_key=True))
    account_id: int = Field(sa_column=Column(BigInteger, ForeignKey("account.id"), nullable=False, index=True))
