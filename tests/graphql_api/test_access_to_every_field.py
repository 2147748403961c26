"""Every field of the schema, by every way that leads to it, as each kind of caller: the answer, the refusal, or 401."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest
from graphql import GraphQLNamedType, GraphQLObjectType, build_schema, get_named_type, is_abstract_type

from auth.permissions import Permission, Role
from graphql_api.global_id import global_id
from graphql_api.schema import print_sdl
from tests.graphql_api.conftest import AccountIds, Asker, Tokens
from tests.graphql_api.rows import insert_activity, insert_event

SCHEMA = build_schema(print_sdl())
ACCESS, MANAGE = Permission.ACCESS_SMTP_ACTIVITIES, Permission.MANAGE_ACCESS_TOKENS
# What a field of Query needs; by `node` and `nodes` it is the object that needs it.
OPEN = {
    "viewer",
    "rateLimit",
    "node ... on Viewer",
    "node ... on Account",
    "nodes ... on Viewer",
    "nodes ... on Account",
}
GUARDED = {
    "smtpActivities": ACCESS,
    "smtpActivity": ACCESS,
    "accessTokens": MANAGE,
    "node ... on SmtpActivity": ACCESS,
    "node ... on AccessToken": MANAGE,
    "nodes ... on SmtpActivity": ACCESS,
    "nodes ... on AccessToken": MANAGE,
}
# What changes something is held by test_access_tokens.py.
MUTATIONS = {"Mutation", "AccessTokenIssuePayload", "AccessTokenRevokePayload", "UserError"}
ISSUE = """
mutation ($name: String!) {
  accessTokenIssue(input: {name: $name, permissions: [ACCESS_SMTP_ACTIVITIES]}) { accessToken { id } }
}
"""
ARGUMENTS = {"smtpActivity": '(id: "{id}")', "node": '(id: "{id}")', "nodes": '(ids: ["{id}"])'}


@dataclass(frozen=True)
class Way:
    """The names that lead to a field, `... on` an implementation among them, and the types whose fields they are."""

    names: tuple[str, ...]
    coordinates: frozenset[str]

    def __str__(self) -> str:
        return " ".join(self.names)

    @property
    def entry(self) -> str:
        """The field of Query, with the kind of object where it finds any."""
        return " ".join(self.names[: 2 if self.names[0] in ("node", "nodes") else 1])

    def query(self, ids: dict[str, str]) -> str:
        """The document that asks for this field alone."""
        first, *rest = self.names
        kind = rest[0].removeprefix("... on ") if first in ("node", "nodes") else "SmtpActivity"
        arguments = ARGUMENTS.get(first, "").format(id=ids[kind])
        return "{ " + " { ".join([first + arguments, *rest]) + " }" * len(self.names)


def _ways(type_: GraphQLNamedType, way: Way) -> Iterator[Way]:
    """Every way on from this type to a field without fields."""
    if is_abstract_type(type_):
        for possible in SCHEMA.get_possible_types(type_):
            yield from _ways(possible, Way((*way.names, f"... on {possible.name}"), way.coordinates))
    elif isinstance(type_, GraphQLObjectType):
        for name, field in type_.fields.items():
            onward = Way((*way.names, name), way.coordinates | {f"{type_.name}.{name}"})
            yield from _ways(get_named_type(field.type), onward)
    else:
        yield way


QUERY = SCHEMA.query_type
assert QUERY is not None
WAYS = list(_ways(QUERY, Way((), frozenset())))


@dataclass(frozen=True)
class Caller:
    """A caller with a token."""

    account: str
    role: Role
    granted: tuple[Permission, ...] = ()
    refused: tuple[str, ...] = ()
    """The code of the refusal of activities, and the permissions that it names; empty: they are shown."""

    def refusal_of(self, way: Way) -> tuple[str, ...]:
        """The code of the refusal, and the permissions that it names; empty: it is answered."""
        needed = GUARDED.get(way.entry)
        if needed is MANAGE:
            return () if self.role is Role.ADMINISTRATOR else ("FORBIDDEN", "MANAGE_ACCESS_TOKENS")
        return self.refused if needed is ACCESS else ()


NO_PERMISSION = ("FORBIDDEN", "ACCESS_SMTP_ACTIVITIES")
NO_PLAN = ("SMTP_PLAN_REQUIRED",)
CALLERS = {
    "no permission": Caller("northwind", Role.CUSTOM, (), NO_PERMISSION),
    "custom with it": Caller("northwind", Role.CUSTOM, (ACCESS,)),
    "regular": Caller("northwind", Role.REGULAR),
    "administrator": Caller("northwind", Role.ADMINISTRATOR),
    "other account": Caller("acme", Role.ADMINISTRATOR),
    "plan inactive": Caller("globex", Role.ADMINISTRATOR, (), NO_PLAN),
    "plan inactive, no permission": Caller("globex", Role.CUSTOM, (), NO_PERMISSION),
}


@pytest.fixture
async def activities(connection: asyncpg.Connection, accounts: AccountIds, now: datetime) -> dict[str, str]:
    """A bounced activity of each account that names its account in every text; their global ids."""
    sent_at = now - timedelta(hours=1)
    ids: dict[str, str] = {}
    for name, account in (("northwind", accounts.northwind), ("acme", accounts.acme), ("globex", accounts.globex)):
        address = f"someone@{name}.example"
        reason = {"reason_category": "INVALID_ADDRESS", "smtp_code": 550, "enhanced_code": "5.1.1"}
        texts = ("recipient", "delivered_to", "sender", "envelope_sender", "message_id", "queue_id", "relay")
        columns = dict.fromkeys(texts, address) | {"subject": name, "credential": address, "reason_message": name}
        id_ = await insert_activity(connection, account, sent_at, status="HARD_BOUNCE", **columns, **reason)
        said = {"response": name, "remote_host": address} | reason
        await insert_event(connection, account, id_, sent_at, "HARD_BOUNCE", **said)
        ids[name] = global_id("SmtpActivity", str(id_))
    return ids


@pytest.fixture
async def access_tokens(client: httpx.AsyncClient, tokens: Tokens, activities: dict[str, str]) -> dict[str, str]:
    """An access token of each account, named after it; their global ids."""
    ids: dict[str, str] = {}
    for name in activities:
        issued = await Asker(client, tokens.issue(Role.ADMINISTRATOR, account=name)).data(ISSUE, {"name": name})
        ids[name] = issued["accessTokenIssue"]["accessToken"]["id"]
    return ids


def test_the_table_knows_every_way_into_the_schema() -> None:
    assert {way.entry for way in WAYS} == OPEN | GUARDED.keys()
    reached = {coordinate for way in WAYS for coordinate in way.coordinates}
    objects = [type_ for type_ in SCHEMA.type_map.values() if isinstance(type_, GraphQLObjectType)]
    own = [type_ for type_ in objects if not type_.name.startswith("__") and type_.name not in MUTATIONS]
    assert reached == {f"{type_.name}.{field}" for type_ in own for field in type_.fields}


@pytest.mark.parametrize("name", CALLERS)
async def test_a_caller_gets_each_field_or_its_refusal(
    client: httpx.AsyncClient, tokens: Tokens, activities: dict[str, str], access_tokens: dict[str, str], name: str
) -> None:
    caller = CALLERS[name]
    asker = Asker(client, tokens.issue(caller.role, *caller.granted, account=caller.account))
    others = activities.keys() - {caller.account}
    ids = await _ids_of(asker, activities["northwind"], access_tokens["northwind"])
    for way in WAYS:
        answer = await asker.response(way.query(ids))
        assert answer.status_code == 200, way
        assert [other for other in others if other in answer.text.casefold()] == [], way
        data, errors = answer.json()["data"], answer.json().get("errors", [])
        if refusal := caller.refusal_of(way):
            assert _refusal(errors) == refusal, way
            assert data in ({way.names[0]: None}, {"nodes": [None]}), way
        else:
            assert errors == [], way
            is_anothers = way.entry in GUARDED and "id" in ARGUMENTS.get(way.names[0], "")
            assert _is_reached(data, way) is not (caller.account != "northwind" and is_anothers), way


async def _ids_of(asker: Asker, activity: str, access_token: str) -> dict[str, str]:
    """What each kind of object is asked for by: the caller's own, but northwind's activity and token."""
    viewer = (await asker.data("{ viewer { id account { id } } }"))["viewer"]
    own = {"Viewer": viewer["id"], "Account": viewer["account"]["id"]}
    return own | {"SmtpActivity": activity, "AccessToken": access_token}


def _refusal(errors: list[dict[str, Any]]) -> tuple[str, ...]:
    (error,) = errors
    return (error["extensions"]["code"], *error["extensions"].get("requiredPermissions", ()))


def _is_reached(data: Any, way: Way) -> bool:
    """Whether the object that has the field is there; the field itself may be null."""
    for name in (name for name in way.names if not name.startswith("...")):
        data = data[0] if isinstance(data, list) else data
        if data is None:
            return False
        assert data.keys() == {name}
        data = data[name]
    return bool(data != [None])


@pytest.mark.parametrize("who", ["anonymous", "expired"])
async def test_without_a_valid_token_no_field_tells_anything(
    client: httpx.AsyncClient, tokens: Tokens, activities: dict[str, str], access_tokens: dict[str, str], who: str
) -> None:
    me = await _ids_of(Asker(client, tokens.issue()), activities["northwind"], access_tokens["northwind"])
    token = None if who == "anonymous" else tokens.issue(Role.ADMINISTRATOR, lifetime=timedelta(minutes=-1))
    asker = Asker(client, token)
    for way in WAYS:
        answer = await asker.response(way.query(me))
        assert (answer.status_code, answer.headers["www-authenticate"][:6]) == (401, "Bearer"), way
        assert answer.json().keys() == {"errors"}, way
        assert _refusal(answer.json()["errors"]) == ("UNAUTHENTICATED",), way
        assert "northwind" not in answer.text.casefold(), way
