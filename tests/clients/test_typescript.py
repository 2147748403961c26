"""A client that GraphQL Code Generator types, as docs/clients/typescript.md shows it."""

import json
import re

from tests.clients.conftest import OpenPage, Server

WRONG = """
import { activities } from "./activities.js";
export async function wrong() {
  for await (const activity of activities("", "")) {
    const sentAt: number = activity.sentAt;
    activity.reason.category;
    activity.recipients;
  }
}
"""


async def test_the_documented_command_generates_a_client_that_strict_typescript_takes(
    open_page: OpenPage, ids: list[str], server: Server
) -> None:
    page = open_page("typescript")
    await page.output("npx graphql-codegen")
    assert await page.output("npx tsc") == ""
    assert json.loads(await page.output("node walk.mjs")) == ids
    assert len(server.requests) == 3


async def test_the_generated_types_tell_scalars_nulls_and_fields(open_page: OpenPage) -> None:
    page = open_page("typescript")
    await page.output("npx graphql-codegen")
    (page.directory / "src" / "wrong.ts").write_text(WRONG)
    complaints = (await page.result("npx tsc")).output
    assert re.findall(r"(?m)^src/(\w+)\.ts\((\d+),\d+\): error TS\d+: (.*?)(?:on type.*)?$", complaints) == [
        ("wrong", "5", "Type 'string' is not assignable to type 'number'."),
        ("wrong", "6", "'activity.reason' is possibly 'null'."),
        ("wrong", "7", "Property 'recipients' does not exist "),
    ]
