"""The fast path answers as the ordinary executor does, byte for byte; what it knows it answers itself."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from graphql import ExecutionResult
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auth.permissions import Permission, Role
from graphql_api.execution.plans import Plan, Plans
from graphql_api.execution.run import Run
from graphql_api.global_id import global_id
from graphql_api.settings import Settings
from models.clock import Clock
from models.status import WITH_REASON, Status
from tests.graphql_api.conftest import AccountIds, Tokens, serving
from tests.graphql_api.documents import Asked, queries
from tests.graphql_api.rows import insert_activity, insert_event

_CALLERS = st.sampled_from(
    [
        (Role.ADMINISTRATOR, (), "northwind", None),
        (Role.REGULAR, (), "northwind", "support"),
        (Role.CUSTOM, (Permission.ACCESS_SMTP_ACTIVITIES,), "acme", None),
        (Role.CUSTOM, (), "northwind", None),
        (Role.REGULAR, (), "globex", None),
    ]
)


@pytest.fixture
async def ids(connection: asyncpg.Connection, accounts: AccountIds, now: datetime) -> tuple[str, ...]:
    """Global ids: of northwind's activities, one of each status, each with events; of acme's; of nobody's."""
    made = []
    for account in (accounts.northwind, accounts.acme):
        for hours, status in enumerate(Status, 1):
            sent_at = now - timedelta(hours=hours)
            why = {"reason_category": "MAILBOX_FULL", "smtp_code": 452} if status in WITH_REASON else {}
            id_ = await insert_activity(connection, account, sent_at, status=status, **why)
            for minutes in range(hours % 4):
                at = sent_at + timedelta(minutes=minutes, microseconds=minutes * 1_500)
                answer = f"452 4.2.2 full ({minutes})"
                await insert_event(connection, account, id_, at, status, response=answer, **why)
            made.append(global_id("SmtpActivity", str(id_)))
    return (*made, global_id("SmtpActivity", str(UUID(int=5))), global_id("Account", "northwind"), "nothing")


@pytest.fixture
async def both(settings: Settings, accounts: AccountIds, clock: Clock) -> AsyncIterator[list[httpx.AsyncClient]]:
    """The service with the fast path and without."""
    async with AsyncExitStack() as stack:
        clients = []
        for fast_path in (True, False):
            one = settings.model_copy(update={"fast_path": fast_path})
            clients.append((await stack.enter_async_context(serving(one, clock)))[1])
        yield clients


async def answers(both: list[httpx.AsyncClient], token: str, asked: Asked) -> list[bytes]:
    """What each of them answers, headers left aside."""
    body = {"query": asked.text, "variables": asked.variables}
    headers = {"Authorization": f"Bearer {token}"}
    return [(await client.post("/graphql", json=body, headers=headers)).content for client in both]


@settings(max_examples=settings().max_examples * 2, suppress_health_check=list(HealthCheck))
@given(data=st.data())
async def test_both_answer_alike(
    both: list[httpx.AsyncClient], tokens: Tokens, ids: tuple[str, ...], data: st.DataObject
) -> None:
    role, granted, account, actor = data.draw(_CALLERS)
    token = tokens.issue(role, *granted, account=account, actor=actor)
    asked = data.draw(queries(ids))
    fast, ordinary = await answers(both, token, asked)
    assert fast == ordinary


