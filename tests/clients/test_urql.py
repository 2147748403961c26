"""urql with its normalized cache, as docs/clients/urql.md shows it."""

import json

from tests.clients.conftest import OpenPage, Server


async def test_every_page_joins_one_list_in_the_cache(open_page: OpenPage, ids: list[str], server: Server) -> None:
    assert json.loads(await open_page("urql").output("node walk.mjs")) == ids
    assert len(server.requests) == 3
