"""A client that GraphQL Code Generator types, as docs/clients/typescript.md shows it."""

import json

from tests.clients.conftest import OpenPage, Server


async def test_the_documented_command_generates_a_client_that_strict_typescript_takes(
    open_page: OpenPage, ids: list[str], server: Server
) -> None:
    page = open_page("typescript")
    await page.run("npx graphql-codegen")
    assert await page.run("npx tsc") == ""
    assert json.loads(await page.run("node walk.mjs")) == ids
    assert len(server.requests) == 3


async def test_the_generated_types_know_scalars_and_what_may_be_null(open_page: OpenPage) -> None:
    page = open_page("typescript")
    await page.run("npx graphql-codegen")
    (page.directory / "src" / "wrong.ts").write_text(
        'import { activities } from "./activities.js";\n'
        'for await (const activity of activities("", "")) {\n'
        "  const sentAt: number = activity.sentAt;\n"
        "  activity.reason.category;\n"
        "  activity.recipients;\n"
        "}\n"
    )
    exit_code, complaints = await page.result("npx tsc --noEmit")
    assert exit_code != 0
    print(complaints)
    raise 3
