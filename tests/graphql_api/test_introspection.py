"""Introspection: each caller sees what the caller's permissions open, and uses of the rest run nothing."""

from collections.abc import Iterator
from datetime import datetime
from itertools import product
from typing import Any, cast
from zoneinfo import ZoneInfo

import httpx
import orjson
import pytest
from graphql import (
    ExecutionResult,
    GraphQLSchema,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    build_client_schema,
    execute,
    get_introspection_query,
    is_interface_type,
    is_introspection_type,
    is_object_type,
    parse,
    print_schema,
    validate_schema,
)

from auth.permissions import Permission, Role
from auth.viewer import Viewer, ViewerAccount
from graphql_api.access_token.desk import TokenDesk
from graphql_api.budget import Budgets
from graphql_api.context import Context
from graphql_api.counts import MemoryCounts
from graphql_api.executor import GraphQLRequest, SchemaExecutor
from graphql_api.introspection import ViewingExecutor, Views, build_view
from graphql_api.limits import Limits
from graphql_api.permission import required_permissions
from graphql_api.schema import build_schema, print_sdl
from models.account_fields import FOREVER
from tests.database.watched import watched_pools
from tests.graphql_api.conftest import AccountIds, Asker, Tokens
from tests.graphql_api.test_access import ACCESS, CALLERS, FORBIDDEN

QUERY = get_introspection_query(
    specified_by_url=True,
    directive_is_repeatable=True,
    schema_description=True,
    input_value_deprecation=True,
    one_of=True,
)
SETS = [
    frozenset(permission for permission, held in zip(Permission, choice, strict=True) if held)
    for choice in product((False, True), repeat=len(Permission))
]
# Nothing that is asked here issues or revokes.
NO_DESK = cast("TokenDesk", None)
OPEN_TO_ALL = {
    *("Query", "Viewer", "Account", "Node", "Role", "Permission", "RateLimit"),
    *("ID", "String", "Boolean", "Int", "DateTime"),
}


def introspected(schema: GraphQLSchema, view: GraphQLSchema) -> Any:
    """What the standard introspection query answers when a schema is executed for whom the view is made."""
    result = execute(schema, parse(QUERY), executor_class=ViewingExecutor, view=view)
    assert isinstance(result, ExecutionResult)
    assert result.errors is None
    return result.data


def named(held: frozenset[Permission]) -> str:
    """A set of permissions, as the name of a test's case."""
    return "+".join(sorted(held)) or "none"


@pytest.mark.parametrize("held", SETS, ids=named)
def test_a_view_is_a_valid_schema_and_introspection_tells_all_of_it(held: frozenset[Permission]) -> None:
    schema = build_schema()
    view = build_view(schema, held)
    assert validate_schema(view) == []
    assert print_schema(build_client_schema(introspected(schema, view))) == print_schema(view)


def test_who_holds_every_permission_is_shown_everything() -> None:
    schema = build_schema()
    assert print_schema(build_view(schema, frozenset(Permission))) == print_schema(schema)


@pytest.mark.parametrize("held", SETS, ids=named)
def test_a_view_has_the_fields_whose_permission_is_held(held: frozenset[Permission]) -> None:
    expected = {
        name
        for name, field in fields_of("Query", print_sdl())
        if permissions_of(field) <= {permission.value for permission in held}
    }
    query = build_view(build_schema(), held).query_type
    assert query is not None
    assert query.fields.keys() == expected


def test_without_a_permission_types_that_only_it_leads_to_are_gone() -> None:
    view = build_view(build_schema(), frozenset())
    assert {name for name, type_ in view.type_map.items() if not is_introspection_type(type_)} == OPEN_TO_ALL


def test_views_are_made_once() -> None:
    views = Views(build_schema())
    assert {held: views.of(held) is views.of(frozenset(set(held))) for held in SETS} == dict.fromkeys(SETS, True)


def test_every_guarded_field_is_nullable_and_says_what_it_requires() -> None:
    schema, sdl = build_schema(), print_sdl()
    guarded = {
        f"{type_.name}.{name}": required_permissions(field)
        for type_ in schema.type_map.values()
        if (is_object_type(type_) or is_interface_type(type_)) and not is_introspection_type(type_)
        for name, field in type_.fields.items()
        if required_permissions(field)
    }
    assert "Query.smtpActivities" in guarded
    for coordinate, permissions in guarded.items():
        owner, name = coordinate.split(".")
        node = dict(fields_of(owner, sdl))[name]
        assert not isinstance(node.type, NonNullTypeNode), coordinate
        assert permissions_of(node) == permissions, coordinate
        assert node.description is not None
        for permission in permissions:
            assert f"Requires permission: {permission.label}" in node.description.value


@pytest.mark.parametrize("name", CALLERS)
async def test_each_caller_of_the_access_table_sees_what_is_open(
    client: httpx.AsyncClient, tokens: Tokens, name: str
) -> None:
    caller = CALLERS[name]
    asker = Asker(client, tokens.issue(caller.role, *caller.granted, account=caller.account))
    data = await asker.data(QUERY)
    types = {type_["name"] for type_ in data["__schema"]["types"] if not type_["name"].startswith("__")}
    if caller.activities == FORBIDDEN:
        assert types == OPEN_TO_ALL
        assert "smtpactivit" not in orjson.dumps(data).decode().lower()
    else:
        assert types >= OPEN_TO_ALL | {"SmtpActivity", "SmtpActivityConnection", "SmtpActivityStatus", "PeriodInput"}
    (node,) = (type_ for type_ in data["__schema"]["types"] if type_["name"] == "Node")
    nodes = {"Viewer", "Account", "SmtpActivity", "AccessToken"}
    assert {possible["name"] for possible in node["possibleTypes"]} == nodes & types
    assert {"AccessToken", "Mutation", "UserError"} & types == (
        {"AccessToken", "Mutation", "UserError"} if caller.role is Role.ADMINISTRATOR else set()
    )


