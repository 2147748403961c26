"""Operations that schemathesis makes up from the schema: none makes the service fail or hang, or tells of others."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auth.permissions import Role
from tests.graphql_api.conftest import AccountIds, Tokens
from tests.graphql_api.rows import insert_activity

_SCHEMA = schemathesis.graphql.from_path(Path(__file__).parents[2] / "schema.graphql")
# What could not be read has no `ok`.
_OPERATIONS = [found.ok() for found in _SCHEMA.get_all_operations()]  # type: ignore[union-attr]
# Stands in every text of another account's row.
_FOREIGN = "zq7-of-acme"
_LARGEST_ANSWER = 1_000_000


@pytest.fixture
async def rows(connection: asyncpg.Connection, accounts: AccountIds, now: datetime) -> None:
    """Activities of the caller's account, and one that the caller may not see."""
    for hours in range(1, 4):
        await insert_activity(connection, accounts.northwind, now - timedelta(hours=hours))
    texts = dict.fromkeys(("recipient", "sender", "envelope_sender", "subject", "message_id", "queue_id"), _FOREIGN)
    await insert_activity(connection, accounts.acme, now - timedelta(hours=1), **texts)


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("operation", _OPERATIONS, ids=lambda operation: operation.label)
@settings(max_examples=settings().max_examples // 4, suppress_health_check=list(HealthCheck))
@given(data=st.data())
async def test_no_operation_makes_the_service_fail(
    client: httpx.AsyncClient, tokens: Tokens, operation: Any, data: st.DataObject
) -> None:
    document = data.draw(operation.as_strategy()).body
    headers = {"Authorization": f"Bearer {tokens.issue(Role.ADMINISTRATOR)}"}
    response = await asyncio.wait_for(client.post("/graphql", json={"query": document}, headers=headers), 20)
    assert response.status_code == 200
    assert len(response.content) < _LARGEST_ANSWER
    assert _FOREIGN not in response.text
    for error in response.json().get("errors", ()):
        assert error["extensions"]["code"] != "INTERNAL_SERVER_ERROR"
