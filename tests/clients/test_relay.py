"""Relay's compiler and runtime, as docs/clients/relay.md shows them."""

import json

from graphql_api.settings import Settings
from graphql_api.trust import Mode, TrustedDocumentsSettings
from models.clock import Clock
from tests.clients.conftest import OpenPage, Server, listening
from tests.graphql_api.conftest import serving


async def test_the_compiler_takes_the_schema_and_every_page_joins_one_connection(
    open_page: OpenPage, ids: list[str], server: Server
) -> None:
    page = open_page("relay")
    compiled = await page.output("npx relay-compiler")
    assert "Done." in compiled
    assert "WARN" not in compiled
    assert json.loads(await page.output("node walk.mjs")) == ids
    assert len(server.requests) == 3


async def test_what_the_compiler_persists_is_all_that_a_service_has_to_answer(
    open_page: OpenPage, ids: list[str], settings: Settings, clock: Clock
) -> None:
    page = open_page("relay")
    await page.output("echo '{}' > documents.json")
    await page.output("npx relay-compiler relay.trusted.json")
    trusted = TrustedDocumentsSettings(manifest=page.directory / "documents.json", mode=Mode.REQUIRE)
    requiring = settings.model_copy(update={"trusted_documents": trusted})
    async with serving(requiring, clock) as (app, _), listening(app) as server:
        assert json.loads(await page.output("node walk.mjs", API_URL=server.url)) == ids
