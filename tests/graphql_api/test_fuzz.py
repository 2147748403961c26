"""Bodies that nobody would send: none is answered with a 5xx, makes the service hang, or comes back to its sender."""

import asyncio
import json

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.graphql_api.conftest import Tokens

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda each: st.lists(each, max_size=5) | st.dictionaries(st.text(), each, max_size=5),
    max_leaves=10,
)
_WORDS = st.sampled_from(
    [
        *(
            "{",
            "}",
            "(",
            ")",
            "[",
            "]",
            ":",
            "$a",
            "...",
            "@",
            "!",
            "=",
            "|",
            "#",
            '"',
            '"""',
            "\\u",
            "1",
            "-1",
            "1e400",
        ),
        *(
            "query",
            "mutation",
            "subscription",
            "fragment F on Viewer",
            "...F",
            "on",
            "@skip(if: true)",
            "@include(if: $a)",
        ),
        *("viewer", "account", "id", "smtpActivities", "nodes", "edges", "node", "events", "first:", "ids:", "filter:"),
        *("__schema", "__type", "types", "fields", "type", "ofType", "name", "null", "true", "DELIVERED", "Int", "a:"),
    ]
)
_DOCUMENTS = st.lists(_WORDS, max_size=40).map(" ".join) | st.text()
_BALANCED = st.recursive(
    st.sampled_from(["id", "__typename", "role", "viewer", "a: id", "...F", "nothing"]),
    lambda each: st.builds(
        "{} {{ {} }}".format,
        st.sampled_from(
            ["viewer", "account", "smtpActivities", "nodes", "... on Viewer", "__schema", "types", "fields"]
        ),
        st.lists(each, min_size=1, max_size=4).map(" ".join),
    ),
    max_leaves=30,
).map("{{ {} }} fragment F on Viewer {{ id }}".format)
_REQUESTS = st.fixed_dictionaries(
    {"query": _DOCUMENTS | _BALANCED | _JSON},
    optional={
        "variables": st.dictionaries(st.sampled_from("abc"), _JSON) | _JSON,
        "operationName": _JSON,
        "extensions": _JSON,
    },
)
_BODIES = st.binary() | _JSON.map(json.dumps).map(str.encode) | _REQUESTS.map(json.dumps).map(str.encode)


@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=_BODIES)
async def test_no_body_makes_the_service_fail(
    client: httpx.AsyncClient, tokens: Tokens, accept: str, body: bytes
) -> None:
    headers = {"Authorization": f"Bearer {tokens.issue()}", "Content-Type": "application/json", "Accept": accept}
    response = await asyncio.wait_for(client.post("/graphql", content=body, headers=headers), 10)
    assert response.status_code in {200, 400}
    answer = response.json()
    assert answer.keys() <= {"data", "errors", "extensions"}
    for error in answer.get("errors", ()):
        assert error["extensions"]["code"] != "INTERNAL_SERVER_ERROR"
        assert len(error["message"]) <= 300
    assert len(answer.get("errors", ())) <= 5
