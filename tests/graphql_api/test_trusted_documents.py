"""Trusted documents: asked by their ids, and in the mode “require” nothing else."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import get_introspection_query
from pydantic import ValidationError

from auth.permissions import Permission, Role
from graphql_api.documents import Documents
from graphql_api.limits import Limits
from graphql_api.manifest import UnusableManifest, parse_manifest
from graphql_api.schema import build_schema
from graphql_api.settings import Settings
from graphql_api.trust import Mode, Trust, TrustedDocumentsSettings
from graphql_api.trusted_documents import TrustedDocuments
from models.clock import Clock
from tests.graphql_api.conftest import AccountIds, Asker, Tokens, serving
from tests.graphql_api.test_introspection import viewer_with

# relay-compiler's ids are MD5 sums, Apollo's are SHA-256 sums; to the service they are names.
ROLE, ROLE_ID = "query Role {\n  viewer {\n    role\n  }\n}\n", "a3d1"
REVOKE, REVOKE_ID = "mutation Revoke { accessTokenRevoke(input: {id: 1}) { userErrors { field } } }", "b4e2"
PAGE, PAGE_ID = "query Page($n: Int) { smtpActivities(first: $n) { nodes { __typename } } }", "c5f3"
RELAYS = {ROLE_ID: ROLE, REVOKE_ID: REVOKE, PAGE_ID: PAGE}
APOLLOS = {
    "format": "apollo-persisted-query-manifest",
    "version": 1,
    "operations": [
        {"id": ROLE_ID, "name": "Role", "type": "query", "body": ROLE},
        {"id": REVOKE_ID, "name": "Revoke", "type": "mutation", "body": REVOKE},
        {"id": PAGE_ID, "name": "Page", "type": "query", "body": PAGE},
    ],
}
REGULAR = {"viewer": {"role": "REGULAR"}}

Start = Callable[..., Awaitable[httpx.AsyncClient]]


@pytest.fixture
async def start(
    settings: Settings, accounts: AccountIds, clock: Clock, tokens: Tokens, tmp_path: Path
) -> AsyncIterator[Start]:
    """The application with a manifest, and a client of a regular user's."""
    async with AsyncExitStack() as stack:

        async def started(mode: str, manifest: object = RELAYS, **others: Any) -> httpx.AsyncClient:
            (tmp_path / "documents.json").write_text(json.dumps(manifest))
            path = None if mode == "off" else tmp_path / "documents.json"
            trusted = TrustedDocumentsSettings(manifest=path, mode=Mode(mode))
            made = settings.model_copy(update={"trusted_documents": trusted, **others})
            _, client = await stack.enter_async_context(serving(made, clock))
            client.headers.update({"Authorization": f"Bearer {tokens.issue()}", "Accept": "application/json"})
            return client

        yield started


def code(response: httpx.Response) -> str:
    """The code of an answer's only error."""
    (error,) = response.json()["errors"]
    told: str = error["extensions"]["code"]
    return told


@pytest.mark.parametrize("mode", ["allow", "require"])
@pytest.mark.parametrize("manifest", [RELAYS, APOLLOS], ids=["relay", "apollo"])
async def test_a_trusted_document_is_asked_by_its_id(start: Start, mode: str, manifest: object) -> None:
    client = await start(mode, manifest)
    response = await client.post("/graphql", json={"documentId": ROLE_ID})
    assert (response.status_code, response.json()["data"]) == (200, REGULAR)


async def test_variables_come_with_the_id(start: Start) -> None:
    client = await start("require")
    response = await client.post("/graphql", json={"documentId": PAGE_ID, "variables": {"n": 101}})
    assert response.json()["errors"][0]["message"] == "first must be from 0 to 100, not 101."


async def test_apollo_clients_send_the_id_as_a_hash(start: Start) -> None:
    client = await start("require", APOLLOS)
    persisted = {"persistedQuery": {"version": 1, "sha256Hash": ROLE_ID}}
    response = await client.post("/graphql", json={"operationName": "Role", "extensions": persisted})
    assert response.json()["data"] == REGULAR


