"""Relay's compiler and runtime, as docs/clients/relay.md shows them."""

import json

from tests.clients.conftest import OpenPage, Server


async def test_every_page_joins_one_connection_in_the_store(
    open_page: OpenPage, ids: list[str], server: Server
) -> None:
    page = open_page("relay")
    print(await page.run("npx relay-compiler"))
    assert json.loads(await page.run("node walk.mjs")) == ids
    assert len(server.requests) == 3
