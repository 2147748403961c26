"""What ingest has read (`ingest_source`), and the installation's own secrets (`installation`)."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, DateTime, Double, LargeBinary, SmallInteger, Text
from sqlmodel import Field, SQLModel


class IngestSource(SQLModel, table=True):
    """A file or stream that was read: how far, and up to which instant it speaks. Locked while it is read."""

    __tablename__ = "ingest_source"

    name: str = Field(sa_column=Column(Text, primary_key=True))
    # The first bytes' hash: a rotated file under the same name is another file.
    fingerprint: str = Field(sa_column=Column(Text, nullable=False))
    # Bytes read, uncompressed.
    position: int = Field(sa_column=Column(BigInteger, nullable=False))
    # The demo moves a recorded log to the present by this many seconds; zero everywhere else.
    shift_seconds: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    recorded_up_to: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))
    updated_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    # What a followed log's reader holds at that position (JSON); null: the log was read once, as a whole.
    reader_state: str | None = Field(default=None, sa_column=Column(Text))
    # Lines read, each counting less the longer ago (`RECENT`).
    recent_lines: float = Field(default=0.0, sa_column=Column(Double, nullable=False, server_default="0"))


class Installation(SQLModel, table=True):
    """The one row of this installation, made by the first migration: the key of the hashes in ids."""

    __tablename__ = "installation"

    id: int = Field(sa_column=Column(SmallInteger, primary_key=True, autoincrement=False))
    id_key: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    created_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
