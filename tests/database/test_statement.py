"""Statements: SQLAlchemy in, asyncpg's SQL and the order of its values out."""

import asyncpg
import pytest
from sqlalchemy import ARRAY, BigInteger, Text, any_, bindparam, insert, or_, select, text
from sqlalchemy.schema import CreateTable
from sqlmodel import SQLModel, col

from database.statement import compile_statement
from models.account import Account, SendingDomain


async def test_parameters_and_constants_reach_the_server_in_their_places(connection: asyncpg.Connection) -> None:
    add = compile_statement(
        insert(Account)
        .values(external_id=bindparam("key"), name="100 %", time_zone=bindparam("zone"))
        .returning(col(Account.id), col(Account.name), col(Account.external_id), col(Account.time_zone))
    )
    row = await connection.fetchrow(add.sql, *add.arguments({"zone": "UTC", "key": "acme"}))
    assert row is not None
    assert tuple(row) == (1, "100 %", "acme", "UTC")


async def test_a_name_used_twice_is_one_parameter(connection: asyncpg.Connection) -> None:
    key = bindparam("key", type_=Text)
    statement = compile_statement(
        select(col(Account.id)).where(or_(col(Account.external_id) == key, col(Account.name) == key))
    )
    assert statement.parameters == ("key",)
    assert await connection.fetch(statement.sql, *statement.arguments({"key": "acme"})) == []


async def test_an_array_is_one_parameter(connection: asyncpg.Connection) -> None:
    statement = compile_statement(
        select(col(Account.id)).where(col(Account.id) == any_(bindparam("ids", type_=ARRAY(BigInteger))))
    )
    assert await connection.fetch(statement.sql, *statement.arguments({"ids": [1, 2]})) == []


def test_a_given_value_takes_the_place_of_a_constant() -> None:
    statement = compile_statement(select(col(SendingDomain.domain)).limit(10))
    (name,) = statement.parameters
    assert statement.arguments({}) == [10]
    assert statement.arguments({name: 20}) == [20]


def test_a_parameter_without_a_value_is_an_error() -> None:
    statement = compile_statement(select(col(Account.id)).where(col(Account.name) == bindparam("name")))
    with pytest.raises(KeyError, match="name"):
        statement.arguments({"nome": "acme"})


def test_a_percent_sign_stays_one() -> None:
    assert compile_statement(select(text("7 % 4"))).sql.endswith("7 % 4")


def test_a_list_of_unknown_length_is_refused() -> None:
    with pytest.raises(TypeError, match="any_"):
        compile_statement(select(col(Account.id)).where(col(Account.id).in_([1, 2])))


def test_what_takes_no_parameters_is_refused() -> None:
    with pytest.raises(TypeError, match="CreateTable"):
        compile_statement(CreateTable(SQLModel.metadata.tables["account"]))
