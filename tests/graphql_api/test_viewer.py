"""`viewer` and its account: what the token and the database tell, to whoever has a valid token."""

from datetime import UTC, datetime

import asyncpg
import httpx
import pytest

from auth.permissions import Permission, Role
from tests.graphql_api.conftest import Asker, Tokens

VIEWER = "{ viewer { id role permissions actor account { id name timeZone hasActiveSmtpPlan recordedUpTo } } }"


async def test_the_viewer_is_shown_with_the_account(regular: Asker) -> None:
    assert await regular.data(VIEWER) == {
        "viewer": {
            "id": "Vmlld2VyOm5vcnRod2luZDpzb21lb25l",
            "role": "REGULAR",
            "permissions": ["ACCESS_SMTP_ACTIVITIES"],
            "actor": None,
            "account": {
                "id": "QWNjb3VudDpub3J0aHdpbmQ",
                "name": "Northwind",
                "timeZone": "America/Toronto",
                "hasActiveSmtpPlan": True,
                "recordedUpTo": None,
            },
        }
    }


@pytest.mark.parametrize(
    ("role", "granted", "permissions"),
    [
        (Role.ADMINISTRATOR, (), ["ACCESS_SMTP_ACTIVITIES", "MANAGE_ACCESS_TOKENS"]),
        (Role.REGULAR, (Permission.RECORD_SMTP_EVENTS,), ["ACCESS_SMTP_ACTIVITIES"]),
        (Role.CUSTOM, (), []),
        (
            Role.CUSTOM,
            (Permission.RECORD_SMTP_EVENTS, Permission.ACCESS_SMTP_ACTIVITIES),
            ["ACCESS_SMTP_ACTIVITIES", "RECORD_SMTP_EVENTS"],
        ),
    ],
)
async def test_the_permissions_are_the_effective_ones(
    client: httpx.AsyncClient, tokens: Tokens, role: Role, granted: tuple[Permission, ...], permissions: list[str]
) -> None:
    data = await Asker(client, tokens.issue(role, *granted)).data("{ viewer { permissions } }")
    assert data == {"viewer": {"permissions": permissions}}


async def test_support_staff_is_shown_and_manages_no_tokens(client: httpx.AsyncClient, tokens: Tokens) -> None:
    asker = Asker(client, tokens.issue(Role.ADMINISTRATOR, actor="bob@staff"))
    assert await asker.data("{ viewer { role actor permissions account { name } } }") == {
        "viewer": {
            "role": "ADMINISTRATOR",
            "actor": "bob@staff",
            "permissions": ["ACCESS_SMTP_ACTIVITIES"],
            "account": {"name": "Northwind"},
        }
    }


async def test_ids_are_the_same_at_every_reading_and_differ_between_callers(
    client: httpx.AsyncClient, tokens: Tokens
) -> None:
    query = "{ viewer { id account { id } } }"
    first, again, other = [
        (await Asker(client, tokens.issue(subject=subject)).data(query))["viewer"]
        for subject in ("someone", "someone", "somebody else")
    ]
    assert first == again
    assert first["id"] != other["id"]
    assert first["account"] == other["account"]


async def test_recorded_up_to_is_the_newest_instant_of_all_sources_in_the_accounts_zone(
    connection: asyncpg.Connection, regular: Asker, now: datetime
) -> None:
    for name, recorded_up_to in (
        ("new", None),
        ("mail.log.1", datetime(2026, 11, 22, tzinfo=UTC)),
        ("mail.log", datetime(2026, 11, 23, 18, 59, 58, tzinfo=UTC)),
    ):
        await connection.execute(
            "insert into ingest_source (name, fingerprint, position, shift_seconds, recorded_up_to, updated_at)"
            " values ($1, '', 0, 0, $2, $3)",
            name,
            recorded_up_to,
            now,
        )
    data = await regular.data("{ viewer { account { recordedUpTo } } }")
    assert data == {"viewer": {"account": {"recordedUpTo": "2026-11-23T13:59:58.000-05:00"}}}
