"""Apollo Client 4, as docs/clients/apollo.md shows it."""

import json

from auth.permissions import Role
from tests.clients.conftest import OpenPage, Server
from tests.graphql_api.conftest import Tokens


async def test_every_page_joins_one_list_in_the_cache(open_page: OpenPage, ids: list[str], server: Server) -> None:
    assert json.loads(await open_page("apollo").output("node walk.mjs")) == ids
    accepted = [request["accept"] for request in server.requests]
    assert [types.startswith("application/graphql-response+json") for types in accepted] == [True, True, True]


async def test_a_refusal_arrives_as_combined_graphql_errors(open_page: OpenPage, tokens: Tokens) -> None:
    refused = await open_page("apollo").output("node refused.mjs", API_TOKEN=tokens.issue(Role.CUSTOM))
    assert json.loads(refused) == [{"code": "FORBIDDEN", "requiredPermissions": ["ACCESS_SMTP_ACTIVITIES"]}]
