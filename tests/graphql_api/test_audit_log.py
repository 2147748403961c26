"""The audit log: a line for each request, with who, for whom and how much; and nothing that is private."""

import hashlib
import json
import os
import stat
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from structlog.testing import capture_logs

from auth.permissions import Role
from database.installation import read_sub_key
from database.pool import Pools
from graphql_api.limits import Limits
from graphql_api.settings import Settings
from models.clock import Clock
from tests.graphql_api.conftest import AccountIds, Asker, Tokens, serving
from tests.graphql_api.rows import insert_activity

SEARCH = "query Search($f: SmtpActivityFilter, $n: Int) { smtpActivities(first: $n, filter: $f) { nodes { subject } } }"
ISSUE = """mutation { accessTokenIssue(input: {name: "Partner Co", permissions: [ACCESS_SMTP_ACTIVITIES]})
    { secret accessToken { id } } }"""
REVOKE = "mutation Revoke($id: ID!) { accessTokenRevoke(input: {id: $id}) { userErrors { code } } }"
PRIVATE = ("amelie", "bruno", "Secret plans", "Partner Co", "eyJ", "Bearer", "sender@", "northwind.example")

Start = Callable[..., Awaitable[httpx.AsyncClient]]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the log is written."""
    return tmp_path / "audit.log"


@pytest.fixture
async def start(settings: Settings, accounts: AccountIds, clock: Clock, file: Path) -> AsyncIterator[Start]:
    """The application with an audit log."""
    async with AsyncExitStack() as stack:

        async def started(**others: Any) -> httpx.AsyncClient:
            made = settings.model_copy(update={"audit_log": file} | others)
            _, client = await stack.enter_async_context(serving(made, clock))
            return client

        yield started


@pytest.fixture
async def asker(start: Start, tokens: Tokens) -> Asker:
    """A regular user whose reads are written down."""
    return Asker(await start(), tokens.issue())


@pytest.fixture
async def activities(connection: asyncpg.Connection, accounts: AccountIds, now: datetime) -> list[str]:
    """Three of northwind's, one of them to amelie; their UUIDs."""
    recipients = ("amelie@example.com", "bruno@example.com", "carla@example.com")
    return [
        str(
            await insert_activity(
                connection, accounts.northwind, now - timedelta(hours=1), recipient=recipient, subject="Secret plans"
            )
        )
        for recipient in recipients
    ]


def lines(file: Path) -> list[dict[str, Any]]:
    """What was written."""
    return [json.loads(line) for line in file.read_text().splitlines()]


def mode(file: Path) -> int:
    """Its permissions."""
    return stat.S_IMODE(file.stat().st_mode)


def last(file: Path) -> dict[str, Any]:
    """The last line."""
    return lines(file)[-1]


@pytest.mark.usefixtures("activities")
async def test_a_line_says_who_read_what_for_whom(start: Start, tokens: Tokens, file: Path) -> None:
    token = tokens.issue(subject="support", actor="bob@relay.example", lifetime=timedelta(minutes=15))
    asker = Asker(await start(), token)
    response = await asker.response(SEARCH, {"f": {"recipient": {"contains": "amelie"}}, "n": 10})
    (line,) = lines(file)
    assert line.pop("timestamp").endswith("Z")
    assert 0 < line.pop("milliseconds") < 60_000
    assert len(line.pop("filters")) == 32
    assert line == {
        "event": "audit",
        "request_id": response.headers["x-request-id"],
        "client": "127.0.0.1",
        "subject": "support",
        "actor": "bob@relay.example",
        "role": "REGULAR",
        "account": "northwind",
        "operation": "Search",
        "document": hashlib.sha256(SEARCH.encode()).hexdigest(),
        "rows": 1,
        "recorded": 0,
        "issued": [],
        "revoked": [],
        # smtpActivities is 1, nodes and subject are 1 for each of 10 rows.
        "cost": 21,
        "outcome": "ok",
    }


async def test_rows_are_counted_over_all_fields(asker: Asker, activities: list[str], file: Path) -> None:
    page = "{ smtpActivities(first: 2) { nodes { id } } }"
    ids = [node["id"] for node in (await asker.data(page))["smtpActivities"]["nodes"]]
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } a: smtpActivities { pageInfo { endCursor } } }"
    await asker.data(query, {"ids": ids})
    assert [line["rows"] for line in lines(file)] == [2, 2 + len(activities)]


