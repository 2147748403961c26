"""The table `erased_address`: what was erased, known again by a keyed hash and by nothing else."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, DateTime, LargeBinary
from sqlmodel import Field, SQLModel


class ErasedAddress(SQLModel, table=True):
    """An address that an account's messages no longer show, those that arrived up to `erased_at`.

    The account is no foreign key: the hashes outlive what a restored backup knows (docs/privacy.md).
    """

    __tablename__ = "erased_address"

    digest: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    account_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    erased_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    # Whether its rows stay, under a pseudonym.
    pseudonymised: bool