@pytest.mark.usefixtures("accounts")
async def test_introspection_and_data_in_one_document(client: httpx.AsyncClient, tokens: Tokens) -> None:
    asker = Asker(client, tokens.issue(Role.CUSTOM))
    response = await asker.response(
        """
        query ($yes: Boolean!) {
          __typename
          viewer { __typename role }
          smtpActivities { __typename nodes { ...Hidden } }
          all: __schema { __typename queryType { fields { name type { ofType { name } } } } }
          ...Types
          skipped: __schema @skip(if: $yes) { queryType { name } }
          included: __type(name: "Viewer") @include(if: $yes) { kind interfaces { possibleTypes { name } } }
        }
        fragment Types on Query {
          hidden: __type(name: "SmtpActivity") { name }
          input: __type(name: "SmtpActivityFilter") { name }
          unknown: __type(name: "Nothing") { name }
          __type(name: "Role") { enumValues { name } }
        }
        fragment Hidden on SmtpActivity { id ... on Node { id } }
        """,
        {"yes": True},
    )
    assert response.status_code == 200
    answer = response.json()
    fields = answer["data"].pop("all")["queryType"].pop("fields")
    assert {"name": "viewer", "type": {"ofType": {"name": "Viewer"}}} in fields
    assert "smtpActivities" not in {field["name"] for field in fields}
    possible = answer["data"]["included"]["interfaces"][0].pop("possibleTypes")
    assert sorted(type_["name"] for type_ in possible) == ["Account", "Viewer"]
    assert answer["data"] == {
        "__typename": "Query",
        "viewer": {"__typename": "Viewer", "role": "CUSTOM"},
        "smtpActivities": None,
        "hidden": None,
        "input": None,
        "unknown": None,
        "__type": {"enumValues": [{"name": "ADMINISTRATOR"}, {"name": "REGULAR"}, {"name": "CUSTOM"}]},
        "included": {"kind": "OBJECT", "interfaces": [{}]},
    }
    assert [(error["path"], error["extensions"]) for error in answer["errors"]] == [(["smtpActivities"], FORBIDDEN)]


@pytest.mark.parametrize(
    "arguments",
    [
        "first: 1",
        "first: -1",
        'after: "no cursor"',
        'filter: {search: " ", status: []}',
        'filter: {recipient: {domain: "a@b@c"}, period: {days: {from: "2026-11-23", to: "2026-11-01"}}}',
        "filter: $filter",
    ],
)
async def test_a_hidden_field_is_forbidden_and_nothing_of_it_runs(
    database_url: str, accounts: AccountIds, now: datetime, arguments: str
) -> None:
    declared = "($filter: SmtpActivityFilter)" if "$" in arguments else ""
    request = GraphQLRequest(
        f"query {declared} {{ hidden: smtpActivities({arguments}) {{ nodes {{ subject }} }} }}",
        variables={"filter": {"messageId": "", "subject": {"contains": "\0"}}},
    )
    executor = SchemaExecutor(build_schema(), Limits(), Budgets(MemoryCounts(), 10_000))
    async with watched_pools(database_url) as (pools, sent):
        context = Context(viewer_with(accounts.northwind), pools, now, "1", NO_DESK)
        answer = orjson.loads((await executor.execute(request, context)).body)
    assert answer["data"] == {"hidden": None}
    assert [error["extensions"] for error in answer["errors"]] == [FORBIDDEN]
    assert sent == []


async def test_the_same_field_runs_for_who_may_use_it(database_url: str, accounts: AccountIds, now: datetime) -> None:
    request = GraphQLRequest("{ smtpActivities(first: 1) { nodes { subject } } }")
    executor = SchemaExecutor(build_schema(), Limits(), Budgets(MemoryCounts(), 10_000))
    async with watched_pools(database_url) as (pools, sent):
        context = Context(viewer_with(accounts.northwind, ACCESS), pools, now, "1", NO_DESK)
        answer = orjson.loads((await executor.execute(request, context)).body)
    assert answer.keys() == {"data", "extensions"}
    assert answer["data"] == {"smtpActivities": {"nodes": []}}
    assert len(sent) == 1


def viewer_with(account_id: int, *permissions: Permission) -> Viewer:
    """A custom user of northwind."""
    account = ViewerAccount(account_id, "northwind", "Northwind", ZoneInfo("America/Toronto"), FOREVER)
    return Viewer("someone", Role.CUSTOM, frozenset(permissions), account)


def fields_of(owner: str, sdl: str) -> Iterator[tuple[str, Any]]:
    """The fields that an SDL lists in an object type."""
    for node in parse(sdl).definitions:
        if isinstance(node, ObjectTypeDefinitionNode) and node.name.value == owner:
            yield from ((field.name.value, field) for field in node.fields or ())


def permissions_of(field: Any) -> set[str]:
    """The permissions that the directives of a field in an SDL name."""
    return {
        argument.value.value
        for directive in field.directives or ()
        if directive.name.value == "requiresPermission"
        for argument in directive.arguments
    }
