"""Who gets what: each caller, each field, the answer. A refusal carries no data."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from auth.permissions import Permission, Role
from graphql_api.global_id import global_id
from tests.graphql_api.conftest import AccountIds, Asker, Tokens
from tests.graphql_api.rows import insert_activity, insert_event

FIELDS = {
    "viewer": "{ viewer { role account { name hasActiveSmtpPlan } } }",
    "smtpActivities": "{ smtpActivities { nodes { recipient events { response } } } }",
    "smtpActivity": "query ($id: ID!) { smtpActivity(id: $id) { recipient events { response } } }",
    "node": "query ($id: ID!) { node(id: $id) { ... on SmtpActivity { recipient events { response } } } }",
    "nodes": "query ($id: ID!) { nodes(ids: [$id]) { ... on SmtpActivity { recipient events { response } } } }",
}
FORBIDDEN = {"code": "FORBIDDEN", "requiredPermissions": ["ACCESS_SMTP_ACTIVITIES"]}
PLAN_REQUIRED = {"code": "SMTP_PLAN_REQUIRED"}
NORTHWIND = {"recipient": "amelie@example.com", "events": [{"response": "250 amelie"}]}
NORTHWINDS = {"nodes": [NORTHWIND]}
ACMES = {"nodes": [{"recipient": "bruno@example.com", "events": [{"response": "250 bruno"}]}]}


@dataclass(frozen=True)
class Caller:
    """Who asks, and what `viewer` and `smtpActivities` must answer: the value, or the extensions of the error."""

    role: Role
    granted: tuple[Permission, ...]
    account: str
    viewer: dict[str, Any]
    activities: dict[str, Any]


def viewer(role: str, account: str, *, plan: bool = True) -> dict[str, Any]:
    """What `viewer` answers."""
    return {"role": role, "account": {"name": account, "hasActiveSmtpPlan": plan}}


ACCESS, MANAGE, RECORD = (
    Permission.ACCESS_SMTP_ACTIVITIES,
    Permission.MANAGE_ACCESS_TOKENS,
    Permission.RECORD_SMTP_EVENTS,
)
CALLERS = {
    "custom without": Caller(Role.CUSTOM, (), "northwind", viewer("CUSTOM", "Northwind"), FORBIDDEN),
    "custom with another": Caller(Role.CUSTOM, (RECORD,), "northwind", viewer("CUSTOM", "Northwind"), FORBIDDEN),
    "custom with": Caller(Role.CUSTOM, (ACCESS,), "northwind", viewer("CUSTOM", "Northwind"), NORTHWINDS),
    "regular": Caller(Role.REGULAR, (), "northwind", viewer("REGULAR", "Northwind"), NORTHWINDS),
    "administrator": Caller(Role.ADMINISTRATOR, (), "northwind", viewer("ADMINISTRATOR", "Northwind"), NORTHWINDS),
    "other account": Caller(Role.REGULAR, (), "acme", viewer("REGULAR", "Acme"), ACMES),
    "no plan": Caller(Role.REGULAR, (), "globex", viewer("REGULAR", "Globex", plan=False), PLAN_REQUIRED),
    "no plan, administrator": Caller(
        Role.ADMINISTRATOR, (), "globex", viewer("ADMINISTRATOR", "Globex", plan=False), PLAN_REQUIRED
    ),
    "no plan and no permission": Caller(Role.CUSTOM, (), "globex", viewer("CUSTOM", "Globex", plan=False), FORBIDDEN),
}


@pytest.fixture
async def recipients(connection: asyncpg.Connection, accounts: AccountIds, now: datetime) -> dict[str, str]:
    """One activity of each account, with an event; their global ids."""
    ids: dict[str, str] = {}
    sent_at = now - timedelta(hours=1)
    for account, name in ((accounts.northwind, "amelie"), (accounts.acme, "bruno"), (accounts.globex, "chandra")):
        id_ = await insert_activity(connection, account, sent_at, recipient=f"{name}@example.com")
        await insert_event(connection, account, id_, sent_at, "DELIVERED", response=f"250 {name}")
        ids[name] = global_id("SmtpActivity", str(id_))
    return ids


@pytest.mark.usefixtures("recipients")
@pytest.mark.parametrize("name", CALLERS)
async def test_each_caller_gets_what_the_table_says(client: httpx.AsyncClient, tokens: Tokens, name: str) -> None:
    caller = CALLERS[name]
    asker = Asker(client, tokens.issue(caller.role, *caller.granted, account=caller.account))
    for field, expected in (("viewer", caller.viewer), ("smtpActivities", caller.activities)):
        response = await asker.response(FIELDS[field])
        assert response.status_code == 200
        if "code" in expected:
            assert response.json()["data"] == {field: None}
            assert [error["extensions"] for error in response.json()["errors"]] == [expected]
            assert [error["path"] for error in response.json()["errors"]] == [[field]]
        else:
            assert response.json().keys() == {"data", "extensions"}
            assert response.json()["data"] == {field: expected}


UNKNOWN = global_id("SmtpActivity", "01900000-0000-8000-8000-000000000000")


@pytest.mark.parametrize("name", CALLERS)
@pytest.mark.parametrize("whose", ["amelie", "bruno", "chandra", "nobody"])
async def test_an_activitys_id_gets_what_the_table_says(
    client: httpx.AsyncClient, tokens: Tokens, recipients: dict[str, str], name: str, whose: str
) -> None:
    caller = CALLERS[name]
    asker = Asker(client, tokens.issue(caller.role, *caller.granted, account=caller.account))
    own = [row for row in caller.activities.get("nodes", ()) if row["recipient"].startswith(whose)]
    expected = own[0] if own else None
    for field, path in (("smtpActivity", ["smtpActivity"]), ("node", ["node"]), ("nodes", ["nodes", 0])):
        answer = (await asker.response(FIELDS[field], {"id": recipients.get(whose, UNKNOWN)})).json()
        assert answer.pop("data") == {field: [expected] if field == "nodes" else expected}
        errors = [(error["path"], error["extensions"]) for error in answer.pop("errors", ())]
        assert errors == ([(path, caller.activities)] if "code" in caller.activities else [])


async def test_the_refusal_speaks_the_products_words(client: httpx.AsyncClient, tokens: Tokens) -> None:
    error = await Asker(client, tokens.issue(Role.CUSTOM)).error(FIELDS["smtpActivities"])
    assert "Access SMTP activities" in error["message"]


async def test_a_refused_field_leaves_the_others_alone(client: httpx.AsyncClient, tokens: Tokens) -> None:
    asker = Asker(client, tokens.issue(Role.CUSTOM))
    answer = (await asker.response("{ viewer { role } smtpActivities { nodes { id } } }")).json()
    assert answer["data"] == {"viewer": {"role": "CUSTOM"}, "smtpActivities": None}


async def test_the_permission_comes_before_the_input(client: httpx.AsyncClient, tokens: Tokens) -> None:
    error = await Asker(client, tokens.issue(Role.CUSTOM)).error("{ smtpActivities(first: -1) { nodes { id } } }")
    assert error["extensions"] == FORBIDDEN


async def test_a_token_of_an_unknown_account_is_refused(client: httpx.AsyncClient, tokens: Tokens) -> None:
    response = await Asker(client, tokens.issue(account="initech")).response(FIELDS["viewer"])
    assert response.status_code == 401
    assert response.json().keys() == {"errors"}


async def test_two_authorization_headers_are_refused(client: httpx.AsyncClient, tokens: Tokens) -> None:
    header = ("Authorization", f"Bearer {tokens.issue()}")
    response = await client.post("/graphql", json={"query": FIELDS["viewer"]}, headers=[header, header])
    assert response.status_code == 401


@pytest.mark.usefixtures("recipients")
@pytest.mark.parametrize(
    "condition",
    [
        '{recipient: {contains: "example.com"}}',
        '{recipient: {equals: "bruno@example.com"}}',
        '{search: "bruno"}',
        "{status: [DELIVERED]}",
        "{period: {lastDays: 400}}",
        "{}",
    ],
)
async def test_no_filter_reaches_another_accounts_rows(regular: Asker, condition: str) -> None:
    data = await regular.data(f"{{ smtpActivities(filter: {condition}) {{ nodes {{ recipient }} }} }}")
    assert {node["recipient"] for node in data["smtpActivities"]["nodes"]} <= {"amelie@example.com"}


async def test_a_cursor_of_another_account_reaches_only_ones_own_rows(
    client: httpx.AsyncClient,
    tokens: Tokens,
    connection: asyncpg.Connection,
    accounts: AccountIds,
    now: datetime,
) -> None:
    for minutes in (1, 2, 3):
        for account in (accounts.northwind, accounts.acme):
            await insert_activity(
                connection, account, now - timedelta(minutes=minutes), recipient=f"{account}-{minutes}@example.com"
            )
    northwind, acme = Asker(client, tokens.issue()), Asker(client, tokens.issue(account="acme"))
    page = await acme.data("{ smtpActivities(first: 2) { pageInfo { endCursor } } }")
    rest = await northwind.data(
        "query ($after: String) { smtpActivities(after: $after) { nodes { recipient } } }",
        {"after": page["smtpActivities"]["pageInfo"]["endCursor"]},
    )
    assert {node["recipient"] for node in rest["smtpActivities"]["nodes"]} <= {
        f"{accounts.northwind}-{minutes}@example.com" for minutes in (2, 3)
    }


@pytest.mark.parametrize("filter_", ['{recipiant: {contains: "a"}}', '{recipient: {like: "a"}}', '{owner: "acme"}'])
async def test_a_filter_that_is_not_understood_is_refused(regular: Asker, filter_: str) -> None:
    response = await regular.response(f"{{ smtpActivities(filter: {filter_}) {{ nodes {{ id }} }} }}")
    assert response.status_code == 400
    assert response.json().keys() == {"errors"}
    assert {error["extensions"]["code"] for error in response.json()["errors"]} == {"BAD_USER_INPUT"}