@pytest.mark.parametrize(
    ("query", "variables", "outcome", "cost"),
    [
        ("{ viewer { id } }", {}, "ok", 2),
        ("{", {}, "GRAPHQL_PARSE_FAILED", 0),
        ("{ nothing }", {}, "GRAPHQL_VALIDATION_FAILED", 0),
        ("{ smtpActivities(first: 101) { nodes { id } } }", {}, "BAD_USER_INPUT", 201),
        ("{ accessTokens { nodes { id } } }", {}, "FORBIDDEN", 101),
        (SEARCH, {"n": 100}, "QUERY_TOO_COMPLEX", 201),
    ],
)
async def test_what_is_refused_is_a_line_too(
    start: Start, tokens: Tokens, file: Path, query: str, variables: dict[str, Any], outcome: str, cost: int
) -> None:
    limits = Limits(cost=200 if outcome == "QUERY_TOO_COMPLEX" else 5_000)
    await Asker(await start(limits=limits), tokens.issue()).response(query, variables)
    line = last(file)
    assert (line["subject"], line["outcome"], line["cost"], line["rows"]) == ("someone", outcome, cost, 0)


async def test_without_a_plan_nothing_is_read(start: Start, tokens: Tokens, file: Path) -> None:
    await Asker(await start(), tokens.issue(account="globex")).response(SEARCH)
    assert (last(file)["account"], last(file)["outcome"]) == ("globex", "SMTP_PLAN_REQUIRED")


async def test_a_stranger_is_a_line_without_a_name(start: Start, file: Path) -> None:
    client = await start()
    await client.post("/graphql", json={"query": SEARCH}, headers={"Authorization": "Bearer eyJhbGciOi.x.y"})
    line = last(file)
    who = [line[name] for name in ("subject", "actor", "role", "account", "operation", "document", "filters")]
    assert (who, line["client"], line["outcome"]) == ([None] * 7, "127.0.0.1", "UNAUTHENTICATED")


async def test_a_body_that_is_too_large_is_a_line_of_the_callers(asker: Asker, file: Path) -> None:
    await asker.response("x" * 100_001)
    assert (last(file)["subject"], last(file)["outcome"]) == ("someone", "BAD_REQUEST")


async def test_other_paths_are_no_lines(asker: Asker, file: Path) -> None:
    await asker.client.get("/healthz")
    await asker.client.get("/nothing")
    assert lines(file) == []


async def test_tokens_are_named_by_their_ids_when_issued_and_when_revoked(
    start: Start, tokens: Tokens, connection: asyncpg.Connection, file: Path
) -> None:
    boss = Asker(await start(), tokens.issue(Role.ADMINISTRATOR, subject="boss"))
    issued = (await boss.data(ISSUE))["accessTokenIssue"]
    await boss.data(REVOKE, {"id": issued["accessToken"]["id"]})
    await boss.data(REVOKE, {"id": "nothing"})
    stored = [str(id_) for (id_,) in await connection.fetch("select id from access_token")]
    assert [(line["subject"], line["issued"], line["revoked"]) for line in lines(file)] == [
        ("boss", stored, []),
        ("boss", [], stored),
        ("boss", [], []),
    ]


async def test_a_document_is_known_by_its_text_without_strings_and_comments(asker: Asker, file: Path) -> None:
    for recipient in ("amelie@example.com", "bruno@example.com"):
        text = f'# for {recipient}\n{{ smtpActivities(filter: {{search: "{recipient}"}}) {{ totalCount }} }}'
        await asker.response(text)
        await asker.response(f'{{ smtpActivities(filter: {{search: """{recipient}"""}}) {{ totalCount }} }}')
    left = "{ smtpActivities(filter: {search: }) { totalCount } }"
    expected = [hashlib.sha256(text.encode()).hexdigest() for text in ("\n" + left, left)]
    assert [line["document"] for line in lines(file)] == expected * 2


AMELIE = {"recipient": {"equals": "amelie@example.com"}}
OF = 'query($f: SmtpActivityFilter = {search: "amelie"}) { smtpActivities(filter: $f) { totalCount } }'


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        (SEARCH, {"f": AMELIE, "n": 50}),
        (OF, {"f": AMELIE}),
        (OF, {"f": AMELIE | {"subject": None}}),
        ('{ smtpActivities(filter: {recipient: {equals: "amelie@example.com"}}) { totalCount } }', {}),
        (
            "{ ...F } fragment F on Query"
            ' { smtpActivities(filter: {recipient: {equals: "amelie@example.com"}}, last: 1) { totalCount } }',
            {},
        ),
        (
            "query($a: String) { smtpActivities(filter: {recipient: {equals: $a}}) { totalCount } }",
            {"a": "amelie@example.com"},
        ),
        (
            "query($a: String, $s: String)"
            " { smtpActivities(filter: {search: $s, recipient: {equals: $a}}) { totalCount } }",
            {"a": "amelie@example.com"},
        ),
    ],
)
async def test_the_same_filter_has_the_same_hash_however_it_is_written(
    asker: Asker, file: Path, query: str, variables: Mapping[str, Any]
) -> None:
    await asker.response(SEARCH, {"f": AMELIE, "n": 10})
    await asker.response(query, variables)
    first, second = lines(file)
    assert first["filters"] == second["filters"]