_ROW = """fragment Row on SmtpActivity {
    __typename id sentAt status statusExplanation(language: FR) statusChangedAt recipient deliveredTo sender
    envelopeSender subject reason { __typename category responsibility explanation message smtpCode enhancedCode }
    attemptCount messageId queueId relay credential
    events(last: $last) { occurredAt status reason { category explanation(language: $language) } response outOfBand }
}"""
_PLANNED = {
    "a page": "{ smtpActivities(first: 3) { edges { cursor node { id } } pageInfo { hasNextPage endCursor } } }",
    "everything": """query Q($first: Int, $last: Int = 2, $language: Language, $all: Boolean!) {
        __typename
        page: smtpActivities(first: $first, orderBy: {field: SENT_AT, direction: ASC}) {
            edges { cursor node { ...Row } } nodes @include(if: $all) { ...Row }
            pageInfo { __typename hasNextPage hasPreviousPage startCursor endCursor }
            totalCount statusCounts @skip(if: $all) { status count }
        }
        none: smtpActivities(filter: {search: "nobody's"}) { nodes { ...Row } pageInfo { startCursor } }
        viewer { __typename id role permissions actor account { id name timeZone hasActiveSmtpPlan recordedUpTo } }
        rateLimit { limit cost remaining resetAt }
    } """
    + _ROW,
    "an activity": "query Q($id: ID!, $last: Int) { smtpActivity(id: $id) { ...Row } }"
    + _ROW.replace("$language", "EN"),
    "a filter": """query Q($filter: SmtpActivityFilter) {
        smtpActivities(filter: $filter) { nodes { status } totalCount }
    }""",
    "the tokens": "{ accessTokens { edges { cursor node { id name permissions } } pageInfo { hasNextPage } } }",
    "what is refused": '{ a: smtpActivities(first: 101) { totalCount } b: smtpActivities(after: "x") { totalCount } }',
}
_UNPLANNED = {
    "introspection": "{ __schema { queryType { name } } }",
    "an interface": '{ node(id: "x") { id } }',
    "a mutation": 'mutation { accessTokenRevoke(input: {id: "x"}) { userErrors { code } } }',
}
_VARIABLES = {"first": 3, "last": 2, "language": "FR", "all": True, "filter": {"status": ["DELIVERED", "HARD_BOUNCE"]}}


@pytest.mark.parametrize(
    ("document", "is_planned"),
    [*((each, True) for each in _PLANNED.values()), *((each, False) for each in _UNPLANNED.values())],
    ids=[*_PLANNED, *_UNPLANNED],
)
async def test_what_the_fast_path_knows_it_answers_itself(
    document: str,
    is_planned: bool,
    both: list[httpx.AsyncClient],
    tokens: Tokens,
    ids: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    came: list[bool] = []
    find, execute = Plans.find, Plan.execute

    def found(self: Plans, *arguments: Any) -> Any:
        planned = find(self, *arguments)
        if planned is None:
            came.append(False)
        return planned

    async def watched(self: Plan, run: Run) -> ExecutionResult | None:
        result = await execute(self, run)
        came.append(result is not None)
        return result

    monkeypatch.setattr(Plans, "find", found)
    monkeypatch.setattr(Plan, "execute", watched)
    variables = {name: value for name, value in {**_VARIABLES, "id": ids[0]}.items() if f"${name}:" in document}
    fast, ordinary = await answers(both, tokens.issue(Role.ADMINISTRATOR), Asked(document, variables))
    assert fast == ordinary
    # Once, by the one that has it; the other has none.
    assert came == [is_planned]


async def test_nothing_of_a_document_comes_into_source(
    both: list[httpx.AsyncClient], tokens: Tokens, ids: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    sources: list[str] = []

    def compiled(source: str, name: str, mode: str) -> Any:
        sources.append(source)
        return compile(source, name, mode)

    monkeypatch.setattr("graphql_api.execution.rows.compile", compiled, raising=False)
    names = ["zq7alias", "zq7name", "zq7fragment", "zq7variable"]
    document = """query zq7name($zq7variable: Int) {
        zq7alias: smtpActivities { nodes { ...zq7fragment } }
    } fragment zq7fragment on SmtpActivity { zq7alias: recipient events(last: $zq7variable) { zq7alias: status } }"""
    await answers(both, tokens.issue(), Asked(document, {}))
    assert sources
    assert all(name in document for name in names)
    assert not any("zq7" in source or "recipient" in source for source in sources)
