"""Access tokens: issued, shown, listed, used and revoked; by administrators of their own account alone."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import httpx
import jwt
import pytest
from starlette.applications import Starlette

from auth.claims import Claims
from auth.permissions import Permission, Role
from auth.viewer import Viewer, ViewerAccount
from database.cursor import Direction, encode_cursor
from database.pool import Pools, connect
from database.revocations import Revocations
from graphql_api.access_token.desk import TokenDesk
from graphql_api.global_id import global_id
from graphql_api.settings import Settings
from models.access_token import new_token_id
from models.clock import Clock
from tests.auth import jwks
from tests.graphql_api.conftest import AccountIds, Asker, Tokens, serving

ISSUE = """
mutation ($input: AccessTokenIssueInput!) {
  accessTokenIssue(input: $input) {
    accessToken { id name permissions createdAt expiresAt lastUsedAt revokedAt }
    secret
    userErrors { field message code }
  }
}
"""
REVOKE = """
mutation ($id: ID!) {
  accessTokenRevoke(input: {id: $id}) { accessToken { id revokedAt } userErrors { field message code } }
}
"""
LIST = """
query ($first: Int, $after: String) {
  accessTokens(first: $first, after: $after) {
    edges { cursor node { name } }
    nodes { name }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""
NODE = "query ($id: ID!) { node(id: $id) { id ... on AccessToken { name lastUsedAt revokedAt } } }"
FORBIDDEN = {"code": "FORBIDDEN", "requiredPermissions": ["MANAGE_ACCESS_TOKENS"]}
NOT_FOUND = {"field": ["input", "id"], "code": "NOT_FOUND", "message": "The account has no access token of this ID."}


@pytest.fixture
def administrator(client: httpx.AsyncClient, tokens: Tokens) -> Asker:
    """An administrator of northwind."""
    return Asker(client, tokens.issue(Role.ADMINISTRATOR))


async def issued(asker: Asker, name: str = "CI", *permissions: str, **more: Any) -> dict[str, Any]:
    """The payload of a token that was issued."""
    asked = {"name": name, "permissions": permissions or ["ACCESS_SMTP_ACTIVITIES"], **more}
    payload: dict[str, Any] = (await asker.data(ISSUE, {"input": asked}))["accessTokenIssue"]
    assert payload["userErrors"] == []
    return payload


async def revoked(asker: Asker, id_: str) -> dict[str, Any]:
    """The payload of a revocation."""
    payload: dict[str, Any] = (await asker.data(REVOKE, {"id": id_}))["accessTokenRevoke"]
    return payload


async def test_an_administrator_issues_a_token_and_its_holder_uses_it(
    administrator: Asker, client: httpx.AsyncClient
) -> None:
    payload = await issued(administrator, "CRM of a partner", "RECORD_SMTP_EVENTS", "ACCESS_SMTP_ACTIVITIES")
    token = payload["accessToken"]
    assert token.pop("id")
    assert token == {
        "name": "CRM of a partner",
        "permissions": ["ACCESS_SMTP_ACTIVITIES", "RECORD_SMTP_EVENTS"],
        "createdAt": "2026-11-23T14:00:00.000-05:00",
        "expiresAt": "2027-02-21T14:00:00.000-05:00",
        "lastUsedAt": None,
        "revokedAt": None,
    }
    holder = Asker(client, payload["secret"])
    assert await holder.data("{ viewer { role permissions actor account { name } } }") == {
        "viewer": {
            "role": "CUSTOM",
            "permissions": ["ACCESS_SMTP_ACTIVITIES", "RECORD_SMTP_EVENTS"],
            "actor": None,
            "account": {"name": "Northwind"},
        }
    }


async def test_the_token_names_itself_and_nothing_of_it_is_stored(
    administrator: Asker, connection: asyncpg.Connection, now: datetime
) -> None:
    payload = await issued(administrator, lifetimeDays=1)
    said = jwt.decode(payload["secret"], options={"verify_signature": False})
    token_id = said["jti"]
    assert global_id("AccessToken", token_id) == payload["accessToken"]["id"]
    assert said == {
        "iss": "smtp-activity",
        "aud": "smtp-activity",
        "sub": token_id,
        "iat": int(now.timestamp()),
        "exp": int(now.timestamp()) + 86_400,
        "jti": token_id,
        "account": "northwind",
        "role": "custom",
        "permissions": ["smtp_activities:access"],
    }
    (row,) = await connection.fetch("select row_to_json(t)::text from access_token t")
    assert not any(part in row[0] for part in payload["secret"].split("."))


async def test_what_is_used_is_noted_to_the_hour(
    administrator: Asker, client: httpx.AsyncClient, statements: list[str]
) -> None:
    payload = await issued(administrator)
    holder = Asker(client, payload["secret"])
    await holder.data("{ viewer { id } }")
    node = (await administrator.data(NODE, {"id": payload["accessToken"]["id"]}))["node"]
    assert node["lastUsedAt"] == "2026-11-23T14:00:00.000-05:00"
    statements.clear()
    await holder.data("{ viewer { id } }")
    assert statements == []


@pytest.mark.parametrize(
    ("wrong", "errors"),
    [
        ({"name": ""}, [("name", "BAD_TEXT", "The name must not be blank.")]),
        ({"name": "x" * 101}, [("name", "BAD_TEXT", "The name must not be longer than 100 characters.")]),
        ({"name": " " * 9 + "x" * 101}, [("name", "BAD_TEXT", "The name must not be longer than 100 characters.")]),
        ({"name": "a\0b"}, [("name", "BAD_TEXT", "The name must not hold control characters.")]),
        ({"permissions": []}, [("permissions", "EMPTY", "A token needs at least one permission.")]),
        (
            {"permissions": ["ACCESS_SMTP_ACTIVITIES", "MANAGE_ACCESS_TOKENS"]},
            [
                (
                    "permissions",
                    "NOT_GRANTABLE",
                    "No access token can hold the permission “Manage access tokens”.",
                )
            ],
        ),
        ({"lifetimeDays": 0}, [("lifetimeDays", "OUT_OF_RANGE", "A token lives from 1 to 366 days, not 0.")]),
        ({"lifetimeDays": 367}, [("lifetimeDays", "OUT_OF_RANGE", "A token lives from 1 to 366 days, not 367.")]),
        (
            {"name": " ", "lifetimeDays": 2**31 - 1},
            [
                ("name", "BAD_TEXT", "The name must not be blank."),
                ("lifetimeDays", "OUT_OF_RANGE", "A token lives from 1 to 366 days, not 2147483647."),
            ],
        ),
    ],
)
async def test_what_the_caller_can_correct_is_said_and_nothing_is_issued(
    administrator: Asker,
    connection: asyncpg.Connection,
    wrong: dict[str, Any],
    errors: list[tuple[str, str, str]],
) -> None:
    asked = {"name": "CI", "permissions": ["ACCESS_SMTP_ACTIVITIES"]} | wrong
    assert (await administrator.data(ISSUE, {"input": asked}))["accessTokenIssue"] == {
        "accessToken": None,
        "secret": None,
        "userErrors": [
            {"field": ["input", field], "code": code, "message": message} for field, code, message in errors
        ],
    }
    assert await connection.fetchval("select count(*) from access_token") == 0


@pytest.mark.parametrize(("days", "expires_at"), [(None, "2027-02-21"), (1, "2026-11-24"), (366, "2027-11-24")])
async def test_a_lifetime_of_null_is_the_default(administrator: Asker, days: int | None, expires_at: str) -> None:
    payload = await issued(administrator, "x" * 100, lifetimeDays=days)
    assert payload["accessToken"]["expiresAt"] == f"{expires_at}T14:00:00.000-05:00"


async def test_a_revoked_token_is_refused_from_then_on(administrator: Asker, client: httpx.AsyncClient) -> None:
    payload, other = await issued(administrator), await issued(administrator)
    id_ = payload["accessToken"]["id"]
    done = {"accessToken": {"id": id_, "revokedAt": "2026-11-23T14:00:00.000-05:00"}, "userErrors": []}
    assert await revoked(administrator, id_) == done
    response = await Asker(client, payload["secret"]).response("{ viewer { id } }")
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.json() == {
        "errors": [{"message": "The token was revoked.", "extensions": {"code": "UNAUTHENTICATED"}}]
    }
    assert (await administrator.data(NODE, {"id": id_}))["node"]["revokedAt"] == "2026-11-23T14:00:00.000-05:00"
    assert await Asker(client, other["secret"]).data("{ viewer { role } }") == {"viewer": {"role": "CUSTOM"}}


async def test_revoking_again_changes_nothing(administrator: Asker, connection: asyncpg.Connection) -> None:
    id_ = (await issued(administrator))["accessToken"]["id"]
    await connection.execute("update access_token set revoked_at = '2026-11-23 12:00:00+00'")
    assert (await revoked(administrator, id_))["accessToken"]["revokedAt"] == "2026-11-23T07:00:00.000-05:00"


async def test_another_worker_refuses_a_revoked_token(
    settings: Settings, administrator: Asker, tokens: Tokens, clock: Clock
) -> None:
    payload = await issued(administrator)
    async with serving(settings, clock) as (_, other_client):
        there = Asker(other_client, payload["secret"])
        assert (await there.response("{ viewer { id } }")).status_code == 200
        await revoked(administrator, payload["accessToken"]["id"])
        async with asyncio.timeout(30):
            while (response := await there.response("{ viewer { id } }")).status_code == 200:
                pass
        assert response.status_code == 401


async def test_the_worker_that_revokes_does_not_wait_to_be_told(
    pools: Pools, accounts: AccountIds, settings: Settings, database_url: str, now: datetime
) -> None:
    account = ViewerAccount(accounts.northwind, "northwind", "Northwind", ZoneInfo("UTC"), None)
    caller = Viewer("admin", Role.ADMINISTRATOR, frozenset({Permission.MANAGE_ACCESS_TOKENS}), account)
    revocations = Revocations(pools.page, settings.token_issuer, lambda: now)
    desk = TokenDesk(settings.load_token_keys(), settings.token_dialect, revocations, pools)
    connection = await connect(database_url)
    try:
        await revocations.listen(connection)
        await connection.remove_listener("smtp_activity_revocation", revocations._on_notification)
        permissions = [Permission.ACCESS_SMTP_ACTIVITIES]
        token, _ = await desk.issue(caller, name="CI", permissions=permissions, lifetime=timedelta(days=1), now=now)
        claims = Claims(str(token.id), "northwind", Role.CUSTOM, frozenset(), expires_at=0, token_id=token.id)
        assert not await revocations.cover(claims)
        await desk.revoke(caller, token.id, now)
        assert await revocations.cover(claims)
    finally:
        connection.terminate()


async def test_a_use_that_cannot_be_noted_keeps_nobody_from_an_answer(
    administrator: Asker,
    client: httpx.AsyncClient,
    connection: asyncpg.Connection,
    caplog: pytest.LogCaptureFixture,
) -> None:
    payload = await issued(administrator)
    # As in a database that takes no writes.
    await connection.execute("alter table access_token add constraint no_use check (last_used_at is null)")
    try:
        data = await Asker(client, payload["secret"]).data("{ viewer { role } }")
    finally:
        await connection.execute("alter table access_token drop constraint no_use")
    assert data == {"viewer": {"role": "CUSTOM"}}
    assert "the use of an access token could not be noted: CheckViolationError" in caplog.text


@pytest.mark.parametrize("id_", ["", "nothing", global_id("AccessToken", str(UUID(int=1))), global_id("AccessToken")])
async def test_a_token_that_is_not_there_cannot_be_revoked(administrator: Asker, id_: str) -> None:
    assert await revoked(administrator, id_) == {"accessToken": None, "userErrors": [NOT_FOUND]}


async def test_another_accounts_tokens_are_not_there(
    administrator: Asker, client: httpx.AsyncClient, tokens: Tokens
) -> None:
    payload = await issued(administrator)
    id_ = payload["accessToken"]["id"]
    acme = Asker(client, tokens.issue(Role.ADMINISTRATOR, account="acme"))
    assert await revoked(acme, id_) == {"accessToken": None, "userErrors": [NOT_FOUND]}
    assert await acme.data(NODE, {"id": id_}) == {"node": None}
    assert (await acme.data(LIST))["accessTokens"]["nodes"] == []
    assert (await Asker(client, payload["secret"]).response("{ viewer { id } }")).status_code == 200


async def test_tokens_are_listed_newest_first_page_by_page(
    administrator: Asker, connection: asyncpg.Connection, now: datetime
) -> None:
    names = [str(number) for number in range(5)]
    for hours, name in enumerate(names):
        await issued(administrator, name)
        # One instant is all that a frozen clock gives: the ids are moved apart.
        await connection.execute(
            "update access_token set id = $1 where name = $2", new_token_id(now + timedelta(hours=hours)), name
        )
    seen: list[str] = []
    after, pages = None, []
    while True:
        page = (await administrator.data(LIST, {"first": 2, "after": after}))["accessTokens"]
        assert page["nodes"] == [edge["node"] for edge in page["edges"]]
        seen += [node["name"] for node in page["nodes"]]
        info = page["pageInfo"]
        assert (info["startCursor"], info["endCursor"]) == (page["edges"][0]["cursor"], page["edges"][-1]["cursor"])
        pages.append((info["hasPreviousPage"], info["hasNextPage"]))
        after = info["endCursor"]
        if not info["hasNextPage"]:
            break
    assert seen == ["4", "3", "2", "1", "0"]
    assert pages == [(False, True), (True, True), (True, False)]


async def test_an_empty_page_has_no_cursors(administrator: Asker) -> None:
    await issued(administrator)
    page = (await administrator.data(LIST, {"first": 0}))["accessTokens"]
    assert page["edges"] == page["nodes"] == []
    assert page["pageInfo"] == {
        "hasNextPage": True,
        "hasPreviousPage": False,
        "startCursor": None,
        "endCursor": None,
    }


@pytest.mark.parametrize(
    ("variables", "path"),
    [
        ({"first": -1}, ["first"]),
        ({"first": 101}, ["first"]),
        ({"after": ""}, ["after"]),
        ({"after": "no cursor"}, ["after"]),
        # A cursor of activities.
        ({"after": encode_cursor(Direction.DESC, UUID(int=1))}, ["after"]),
    ],
)
async def test_a_page_that_is_none_is_refused(administrator: Asker, variables: dict[str, Any], path: list[str]) -> None:
    error = await administrator.error(LIST, variables)
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argumentPath": path}


ISSUING = {"input": {"name": "CI", "permissions": ["ACCESS_SMTP_ACTIVITIES"]}}
FIELDS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "accessTokenIssue": (ISSUE, ISSUING, {"accessTokenIssue": None}),
    "accessTokenRevoke": (REVOKE, {"id": "x"}, {"accessTokenRevoke": None}),
    "accessTokens": (LIST, {"first": -1}, {"accessTokens": None}),
    "node": (NODE, {"id": global_id("AccessToken", str(UUID(int=1)))}, {"node": None}),
}


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("who", ["regular", "custom", "support staff", "an issued token"])
async def test_who_is_no_administrator_manages_no_tokens(
    administrator: Asker,
    client: httpx.AsyncClient,
    tokens: Tokens,
    connection: asyncpg.Connection,
    field: str,
    who: str,
) -> None:
    payload = await issued(administrator, "CI", "ACCESS_SMTP_ACTIVITIES", "RECORD_SMTP_EVENTS")
    secrets = {
        "regular": tokens.issue(Role.REGULAR),
        "custom": tokens.issue(Role.CUSTOM, Permission.ACCESS_SMTP_ACTIVITIES, Permission.RECORD_SMTP_EVENTS),
        "support staff": tokens.issue(Role.ADMINISTRATOR, actor="bob@staff"),
        "an issued token": payload["secret"],
    }
    query, variables, data = FIELDS[field]
    answer = (await Asker(client, secrets[who]).response(query, variables)).json()
    assert answer["data"] == data
    assert [error["extensions"] for error in answer["errors"]] == [FORBIDDEN]
    assert await connection.fetchval("select count(*) from access_token where revoked_at is null") == 1


async def test_tokens_are_managed_without_a_plan(client: httpx.AsyncClient, tokens: Tokens) -> None:
    globex = Asker(client, tokens.issue(Role.ADMINISTRATOR, account="globex"))
    payload = await issued(globex)
    assert (await revoked(globex, payload["accessToken"]["id"]))["userErrors"] == []


async def test_an_installation_without_a_private_key_issues_nothing_and_tells_nothing(
    settings: Settings, clock: Clock, accounts: AccountIds, connection: asyncpg.Connection
) -> None:
    host = jwks.eddsa("host")
    keys = {"token_keys": jwks.document(jwks.public(host)).decode()}
    async with serving(Settings.model_validate({**settings.model_dump(), **keys}), clock) as (_, client):
        token = Tokens(settings, jwks.key(host), clock()).issue(Role.ADMINISTRATOR)
        error = await Asker(client, token).error(ISSUE, ISSUING)
    assert error["message"] == "Unexpected error."
    assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert await connection.fetchval("select count(*) from access_token") == 0


async def test_mutations_run_one_after_the_other(administrator: Asker, app: Starlette) -> None:
    id_ = (await issued(administrator))["accessToken"]["id"]
    document = """
    mutation ($id: ID!) {
      first: accessTokenRevoke(input: {id: $id}) { userErrors { code } }
      second: accessTokenIssue(input: {name: "CI", permissions: ACCESS_SMTP_ACTIVITIES}) { accessToken { name } }
    }
    """
    data = await administrator.data(document, {"id": id_})
    assert data == {"first": {"userErrors": []}, "second": {"accessToken": {"name": "CI"}}}


async def test_an_issued_token_ends_by_itself(settings: Settings, administrator: Asker, now: datetime) -> None:
    payload = await issued(administrator, lifetimeDays=1)
    async with serving(settings, lambda: now + timedelta(days=1, seconds=30)) as (_, client):
        response = await Asker(client, payload["secret"]).response("{ viewer { id } }")
    assert response.status_code == 401
    assert response.json()["errors"][0]["message"] == "The token has expired."
