"""Which tables PostgreSQL reads for a statement whose plan knows no values."""

import json
from collections.abc import Iterator
from typing import Any

from database.pool import connect
from tests.database.watched import Sent


async def tables_read(url: str, statement: Sent) -> set[str]:
    """The tables in its generic plan that were not left out when it started."""
    connection = await connect(url)
    try:
        await connection.execute("set plan_cache_mode = force_generic_plan")
        explained = await connection.fetchval(f"explain (analyze, format json) {statement.sql}", *statement.arguments)
    finally:
        await connection.close()
    return set(_tables(json.loads(explained)[0]["Plan"]))


def _tables(plan: dict[str, Any]) -> Iterator[str]:
    if "Relation Name" in plan:
        yield plan["Relation Name"]
    for below in plan.get("Plans", ()):
        yield from _tables(below)