async def test_a_hash_beside_a_text_is_not_looked_at(start: Start) -> None:
    client = await start("allow")
    persisted = {"persistedQuery": {"version": 1, "sha256Hash": "unknown"}}
    response = await client.post("/graphql", json={"query": ROLE, "extensions": persisted})
    assert response.json()["data"] == REGULAR


async def test_by_get_the_id_is_a_parameter_of_the_url(start: Start) -> None:
    client = await start("require", allow_get=True)
    response = await client.get("/graphql", params={"documentId": ROLE_ID})
    assert response.json()["data"] == REGULAR


async def test_a_trusted_mutation_is_none_for_get_either(start: Start) -> None:
    client = await start("require", allow_get=True)
    response = await client.get("/graphql", params={"documentId": REVOKE_ID})
    assert (response.status_code, code(response)) == (405, "BAD_REQUEST")


@pytest.mark.parametrize(("accept", "status"), [("application/json", 200), ("application/graphql-response+json", 400)])
@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"documentId": "unknown"}, "PERSISTED_QUERY_NOT_FOUND"),
        ({"documentId": ""}, "PERSISTED_QUERY_NOT_FOUND"),
        ({"query": "{ viewer { role } }"}, "PERSISTED_QUERY_REQUIRED"),
        ({"query": ROLE + " "}, "PERSISTED_QUERY_REQUIRED"),
        ({"query": "{"}, "PERSISTED_QUERY_REQUIRED"),
        ({"query": get_introspection_query()}, "PERSISTED_QUERY_REQUIRED"),
    ],
)
async def test_what_is_not_trusted_is_a_request_error(
    start: Start, asked: dict[str, str], expected: str, accept: str, status: int
) -> None:
    client = await start("require")
    response = await client.post("/graphql", json=asked, headers={"Accept": accept})
    assert (response.status_code, code(response), "data" in response.json()) == (status, expected, False)


async def test_a_text_may_be_that_of_a_trusted_document(start: Start) -> None:
    client = await start("require")
    response = await client.post("/graphql", json={"query": ROLE})
    assert response.json()["data"] == REGULAR


async def test_administrators_may_ask_anything(start: Start, tokens: Tokens) -> None:
    client = await start("require")
    introspection = await Asker(client, tokens.issue(Role.ADMINISTRATOR)).data(get_introspection_query())
    assert introspection["__schema"]["queryType"] == {"name": "Query", "kind": "OBJECT"}


async def test_permissions_alone_make_no_administrator(start: Start, tokens: Tokens) -> None:
    asker = Asker(await start("require"), tokens.issue(Role.CUSTOM, Permission.ACCESS_SMTP_ACTIVITIES))
    assert (await asker.error("{ viewer { role } }"))["extensions"] == {"code": "PERSISTED_QUERY_REQUIRED"}


async def test_what_is_only_allowed_leaves_texts_alone(start: Start) -> None:
    client = await start("allow")
    response = await client.post("/graphql", json={"query": "{ viewer { role } }"})
    assert response.json()["data"] == REGULAR


async def test_text_and_id_together_are_one_document_or_refused(start: Start) -> None:
    client = await start("allow")
    same = await client.post("/graphql", json={"query": ROLE, "documentId": ROLE_ID})
    other = await client.post("/graphql", json={"query": PAGE, "documentId": ROLE_ID})
    assert same.json()["data"] == REGULAR
    assert (other.status_code, other.json()["errors"]) == (
        400,
        [
            {
                "message": "The query is another document than that of the documentId: send one of them.",
                "extensions": {"code": "BAD_REQUEST"},
            }
        ],
    )


