"""Python's gql, and a client that turms types, as docs/clients/python.md shows them."""

import json

from tests.clients.conftest import OpenPage, Server


async def test_gql_walks_every_page(open_page: OpenPage, ids: list[str], server: Server) -> None:
    assert json.loads(await open_page("python").run("python walk.py")) == ids
    # The first one reads the schema.
    assert len(server.requests) == 4


async def test_the_documented_command_generates_a_client_that_strict_mypy_takes(
    open_page: OpenPage, ids: list[str]
) -> None:
    page = open_page("python")
    await page.run("turms gen")
    print(await page.result("mypy --strict bounces.py smtp_activity"))
    assert json.loads(await page.run("python bounces.py")) == ["13:00 bruno@example.com"]
