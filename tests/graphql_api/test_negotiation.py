"""Accept and Content-Type, as GraphQL over HTTP reads them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphql_api.negotiation import GRAPHQL_RESPONSE, JSON, is_json, negotiate


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/json", JSON),
        ("Application/JSON; charset=utf-8", JSON),
        ("application/graphql-response+json", GRAPHQL_RESPONSE),
        ("application/graphql-response+json; charset=utf-8, application/json; charset=utf-8", GRAPHQL_RESPONSE),
        ("application/json, application/graphql-response+json", GRAPHQL_RESPONSE),
        ("application/graphql-response+json, application/json;q=0.9", GRAPHQL_RESPONSE),
        ("application/json, application/graphql-response+json;q=0.9", JSON),
        ("application/graphql-response+json;q=0.5, */*;q=0.1", GRAPHQL_RESPONSE),
        ("application/graphql-response+json;q=0, application/json", JSON),
        ("text/html, application/xhtml+xml, */*;q=0.8", JSON),
        ("application/json;q=0, */*", None),
        ("application/json;q=0.0", None),
        ("application/json;q=5", None),
        ("application/json;q=nan", None),
        ("text/html", None),
        ("text/*", None),
        (";;;,,,", None),
    ],
)
def test_the_answers_media_type_is_the_one_that_is_wanted_most(accept: str, media_type: str | None) -> None:
    assert negotiate(accept) == media_type


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "application/json; charset=utf-8", 'APPLICATION/JSON;charset="UTF-8"', "application/json;"],
)
def test_json_is_json(content_type: str) -> None:
    assert is_json(content_type)


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "application/graphql",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=latin1",
        "application/jsonp",
    ],
)
def test_what_is_not_json_is_not(content_type: str | None) -> None:
    assert not is_json(content_type)


@given(st.text(st.sampled_from("q=01.;,*/'\" \t") | st.characters(max_codepoint=255), max_size=40))
def test_no_header_makes_it_fail(text: str) -> None:
    assert negotiate(f"application/json;{text}") in {JSON, GRAPHQL_RESPONSE, None}
    assert is_json(f"application/json;charset{text}") in {True, False}
