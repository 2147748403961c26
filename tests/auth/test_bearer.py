"""The Authorization header: one, of scheme Bearer, with one token."""

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth.bearer import bearer_token
from auth.errors import Unauthenticated


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("Bearer abc", "abc"),
        ("bearer abc", "abc"),
        ("BEARER abc", "abc"),
        ("Bearer   abc", "abc"),
        ("Bearer abc \t", "abc"),
        ("Bearer a-Z.0_9~+/==", "a-Z.0_9~+/=="),
    ],
)
def test_a_token_is_taken_from_its_header(header: str, token: str) -> None:
    assert bearer_token([header]) == token


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ([], "no Authorization header"),
        (["Bearer abc", "Bearer abc"], "several Authorization headers"),
        (["Bearer abc", ""], "several Authorization headers"),
        ([""], "scheme is not Bearer"),
        (["abc"], "scheme is not Bearer"),
        (["Basic dXNlcjpwYXNz"], "scheme is not Bearer"),
        (["Bearer\tabc"], "scheme is not Bearer"),
        (["Bearer,Bearer abc"], "scheme is not Bearer"),
        (["Bearer"], "has no token"),
        (["Bearer  "], "has no token"),
        (["Bearer Bearer abc"], "exactly one token"),
        (["Bearer abc def"], "exactly one token"),
        (["Bearer abc,def"], "exactly one token"),
        (["Bearer abc, Bearer def"], "exactly one token"),
        (["Bearer abc, Basic def"], "exactly one token"),
        (["Bearer a=c"], "exactly one token"),
        (["Bearer ="], "exactly one token"),
        (["Bearer abc\n"], "exactly one token"),
        (["Bearer \tabc"], "exactly one token"),
        (['Bearer "abc"'], "exactly one token"),
        (["Bearer token=abc"], "exactly one token"),
        (["Bearer é"], "exactly one token"),
    ],
)
def test_a_header_is_refused(headers: list[str], message: str) -> None:
    with pytest.raises(Unauthenticated, match=re.escape(message)):
        bearer_token(headers)


TOKENS = st.from_regex(r"[A-Za-z0-9\-._~+/]{1,40}={0,2}", fullmatch=True)
PIECES = st.sampled_from(["Bearer", "bearer", "Basic", " ", ",", "\t", "abc", "a=", "=", "é", "\x00"])


@given(TOKENS)
def test_every_token_of_the_grammar_is_taken(token: str) -> None:
    assert bearer_token([f"Bearer {token}"]) == token


@given(st.lists(PIECES, max_size=6).map("".join))
def test_whatever_is_accepted_is_the_header_without_its_scheme(header: str) -> None:
    with suppress(Unauthenticated):
        assert header.split() == [header.lstrip()[:6], bearer_token([header])]
