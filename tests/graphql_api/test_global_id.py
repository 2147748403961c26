"""Global ids: one scheme, and never two objects with one id."""

import re
import string
from base64 import urlsafe_b64encode
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphql_api.global_id import global_id, parse_global_id, uuid_global_ids

KEYS = st.lists(st.text(st.characters(codec="utf-8")), min_size=1, max_size=3)


def test_an_id_is_url_safe_and_unpadded() -> None:
    assert global_id("Account", "northwind") == "QWNjb3VudDpub3J0aHdpbmQ"


@given(KEYS)
def test_every_id_is_url_safe(key: list[str]) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]+", global_id("Viewer", *key))


@given(KEYS, KEYS)
def test_different_keys_have_different_ids(one: list[str], other: list[str]) -> None:
    assert (global_id("Viewer", *one) == global_id("Viewer", *other)) is (one == other)


@given(st.lists(st.uuids()), st.text(string.ascii_letters, min_size=1))
def test_a_type_known_by_a_uuid_has_the_same_ids(uuids: list[UUID], type_name: str) -> None:
    assert uuid_global_ids(type_name)(list(map(str, uuids))) == [global_id(type_name, str(uuid)) for uuid in uuids]


def test_a_colon_in_a_key_is_no_separator() -> None:
    assert global_id("Viewer", "a:b", "c") != global_id("Viewer", "a", "b:c")


@given(KEYS)
def test_an_id_is_read_as_it_was_made(key: list[str]) -> None:
    assert parse_global_id(global_id("Viewer", *key)) == ("Viewer", *key)


@given(st.text())
def test_any_text_is_an_id_or_none(text: str) -> None:
    parts = parse_global_id(text)
    assert parts is None or global_id(*parts) == text


@pytest.mark.parametrize(
    "text",
    [
        "QWNjb3VudDpub3J0aHdpbmQ=",
        " QWNjb3VudDpub3J0aHdpbmQ",
        "QWNjb3VudDpub3J0aHdpbmR",
        "Account:northwind",
        "é",
        "\ud800",
        "\0",
        "_w",
        "A",
        urlsafe_b64encode(b"Account:a b").decode().rstrip("="),
    ],
)
def test_another_spelling_is_no_id(text: str) -> None:
    assert parse_global_id(text) is None