async def test_other_filters_have_other_hashes_and_no_filter_has_none(asker: Asker, file: Path) -> None:
    for filter_ in (
        AMELIE,
        {"recipient": {"equals": "bruno@example.com"}},
        {"sender": {"equals": "amelie@example.com"}},
    ):
        await asker.response(SEARCH, {"f": filter_})
    await asker.response(OF)
    await asker.response(OF, {"f": {}})
    await asker.response(SEARCH, {"n": 1})
    hashes = [line["filters"] for line in lines(file)]
    assert len(set(hashes[:4]) - {None}) == 4
    assert hashes[4:] == [None, None]


async def test_the_hash_is_another_in_another_installation(
    asker: Asker, connection: asyncpg.Connection, start: Start, file: Path
) -> None:
    key = await connection.fetchval("select id_key from installation")
    await asker.response(SEARCH, {"f": AMELIE})
    await Asker(await start(), asker.token).response(SEARCH, {"f": AMELIE})
    try:
        await connection.execute("update installation set id_key = sha256('another')")
        await Asker(await start(), asker.token).response(SEARCH, {"f": AMELIE})
    finally:
        await connection.execute("update installation set id_key = $1", key)
    here, restarted, elsewhere = [line["filters"] for line in lines(file)]
    assert here == restarted
    assert here != elsewhere


async def test_a_sub_key_is_of_its_purpose_alone(pools: Pools, connection: asyncpg.Connection) -> None:
    keys = {await read_sub_key(pools, purpose) for purpose in ("audit log", "audit log", "something else")}
    assert len(keys) == 2
    assert await connection.fetchval("select id_key from installation") not in keys


@pytest.mark.usefixtures("activities")
async def test_no_line_holds_an_address_a_subject_a_variable_or_a_token(
    start: Start, tokens: Tokens, connection: asyncpg.Connection, file: Path
) -> None:
    client = await start()
    boss = Asker(client, tokens.issue(Role.ADMINISTRATOR, subject="boss"))
    found = await boss.data(SEARCH, {"f": {"recipient": {"contains": "amelie"}}})
    assert found["smtpActivities"]["nodes"] == [{"subject": "Secret plans"}]
    await boss.response(
        '{ smtpActivities(filter: {search: "bruno@"}) { nodes { recipient sender subject } } } # amelie'
    )
    await boss.response('{ smtpActivities(filter: {search: 5, status: "bruno"}) { nodes { id } } }')
    await boss.response(SEARCH, {"f": {"recipient": "bruno@example.com"}})
    await boss.response(SEARCH, {"f": {"subject": {"contains": "bruno\0"}}})
    await boss.response('{ node(id: "amelie@example.com") { id } }')
    await boss.response('{ "amelie@example.com" }')
    await boss.response("{ viewer { id } }", documentId="amelie@example.com")
    await boss.response("{ viewer { id } }", operationName="bruno")
    secret = (await boss.data(ISSUE))["accessTokenIssue"]["secret"]
    await Asker(client, secret).response(SEARCH, {"f": {"messageId": "1@northwind.example"}})
    await client.post("/graphql?token=eyJhbGciOi", headers={"Authorization": "Bearer eyJhbGciOi.x.y"})
    await connection.execute("alter table smtp_activity rename column search_text to texts")
    try:
        await boss.response(SEARCH, {"f": {"search": "amelie@example.com"}})
    finally:
        await connection.execute("alter table smtp_activity rename column texts to search_text")
    assert len(lines(file)) == 13
    written = str(lines(file))
    assert last(file)["outcome"] == "INTERNAL_SERVER_ERROR"
    assert [private for private in PRIVATE if private in written] == []


async def test_a_file_is_its_owners_alone_and_is_appended_to(asker: Asker, file: Path) -> None:
    await asker.response("{ viewer { id } }")
    assert mode(file) == 0o600
    os.truncate(file, 0)  # As logrotate's copytruncate does.
    await asker.response("query Again { viewer { id } }")
    assert [line["operation"] for line in lines(file)] == ["Again"]


async def test_it_can_stand_among_the_other_lines(start: Start, tokens: Tokens) -> None:
    asker = Asker(await start(audit_log="stderr"), tokens.issue())
    with capture_logs() as logs:
        await asker.response("{ viewer { id } }")
    assert [line["event"] for line in logs] == ["request", "audit"]


async def test_nothing_is_written_unless_it_is_asked_for(regular: Asker) -> None:
    with capture_logs() as logs:
        await regular.response("{ viewer { id } }")
    assert [line["event"] for line in logs] == ["request"]


@pytest.mark.parametrize(
    ("stated", "target"), [("off", "off"), ("stderr", "stderr"), ("logs/a.log", Path("logs/a.log"))]
)
def test_the_setting_is_a_word_or_a_path(monkeypatch: pytest.MonkeyPatch, stated: str, target: object) -> None:
    monkeypatch.setenv("SMTP_ACTIVITY_AUDIT_LOG", stated)
    assert Settings().audit_log == target
