"""Relay's compiler and runtime, as docs/clients/relay.md shows them."""

import json

from tests.clients.conftest import OpenPage, Server


async def test_the_compiler_takes_the_schema_and_every_page_joins_one_connection(
    open_page: OpenPage, ids: list[str], server: Server
) -> None:
    page = open_page("relay")
    compiled = await page.output("npx relay-compiler")
    assert "Done." in compiled
    assert "WARN" not in compiled
    assert json.loads(await page.output("node walk.mjs")) == ids
    assert len(server.requests) == 3
