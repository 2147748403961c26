"""Tokens that this service issued, by id and metadata alone, and what was revoked of the host's own."""

import secrets
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Column, DateTime, ForeignKey, Index, Text, text
from sqlmodel import Field, SQLModel


def new_token_id(now: datetime) -> UUID:
    """A UUID version 7 (RFC 9562 section 5.7): milliseconds, then chance; so newer tokens have higher ids."""
    milliseconds = int(now.timestamp() * 1000)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62))


class AccessToken(SQLModel, table=True):
    """A token of `accessTokenIssue`: its `jti`, and what is told of it; never the token itself."""

    __tablename__ = "access_token"
    __table_args__ = (
        Index("access_token_by_account", "account_id", "id"),
        Index("access_token_revoked", "expires_at", postgresql_where=text("revoked_at is not null")),
    )

    id: UUID = Field(primary_key=True)
    account_id: int = Field(sa_column=Column(BigInteger, ForeignKey("account.id"), nullable=False))
    name: str = Field(sa_column=Column(Text, nullable=False))
    # Names of auth/permissions.py, in its order.
    permissions: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    created_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    expires_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    # To the hour.
    last_used_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    revoked_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))


class TokenRevocation(SQLModel, table=True):
    """An issuer's tokens for a subject that were issued before an instant, or do not say when, hold no more."""

    __tablename__ = "token_revocation"

    issuer: str = Field(sa_column=Column(Text, primary_key=True))
    subject: str = Field(sa_column=Column(Text, primary_key=True))
    issued_before: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
