"""`smtpActivity`, `node` and `nodes`: objects by their ids, and the same null for all that is not there."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from auth.permissions import Role
from graphql_api.global_id import global_id
from tests.conftest import NOW
from tests.graphql_api.conftest import AccountIds, Asker, Tokens
from tests.graphql_api.rows import insert_activity, insert_event

NODES = """
query ($ids: [ID!]!) {
  nodes(ids: $ids) {
    __typename id
    ... on Viewer { role }
    ... on Account { name }
    ... on SmtpActivity { recipient events(last: 1) { status } }
  }
}
"""
SENT_AT = NOW - timedelta(hours=1)


async def activity_ids(connection: asyncpg.Connection, account_id: int, number: int) -> list[str]:
    """So many activities with two events each; their global ids."""
    ids = [await insert_activity(connection, account_id, SENT_AT, recipient=f"{n}@example.com") for n in range(number)]
    for id_ in ids:
        for status in ("ACCEPTED", "DELIVERED"):
            await insert_event(connection, account_id, id_, SENT_AT, status)
    return [global_id("SmtpActivity", str(id_)) for id_ in ids]


async def test_nodes_stand_in_the_order_asked_with_null_where_there_is_none(
    connection: asyncpg.Connection, accounts: AccountIds, regular: Asker
) -> None:
    one, other = await activity_ids(connection, accounts.northwind, 2)
    (foreign,) = await activity_ids(connection, accounts.acme, 1)
    me = (await regular.data("{ viewer { id account { id } } }"))["viewer"]
    ids = [other, "nothing", me["account"]["id"], foreign, one, me["id"], other]
    assert (await regular.data(NODES, {"ids": ids}))["nodes"] == [
        {"__typename": "SmtpActivity", "id": other, "recipient": "1@example.com", "events": [{"status": "DELIVERED"}]},
        None,
        {"__typename": "Account", "id": me["account"]["id"], "name": "Northwind"},
        None,
        {"__typename": "SmtpActivity", "id": one, "recipient": "0@example.com", "events": [{"status": "DELIVERED"}]},
        {"__typename": "Viewer", "id": me["id"], "role": "REGULAR"},
        {"__typename": "SmtpActivity", "id": other, "recipient": "1@example.com", "events": [{"status": "DELIVERED"}]},
    ]


@pytest.mark.parametrize(
    "id_",
    [
        global_id("SmtpActivity", str(UUID(int=0))),
        global_id("SmtpActivity", str(UUID(int=2**128 - 1))),
        global_id("SmtpActivity", "01900000000080008000000000000000"),
        global_id("SmtpActivity", "x"),
        global_id("SmtpActivity"),
        global_id("SmtpActivity", str(UUID(int=0)), "more"),
        global_id("SmtpRecipient", str(UUID(int=0))),
        global_id("Viewer", "northwind", "somebody else"),
        global_id("Viewer", "acme", "someone"),
        global_id("Account", "acme"),
        "",
        "\0",
        "é",
        5,
    ],
)
async def test_an_id_of_nothing_is_null_everywhere(regular: Asker, id_: Any) -> None:
    query = "query ($id: ID!) { smtpActivity(id: $id) { id } node(id: $id) { id } nodes(ids: [$id]) { id } }"
    assert await regular.data(query, {"id": id_}) == {"smtpActivity": None, "node": None, "nodes": [None]}


async def test_only_activities_are_activities(regular: Asker) -> None:
    me = (await regular.data("{ viewer { id } }"))["viewer"]["id"]
    query = "query ($id: ID!) { smtpActivity(id: $id) { id } node(id: $id) { id } }"
    assert await regular.data(query, {"id": me}) == {"smtpActivity": None, "node": {"id": me}}


async def test_a_refusal_leaves_the_other_nodes_alone(client: httpx.AsyncClient, tokens: Tokens) -> None:
    asker = Asker(client, tokens.issue(Role.CUSTOM))
    me = (await asker.data("{ viewer { id } }"))["viewer"]["id"]
    activity = global_id("SmtpActivity", str(UUID(int=0)))
    answer = (await asker.response(NODES, {"ids": [activity, me, activity]})).json()
    assert answer["data"]["nodes"] == [None, {"__typename": "Viewer", "id": me, "role": "CUSTOM"}, None]
    assert [error["path"] for error in answer["errors"]] == [["nodes", 0], ["nodes", 2]]


async def test_nodes_takes_100_ids_and_no_more(regular: Asker) -> None:
    assert await regular.data(NODES, {"ids": []}) == {"nodes": []}
    assert await regular.data(NODES, {"ids": ["x"] * 100}) == {"nodes": [None] * 100}
    error = await regular.error(NODES, {"ids": ["x"] * 101})
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argumentPath": ["ids"]}
    assert "100" in error["message"]


async def test_nodes_take_two_statements_however_many(
    connection: asyncpg.Connection, accounts: AccountIds, regular: Asker, statements: list[str]
) -> None:
    ids = await activity_ids(connection, accounts.northwind, 100)
    # The driver asks a new connection once what an array is.
    await regular.data(NODES, {"ids": ids})
    for number in (1, 100):
        statements.clear()
        await regular.data(NODES, {"ids": ids[:number]})
        assert len(statements) == 2


async def test_only_the_columns_that_the_selection_needs_are_read(
    connection: asyncpg.Connection, accounts: AccountIds, regular: Asker, statements: list[str]
) -> None:
    (id_,) = await activity_ids(connection, accounts.northwind, 1)
    query = "query ($id: ID!) { node(id: $id) { id ...F } } fragment F on SmtpActivity { relay ... { sender } }"
    await regular.data(query, {"id": id_})
    statements.clear()
    await regular.data(query, {"id": id_})
    (statement,) = statements
    selected, _, _ = statement.removeprefix("SELECT ").partition("\nFROM")
    assert re.findall(r"smtp_activity\.(\w+)", selected) == ["id", "relay", "sender"]