async def test_without_a_manifest_an_id_is_refused_with_what_to_send(start: Start) -> None:
    client = await start("off")
    response = await client.post("/graphql", json={"documentId": ROLE_ID})
    assert (response.status_code, response.json()["errors"]) == (
        400,
        [
            {
                "message": "There are no trusted documents here: send the document itself, as query.",
                "extensions": {"code": "BAD_REQUEST"},
            }
        ],
    )


@pytest.mark.parametrize(
    "asked", [{}, {"query": None}, {"documentId": None}, {"extensions": {"persistedQuery": {"sha256Hash": 1}}}]
)
async def test_a_request_for_nothing_names_both_ways_to_ask(start: Start, asked: dict[str, Any]) -> None:
    client = await start("allow")
    response = await client.post("/graphql", json=asked)
    assert (response.status_code, code(response)) == (400, "BAD_REQUEST")
    assert "neither `query` nor `documentId`" in response.json()["errors"][0]["message"]


async def test_trusted_documents_are_prepared_at_the_start_and_never_again() -> None:
    documents = Documents(build_schema(), Limits())
    trusted = TrustedDocuments(documents, Trust(Mode.REQUIRE, RELAYS))
    first = await trusted.prepare(None, ROLE_ID, viewer_with(1))
    assert await trusted.prepare(ROLE, None, viewer_with(1)) is first
    assert documents.lookups == (0, 0)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "Syntax Error"),
        ("{ viewer { nothing } }", "Cannot query field 'nothing' on type 'Viewer'."),
        ("{ a: viewer { role } b: viewer { role } }", "aliases 2, at most 1"),
    ],
)
async def test_a_document_that_cannot_be_executed_stops_the_start_by_its_id(start: Start, text: str, why: str) -> None:
    with pytest.raises(UnusableManifest) as refused:
        await start("allow", RELAYS | {"broken": text}, limits=Limits(aliases=1))
    assert str(refused.value).startswith("The trusted document 'broken' cannot be executed: ")
    assert why in str(refused.value)


@pytest.mark.parametrize(
    ("trusted", "why"),
    [
        ({"manifest": "documents.json"}, "a manifest takes effect with the mode “allow” or “require”"),
        ({"manifest": "documents.json", "mode": "off"}, "a manifest takes effect with the mode “allow” or “require”"),
        ({"mode": "allow"}, "the mode “allow” needs a manifest"),
        ({"mode": "require"}, "the mode “require” needs a manifest"),
        ({"mode": "requires"}, "Input should be 'off', 'allow' or 'require'"),
    ],
)
def test_mode_and_manifest_go_together(trusted: dict[str, str], why: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Settings.model_validate({"trusted_documents": trusted})
    assert why in str(refused.value)


@pytest.mark.parametrize("manifest", [RELAYS, APOLLOS], ids=["relay", "apollo"])
def test_both_formats_say_the_same(manifest: object) -> None:
    assert parse_manifest(json.dumps(manifest).encode(), "m.json") == RELAYS


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "m.json is neither Relay's map of documents nor Apollo's manifest: "),
        ("[]", "m.json is neither Relay's map of documents nor Apollo's manifest: "),
        ('{"a": 1}', "m.json is neither Relay's map of documents nor Apollo's manifest: "),
        ("{}", "m.json holds no document."),
        (json.dumps(APOLLOS | {"operations": []}), "m.json holds no document."),
        (json.dumps(APOLLOS | {"version": 2}), "m.json is neither Relay's map of documents nor Apollo's manifest: "),
        (json.dumps(APOLLOS | {"format": "x"}), "m.json is neither Relay's map of documents nor Apollo's manifest: "),
        (
            json.dumps(APOLLOS | {"operations": [{"id": "a", "body": "{ a }"}, {"id": "a", "body": "{ b }"}]}),
            "m.json holds two documents with the id 'a'.",
        ),
    ],
)
def test_another_file_is_refused_by_name(text: str, why: str) -> None:
    with pytest.raises(UnusableManifest) as refused:
        parse_manifest(text.encode(), "m.json")
    assert str(refused.value).startswith(why)
