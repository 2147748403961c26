"""POST /ingest/events: who may, whose it becomes, what is answered for each line, and what is withstood."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.types import Message

from auth.permissions import Permission, Role
from database.kept_store import open_store
from graphql_api.ingest_events import LINES_PER_BATCH
from graphql_api.settings import Settings
from ingest import delivery_events
from models.attribution import AttributionRules
from models.clock import Clock
from models.event import Accepted, Arrived, BouncedLate, DeliveryEvent, HandedOn, Refused, Reported
from models.own_rules import NO_OWN_RULES
from models.status import Status
from tests.conftest import NOW
from tests.graphql_api.conftest import AccountIds, Asker, Tokens, serving
from tests.ingest.kumomta_lines import SAMPLES as KUMOMTA
from tests.ingest.test_ndjson import AT, line

RECORD = Permission.RECORD_SMTP_EVENTS
NDJSON = "application/x-ndjson"
BOMB_BYTES = 50_000_000


def taken(**fields: object) -> bytes:
    return line("message", **({"envelopeSender": "b@northwind.example", "recipients": ["ana@ok.test"]} | fields))


def reported(recipient: str = "ana@ok.test", **fields: object) -> bytes:
    return line("recipient", **({"status": "DELIVERED", "recipient": recipient} | AT | fields))


class Poster:
    """Posts as one caller."""

    def __init__(self, app: Starlette, client: httpx.AsyncClient, token: str | None) -> None:
        self.app = app
        self._client = client
        self._token = token

    async def response(self, body: bytes | AsyncIterator[bytes], **headers: str) -> httpx.Response:
        sent = {"content-type": NDJSON} | ({"authorization": f"Bearer {self._token}"} if self._token else {})
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self._client.post("/ingest/events", content=body, headers=sent | named)

    async def outcomes(self, *lines: bytes, **headers: str) -> list[str]:
        response = await self.response(b"".join(lines), **headers)
        assert response.status_code == 200, response.text
        assert response.headers["content-type"] == NDJSON
        return [json.loads(answer)["outcome"] for answer in response.text.splitlines()]

    async def refusal(self, body: bytes | AsyncIterator[bytes], **headers: str) -> tuple[int, str]:
        response = await self.response(body, **headers)
        (error,) = response.json()["errors"]
        return response.status_code, error["message"]


Start = Callable[..., Awaitable[Callable[[str | None], Poster]]]


@pytest.fixture
async def start(settings: Settings, accounts: AccountIds, clock: Clock) -> AsyncIterator[Start]:
    """The application, where events may be posted."""
    async with AsyncExitStack() as stack:

        async def started(**others: Any) -> Callable[[str | None], Poster]:
            made = Settings.model_validate(
                settings.model_dump(by_alias=True)
                | {"DATABASE_URL": settings.database_url, "post_events": True}
                | others
            )
            app, client = await stack.enter_async_context(serving(made, clock))
            return lambda token: Poster(app, client, token)

        yield started


@pytest.fixture
def accounts_token(tokens: Tokens) -> str:
    return tokens.issue(Role.CUSTOM, RECORD, subject="northwind's system")


@pytest.fixture
def operators_token(tokens: Tokens) -> str:
    return tokens.issue(Role.CUSTOM, RECORD, account=None, subject="relay1")


@pytest.fixture
async def account(start: Start, accounts_token: str) -> Poster:
    return (await start())(accounts_token)


@pytest.fixture
async def operator(start: Start, operators_token: str) -> Poster:
    return (await start())(operators_token)


@pytest.fixture(autouse=True)
async def credentials(connection: asyncpg.Connection, accounts: AccountIds) -> None:
    for name, account_id in (("northwind@relay1", accounts.northwind), ("acme@relay1", accounts.acme)):
        await connection.execute("insert into smtp_credential values ($1, $2)", name, account_id)


async def rows(connection: asyncpg.Connection) -> list[tuple[Any, ...]]:
    query = "select account_id, recipient, status from smtp_activity order by 1, 2"
    return [tuple(row) for row in await connection.fetch(query)]


async def test_an_accounts_events_are_its_own_whatever_they_say(
    account: Poster, connection: asyncpg.Connection, accounts: AccountIds
) -> None:
    lines = [taken(credential="acme@relay1"), reported()]
    assert await account.outcomes(*lines) == ["stored", "stored"]
    assert await rows(connection) == [(accounts.northwind, "ana@ok.test", "DELIVERED")]
    assert await account.outcomes(*lines) == ["known", "known"]
    assert await account.outcomes(reported("bob@ok.test", status="PENDING")) == ["stored"]


async def test_a_recipient_of_an_accounts_needs_no_message_line(
    account: Poster, connection: asyncpg.Connection, accounts: AccountIds
) -> None:
    assert await account.outcomes(reported()) == ["stored"]
    assert await rows(connection) == [(accounts.northwind, "ana@ok.test", "DELIVERED")]
    assert await account.outcomes(reported(), taken(subject="Hello")) == ["known", "stored"]
    assert await connection.fetchval("select subject from smtp_activity") == "Hello"


async def test_an_account_does_not_reach_anothers_messages(
    start: Start, accounts_token: str, operators_token: str, connection: asyncpg.Connection, accounts: AccountIds
) -> None:
    poster = await start()
    await poster(operators_token).outcomes(taken(credential="acme@relay1", subject="Secret"))
    bounced = reported(status="HARD_BOUNCE", response="550 no")
    for outcome in ("stored", "known"):  # as if there were no other message of that name
        assert await poster(accounts_token).outcomes(bounced) == [outcome]
    assert await rows(connection) == [
        (accounts.northwind, "ana@ok.test", "HARD_BOUNCE"),
        (accounts.acme, "ana@ok.test", "ACCEPTED"),
    ]


async def test_an_account_does_not_answer_for_the_next_leg_of_anothers_message(
    account: Poster, connection: asyncpg.Connection, accounts: AccountIds
) -> None:
    store = await open_store(
        connection, rules=AttributionRules(), retention=timedelta(days=400), own_rules=NO_OWN_RULES
    )
    common: dict[str, Any] = {"relay": "relay1", "queue_id": "first", "arrived_at": NOW, "occurred_at": NOW}
    arrived = Arrived(**common, credential="acme@relay1")
    accepted = Accepted(**common, recipient="ana@ok.test")
    handed_on = HandedOn(**common, recipient="ana@ok.test", next_queue_id="m-1")
    await store.record([arrived, accepted, handed_on], None, NOW)
    assert await account.outcomes(reported(status="HARD_BOUNCE", response="550 no")) == ["stored"]
    assert (accounts.acme, "ana@ok.test", "ACCEPTED") in await rows(connection)


async def test_an_operators_events_find_their_account_or_wait_for_it(
    operator: Poster, connection: asyncpg.Connection, accounts: AccountIds
) -> None:
    assert await operator.outcomes(reported()) == ["waiting"]
    assert await operator.outcomes(taken(credential="acme@relay1")) == ["stored"]
    assert await rows(connection) == [(accounts.acme, "ana@ok.test", "DELIVERED")]
    assert await operator.outcomes(taken(credential="acme@relay1"), reported()) == ["known", "known"]
    stranger = taken(message="m-2", credential="stranger")
    assert await operator.outcomes(stranger, reported(message="m-2")) == ["unattributed", "unattributed"]
    assert await connection.fetchval("select count(*) from unattributed_event") == 2


async def test_a_line_is_refused_with_its_reason_and_the_others_are_stored(
    account: Poster, connection: asyncpg.Connection
) -> None:
    old = {"arrivedAt": (NOW - timedelta(days=401)).isoformat()}
    ahead = {"arrivedAt": (NOW + timedelta(days=2)).isoformat(), "at": (NOW + timedelta(days=2)).isoformat()}
    body = b"".join([b"{\n", b"\n", reported(), reported(at=None), reported(**old), reported(**ahead)])
    answers = [json.loads(each) for each in (await account.response(body)).text.splitlines()]
    assert [(answer["line"], answer["outcome"]) for answer in answers] == [
        (1, "refused"),
        (3, "stored"),
        (4, "refused"),
        (5, "refused"),
        (6, "refused"),
    ]
    assert "truncated" in answers[0]["reason"]
    assert "`$.at`" in answers[2]["reason"]
    assert answers[3]["reason"] == answers[4]["reason"]
    assert "older than what is kept" in answers[3]["reason"]
    assert len(await rows(connection)) == 1


async def test_what_is_older_than_an_account_keeps_is_refused(
    account: Poster, connection: asyncpg.Connection, accounts: AccountIds
) -> None:
    await connection.execute("update account set retention_days = 2 where id = $1", accounts.northwind)
    arrived_at = (NOW - timedelta(days=3)).isoformat()
    assert await account.outcomes(reported(arrivedAt=arrived_at)) == ["refused"]
    assert await rows(connection) == []


async def test_a_body_of_many_batches_is_answered_line_by_line(account: Poster, connection: asyncpg.Connection) -> None:
    lines = [reported(f"{number}@ok.test") for number in range(2 * LINES_PER_BATCH + 1)]
    response = await account.response(b"".join(lines).rstrip(b"\n"))
    answers = [json.loads(each) for each in response.text.splitlines()]
    assert answers == [{"line": number + 1, "outcome": "stored"} for number in range(len(lines))]
    assert len(await rows(connection)) == len(lines)


async def test_a_compressed_body_is_read_also_of_several_members(account: Poster) -> None:
    body = gzip.compress(taken() + reported()[:20]) + gzip.compress(reported()[20:])
    assert await account.outcomes(body, content_encoding="gzip") == ["stored", "stored"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (gzip.compress(taken() + reported())[:-4], "is cut"),
        (gzip.compress(taken())[:10] + b"\xff" * 60, "is damaged"),
        (taken(), "is damaged"),
        (b"", "is cut"),
    ],
    # Gzip writes the time into its head, and every process has to find the same tests.
    ids=["cut", "damaged", "not packed", "empty"],
)
async def test_a_compressed_body_that_is_not_whole_is_refused(account: Poster, body: bytes, reason: str) -> None:
    status, message = await account.refusal(body, content_encoding="gzip")
    assert (status, reason in message) == (400, True)


async def test_a_body_that_unpacks_to_too_much_is_read_no_further(start: Start, accounts_token: str) -> None:
    poster = (await start(limits={"events_bytes": 1_000_000}))(accounts_token)
    pieces = 0

    async def bomb() -> AsyncIterator[bytes]:
        nonlocal pieces
        packed = gzip.compress(b"\n" * BOMB_BYTES)
        for begin in range(0, len(packed), 1_000):
            pieces += 1
            yield packed[begin : begin + 1_000]

    assert await poster.refusal(bomb(), content_encoding="gzip") == (
        413,
        "The events are too many for one request: at most 1000000 bytes.",
    )
    assert pieces == 1  # A thousand packed bytes are more than a million.


async def test_what_came_before_the_limit_is_recorded_and_known_afterwards(
    start: Start, accounts_token: str, connection: asyncpg.Connection
) -> None:
    poster = (await start(limits={"events_bytes": 150_000}))(accounts_token)
    lines = [reported(f"{number}@ok.test") for number in range(2 * LINES_PER_BATCH)]
    assert sum(map(len, lines)) > 150_000

    async def one_by_one() -> AsyncIterator[bytes]:
        for each in lines:
            yield each

    assert (await poster.refusal(one_by_one()))[0] == 413
    assert len(await rows(connection)) == LINES_PER_BATCH
    assert await poster.outcomes(*lines[LINES_PER_BATCH - 1 : LINES_PER_BATCH + 1]) == ["known", "stored"]


async def test_a_line_that_is_too_long_is_refused_alone(start: Start, accounts_token: str) -> None:
    poster = (await start(limits={"event_bytes": 1_000}))(accounts_token)
    fits = taken(subject="x" * (1_000 - len(taken(subject=""))))
    assert len(fits.rstrip(b"\n")) == 999
    assert await poster.outcomes(fits, taken(subject="y" * 100_000), reported()) == ["stored", "refused", "stored"]


async def test_a_body_that_ends_early_keeps_what_was_recorded(
    account: Poster, accounts_token: str, connection: asyncpg.Connection
) -> None:
    lines = b"".join(reported(f"{number}@ok.test") for number in range(LINES_PER_BATCH + 1))
    given: list[Message] = [{"type": "http.request", "body": lines, "more_body": True}, {"type": "http.disconnect"}]
    sent: list[Message] = []

    async def receive() -> Message:
        return given.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"content-type", NDJSON.encode()), (b"authorization", f"Bearer {accounts_token}".encode())]
    scope = {"type": "http", "method": "POST", "path": "/ingest/events", "query_string": b"", "headers": headers}
    await account.app(scope, receive, send)
    assert sent[0]["status"] == 400
    assert len(await rows(connection)) == LINES_PER_BATCH


async def test_a_body_that_does_not_come_is_not_waited_for(start: Start, accounts_token: str) -> None:
    poster = (await start(limits={"body_timeout": "PT0.1S"}))(accounts_token)

    async def slow() -> AsyncIterator[bytes]:
        yield taken()
        await asyncio.sleep(60)

    status, message = await poster.refusal(slow())
    assert (status, "too slowly" in message) == (408, True)


@pytest.mark.parametrize(
    "headers", [{"content_type": "application/json"}, {"content_type": ""}, {"content_encoding": "br"}]
)
async def test_another_form_of_body_is_refused_with_the_right_ones(account: Poster, headers: dict[str, str]) -> None:
    response = await account.response(taken(), **headers)
    assert response.status_code == 415
    assert (response.headers["accept"], response.headers["accept-encoding"]) == (NDJSON, "gzip")


@pytest.mark.parametrize(
    ("role", "permissions", "actor"),
    [
        (Role.ADMINISTRATOR, (), None),
        (Role.REGULAR, (), None),
        (Role.CUSTOM, (), None),
        (Role.CUSTOM, (Permission.ACCESS_SMTP_ACTIVITIES,), None),
        (Role.CUSTOM, (RECORD,), "bob@relay.example"),
    ],
)
async def test_nobody_else_may_record(
    start: Start,
    tokens: Tokens,
    connection: asyncpg.Connection,
    role: Role,
    permissions: tuple[Permission, ...],
    actor: str | None,
) -> None:
    poster = (await start())(tokens.issue(role, *permissions, actor=actor))
    assert await poster.refusal(taken()) == (403, "This needs the permission “Record SMTP events”.")
    assert await rows(connection) == []


async def test_without_a_token_nothing_is_read(start: Start) -> None:
    response = await (await start())(None).response(taken())
    assert (response.status_code, response.headers["www-authenticate"]) == (401, "Bearer")


async def test_where_it_is_not_switched_on_there_is_nothing(client: httpx.AsyncClient, operators_token: str) -> None:
    headers = {"authorization": f"Bearer {operators_token}", "content-type": NDJSON}
    assert (await client.post("/ingest/events", content=taken(), headers=headers)).status_code == 404


async def test_an_operators_token_asks_nothing(client: httpx.AsyncClient, operators_token: str) -> None:
    response = await Asker(client, operators_token).response("{ viewer { id } }")
    assert response.status_code == 401
    assert "no account" in response.json()["errors"][0]["message"]


async def test_lines_of_an_account_cost_points_and_an_operators_do_not(
    start: Start, accounts_token: str, operators_token: str, connection: asyncpg.Connection
) -> None:
    budget = {"points": LINES_PER_BATCH + 10, "failed_authentications": 30}
    poster = await start(rate_limit=budget, limits={"cost": 100})
    lines = b"".join(reported(f"{number}@ok.test") for number in range(LINES_PER_BATCH + 11))
    response = await poster(accounts_token).response(lines)
    assert (response.status_code, response.headers["retry-after"]) == (429, "60")
    assert len(await rows(connection)) == LINES_PER_BATCH
    assert (await poster(operators_token).response(lines)).status_code == 200


async def test_a_lost_connection_is_told_and_made_anew(account: Poster, connection: asyncpg.Connection) -> None:
    assert await account.outcomes(taken()) == ["stored"]
    assert await connection.fetchval(
        "select count(pg_terminate_backend(pid)) from pg_stat_activity"
        " where query = 'COMMIT;' and pid <> pg_backend_pid()"
    )
    response = await account.response(reported())
    assert (response.status_code, response.headers["retry-after"]) == (503, "10")
    assert await account.outcomes(taken(), reported()) == ["known", "stored"]


async def test_it_is_written_down_and_counted_who_recorded_how_much(
    start: Start, tmp_path: Path, accounts_token: str, operators_token: str
) -> None:
    file = tmp_path / "audit.log"
    poster = await start(audit_log=file)
    by_account = poster(accounts_token)
    await by_account.outcomes(taken(), reported(), b"{\n")
    await poster(operators_token).outcomes(taken())
    assert [
        (written["subject"], written["role"], written["account"], written["recorded"], written["outcome"])
        for written in map(json.loads, file.read_text().splitlines())
    ] == [("northwind's system", "CUSTOM", "northwind", 2, "ok"), ("relay1", "CUSTOM", None, 1, "ok")]
    assert "ana@" not in file.read_text()
    registry: CollectorRegistry = by_account.app.state.service.metrics.registry
    counted = [
        registry.get_sample_value("smtp_activity_events_posted_total", {"outcome": outcome})
        for outcome in ("stored", "refused", "unattributed")
    ]
    assert counted == [2, 1, 1]


def neutral(*events: DeliveryEvent) -> bytes:
    return delivery_events.delivery_events(events)


async def test_a_relay_posts_its_own_events_of_any_kind(operator: Poster, connection: asyncpg.Connection) -> None:
    short: dict[str, Any] = {"relay": "relay1", "queue_id": "4F2B31C0A1", "occurred_at": NOW}
    answered: dict[str, Any] = {"response": "550 5.1.1 no", "smtp_code": 550}
    nowhere = short | {"queue_id": "4F2B31C0FF"}
    refused = short | {"queue_id": "", "key": "k", "envelope_sender": "b@northwind.example"}
    late = short | {"envelope_sender": "b@northwind.example"}
    events: list[DeliveryEvent] = [
        Arrived(**short, credential="northwind@relay1"),
        Accepted(**short, recipient="ana@ok.test"),
        Reported(**short, recipient="ana@ok.test", status=Status.HARD_BOUNCE, **answered),
        HandedOn(**short, recipient="bob@ok.test", next_queue_id="4F2B31C0A2"),
        Reported(**nowhere, recipient="cid@ok.test", status=Status.DELIVERED),
        BouncedLate(**late, recipient="ana@ok.test", status=Status.HARD_BOUNCE, **answered),
        Refused(**refused, recipient="eve@ok.test", **answered),
    ]
    kind = {"content_type": delivery_events.MEDIA_TYPE}
    expected = ["stored", "stored", "stored", "stored", "waiting", "waiting", "unattributed"]
    assert await operator.outcomes(neutral(*events), **kind) == expected
    again = ["known" if outcome == "stored" else outcome for outcome in expected]
    assert await operator.outcomes(neutral(*events), **kind) == again
    assert {row[1:] for row in await rows(connection)} == {("ana@ok.test", "HARD_BOUNCE"), ("bob@ok.test", "ACCEPTED")}


async def test_a_refusal_of_a_trusted_network_is_stored_once(
    start: Start, operators_token: str, connection: asyncpg.Connection, accounts: AccountIds
) -> None:
    await connection.execute("insert into sending_domain values ('northwind.example', $1)", accounts.northwind)
    poster = (await start(trusted_networks=["192.0.2.0/24"]))(operators_token)
    common: dict[str, Any] = {"relay": "relay1", "queue_id": "", "occurred_at": NOW, "client_address": "192.0.2.1"}
    refused = Refused(**common, key="k", recipient="eve@ok.test", envelope_sender="b@northwind.example", response="550")
    for outcome in ("stored", "known"):
        assert await poster.outcomes(neutral(refused), content_type=delivery_events.MEDIA_TYPE) == [outcome]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"instance": "account:1"}, "none of a relay's"),
        ({"occurred_at": "2026-11-23T18:00:00"}, "no zone"),
        ({"arrived_at": "2026-11-23T18:00:00"}, "no zone"),
        ({"occurred_at": None}, "`$.occurred_at`"),
        ({"type": "invented"}, "`$.type`"),
    ],
)
async def test_an_event_that_no_relay_writes_is_refused(
    operator: Poster, change: dict[str, object], reason: str
) -> None:
    event = json.loads(neutral(Arrived(relay="relay1", queue_id="m-1", arrived_at=NOW, occurred_at=NOW)))
    response = await operator.response(json.dumps(event | change).encode(), content_type=delivery_events.MEDIA_TYPE)
    (answer,) = map(json.loads, response.text.splitlines())
    assert (answer["outcome"], reason in answer["reason"]) == ("refused", True)


async def test_only_an_operators_relay_posts_them(account: Poster) -> None:
    status, _ = await account.refusal(b"{}", content_type=delivery_events.MEDIA_TYPE)
    assert status == 415


async def test_a_kumomta_posts_its_log_records(operator: Poster, connection: asyncpg.Connection) -> None:
    await connection.execute("insert into smtp_credential select 'northwind', account_id from smtp_credential limit 1")
    outcomes = await operator.outcomes(*KUMOMTA, content_type="application/vnd.kumomta.log-records+ndjson")
    assert (len(outcomes), outcomes[:4]) == (len(KUMOMTA), ["stored"] * 4)
    assert ("ana@ok.test", "DELIVERED") in {row[1:] for row in await rows(connection)}
