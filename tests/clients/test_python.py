"""Python's gql, and a client that turms types, as docs/clients/python.md shows them."""

import json
import re

from auth.permissions import Role
from tests.clients.conftest import OpenPage, Server
from tests.graphql_api.conftest import Tokens

WRONG = """
from smtp_activity import Activities, SmtpActivityFilter

page = Activities.model_validate({}).smtp_activities
page.nodes
assert page is not None
sent_at: str = page.nodes[0].sent_at
SmtpActivityFilter(status="DELIVERED")
"""


async def test_gql_reads_the_schema_and_walks_every_page(open_page: OpenPage, ids: list[str], server: Server) -> None:
    assert json.loads(await open_page("python").output("python walk.py")) == ids
    assert len(server.requests) == 1 + 3


async def test_gql_refuses_what_the_callers_schema_does_not_hold_before_it_is_sent(
    open_page: OpenPage, tokens: Tokens, server: Server
) -> None:
    refused = await open_page("python").result("python walk.py", API_TOKEN=tokens.issue(Role.CUSTOM))
    assert refused.exit_code == 1
    assert "Cannot query field 'smtpActivities' on type 'Query'." in refused.complaint
    assert len(server.requests) == 1


async def test_the_documented_command_generates_a_client_that_strict_mypy_takes(
    open_page: OpenPage, ids: list[str]
) -> None:
    page = open_page("python")
    await page.output("turms gen")
    assert await page.output("mypy --strict bounces.py") == "Success: no issues found in 1 source file\n"
    assert json.loads(await page.output("python bounces.py")) == ["13:00 bruno@example.com"]


async def test_the_generated_models_tell_scalars_nulls_and_enumerations(open_page: OpenPage) -> None:
    page = open_page("python")
    await page.output("turms gen")
    (page.directory / "bounces.py").write_text(WRONG)
    complaints = (await page.result("mypy --strict bounces.py")).output
    assert re.findall(r"(?m)^bounces\.py:(\d+): error: .*\[(.*)\]$", complaints) == [
        ("5", "union-attr"),
        ("7", "assignment"),
        ("8", "arg-type"),
    ]
