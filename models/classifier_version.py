"""The table `classifier_version`: the numbers of operators' own rules, as activities carry them."""

from sqlalchemy import Column, LargeBinary, SmallInteger
from sqlmodel import Field, SQLModel


class ClassifierVersion(SQLModel, table=True):
    """Rules that have read answers here. Numbers are negative: a release's rules alone count upwards from 1."""

    __tablename__ = "classifier_version"

    number: int = Field(sa_column=Column(SmallInteger, primary_key=True, autoincrement=False))
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))
