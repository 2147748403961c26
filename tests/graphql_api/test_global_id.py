"""Global ids: one scheme, and never two objects with one id."""

import re

from hypothesis import given
from hypothesis import strategies as st

from graphql_api.global_id import global_id

KEYS = st.lists(st.text(st.characters(codec="utf-8")), min_size=1, max_size=3)


def test_an_id_is_url_safe_and_unpadded() -> None:
    assert global_id("Account", "northwind") == "QWNjb3VudDpub3J0aHdpbmQ"


@given(KEYS)
def test_every_id_is_url_safe(key: list[str]) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]+", global_id("Viewer", *key))


@given(KEYS, KEYS)
def test_different_keys_have_different_ids(one: list[str], other: list[str]) -> None:
    assert (global_id("Viewer", *one) == global_id("Viewer", *other)) is (one == other)


def test_a_colon_in_a_key_is_no_separator() -> None:
    assert global_id("Viewer", "a:b", "c") != global_id("Viewer", "a", "b:c")
