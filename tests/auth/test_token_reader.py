"""Tokens in a running service: the host's keys by URL come, change and go; what was verified is remembered."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import jwt
import pytest

from auth.algorithm import Algorithm
from auth.claims import TokenDialect
from auth.errors import KeysUnavailable, Unauthenticated
from auth.key_location import KeyLocation
from auth.permissions import Role
from auth.remote_keys import RemoteKeys, open_remote_keys
from auth.token_reader import TokenReader
from auth.tokens import TokenVerifier, issue_token
from tests.auth import jwks
from tests.auth.published import Host
from tests.auth.published import host as published

START = datetime(2026, 11, 23, 12, tzinfo=UTC)
MAX_AGE, MAX_STALE, PAUSE = timedelta(minutes=5), timedelta(hours=1), timedelta(seconds=10)
DIALECT = TokenDialect(
    issuer="https://relay.example",
    audience="smtp-activity",
    account_claim="account",
    role_claim="role",
    permissions_claim="permissions",
    role_names={"regular": Role.REGULAR},
    actor_lifetime=timedelta(hours=1),
)
OWN = jwks.hs256("own")
ONE, TWO, STRANGER = jwks.es256("one"), jwks.es256("two"), jwks.es256("stranger")


class Time:
    """A clock that a test moves."""

    now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def host() -> Iterator[Host]:
    """The host, which publishes the key “one”."""
    with published() as host:
        host.publish(ONE)
        yield host


@pytest.fixture
def time() -> Time:
    """Starts at START."""
    return Time()


@pytest.fixture
async def remote(host: Host, time: Time) -> AsyncIterator[RemoteKeys]:
    """The host's keys."""
    location = KeyLocation(host.url, (Algorithm.RS256, Algorithm.ES256), MAX_AGE, MAX_STALE)
    async with open_remote_keys(location, time) as remote:
        assert remote is not None
        yield remote


@pytest.fixture
def reader(remote: RemoteKeys, time: Time) -> TokenReader:
    """Reads tokens of the own key and of the host's."""
    return TokenReader(TokenVerifier(jwks.keys(OWN), DIALECT, timedelta()), remote, time)


def token(jwk: jwks.Jwk, subject: str = "alice", lifetime: timedelta = timedelta(days=1)) -> str:
    """A token of a key."""
    return issue_token(
        jwks.key(jwk),
        DIALECT,
        subject=subject,
        account="northwind",
        role=Role.REGULAR,
        now=START,
        lifetime=lifetime,
    )


async def renewed(remote: RemoteKeys) -> None:
    """Wait for the fetch that was begun beside a request."""
    assert remote._fetching is not None
    await remote._fetching


async def test_the_hosts_keys_are_fetched_once_for_all_who_need_them(reader: TokenReader, host: Host) -> None:
    claims = await asyncio.gather(*(reader.read(token(ONE, name)) for name in ("alice", "bob", "carol")))
    assert [each.subject for each in claims] == ["alice", "bob", "carol"]
    assert (await reader.read(token(ONE, "dave"))).subject == "dave"
    assert host.asked == 1


async def test_a_token_of_a_configured_key_asks_nobody(reader: TokenReader, host: Host) -> None:
    assert (await reader.read(token(OWN))).subject == "alice"
    assert host.asked == 0


async def test_a_new_key_is_taken_without_waiting_for_the_old_ones_age(
    reader: TokenReader, host: Host, time: Time
) -> None:
    await reader.read(token(ONE))
    host.publish(ONE, TWO)
    time.now += PAUSE
    assert (await reader.read(token(TWO))).subject == "alice"
    assert host.asked == 2


async def test_unknown_keys_make_it_ask_once_in_ten_seconds(reader: TokenReader, host: Host, time: Time) -> None:
    for _ in range(5):
        with pytest.raises(Unauthenticated, match="unknown key"):
            await reader.read(token(STRANGER))
    assert host.asked == 1
    time.now += PAUSE
    for _ in range(5):
        with pytest.raises(Unauthenticated, match="unknown key"):
            await reader.read(token(STRANGER))
    assert host.asked == 2


async def test_a_key_that_is_no_longer_published_ends_with_what_it_signed(
    reader: TokenReader, remote: RemoteKeys, host: Host, time: Time
) -> None:
    remembered = token(ONE)
    await reader.read(remembered)
    host.publish(TWO)
    time.now += MAX_AGE
    # Nobody waits for the renewal.
    assert (await reader.read(remembered)).subject == "alice"
    await renewed(remote)
    with pytest.raises(Unauthenticated, match="unknown key"):
        await reader.read(remembered)


@pytest.mark.parametrize(
    ("status", "document"),
    [
        (500, b""),
        (302, b""),
        (200, b"not JSON"),
        (200, b'{"keys": []}'),
        (200, jwks.document(jwks.public(TWO)) + b" " * 256 * 1024),
    ],
)
async def test_while_the_host_fails_the_old_keys_hold_for_a_time_and_then_no_more(
    reader: TokenReader, remote: RemoteKeys, host: Host, time: Time, status: int, document: bytes
) -> None:
    remembered = token(ONE)
    await reader.read(remembered)
    host.status, host.document, host.headers = status, document, {"Location": host.url}
    time.now = START + MAX_AGE + MAX_STALE - timedelta(microseconds=1)
    assert (await reader.read(remembered)).subject == "alice"
    await renewed(remote)
    assert host.asked == 2
    time.now = START + MAX_AGE + MAX_STALE
    for _ in range(2):
        with pytest.raises(KeysUnavailable):
            await reader.read(remembered)
    assert (await reader.read(token(OWN))).subject == "alice"
    host.publish(ONE)
    time.now += PAUSE
    assert (await reader.read(remembered)).subject == "alice"


async def test_a_host_that_cannot_be_reached_is_no_refusal_of_the_token(time: Time) -> None:
    with published() as gone:
        url = gone.url
    async with open_remote_keys(KeyLocation(url, (Algorithm.ES256,), MAX_AGE, MAX_STALE), time) as remote:
        with pytest.raises(KeysUnavailable):
            await TokenReader(TokenVerifier(jwks.keys(OWN), DIALECT, timedelta()), remote, time).read(token(ONE))


async def test_algorithms_are_those_of_the_configuration(reader: TokenReader, host: Host) -> None:
    rsa, secret = jwks.rs256("rsa"), jwks.hs256("secret")
    unstated = jwks.without(jwks.es256("unstated"), "alg")
    host.document = jwks.document(
        jwks.public(jwks.eddsa("ed")),
        secret,
        jwks.public(rsa),
        jwks.public(unstated),
        jwks.public(jwks.es256("other")) | {"alg": "ES512"},
        jwks.public(jwks.es256("encryption")) | {"use": "enc"},
        jwks.public(jwks.without(jwks.es256("x"), "kid")),
        jwks.public(jwks.rs256("weak", size=1024)),
        jwks.public(jwks.es256("broken")) | {"x": "AA"},
    )
    keys = await reader._remote.renew() if reader._remote else ()
    assert [(key.key_id, key.algorithm, key.signing) for key in keys] == [
        ("rsa", Algorithm.RS256, None),
        ("unstated", Algorithm.ES256, None),
    ]
    forged = jwt.encode({"sub": "mallory"}, "x" * 32, algorithm="HS256", headers={"kid": "rsa"})
    with pytest.raises(Unauthenticated, match="algorithm is not that of its key"):
        await reader.read(forged)


async def test_a_private_key_that_is_published_signs_nothing_here(reader: TokenReader, host: Host) -> None:
    host.document = jwks.document(ONE)
    assert reader._remote is not None
    assert [key.signing for key in await reader._remote.renew()] == [None]


async def test_no_key_of_the_hosts_takes_a_configured_ones_name(reader: TokenReader, host: Host) -> None:
    impostor = jwks.es256("own")
    host.publish(ONE, impostor)
    await reader.read(token(ONE))
    with pytest.raises(Unauthenticated, match="algorithm is not that of its key"):
        await reader.read(token(impostor))


# What was verified is remembered


@pytest.fixture
def local(time: Time) -> TokenReader:
    """Without a URL."""
    return TokenReader(TokenVerifier(jwks.keys(OWN), DIALECT, timedelta(seconds=30)), None, time)


async def test_a_token_is_verified_once(local: TokenReader) -> None:
    first, other = token(OWN, "alice"), token(OWN, "bob")
    with patch("auth.tokens.jwt.decode", wraps=jwt.decode) as decode:
        claims = [await local.read(each) for each in (first, other, first, other)]
    assert [each.subject for each in claims] == ["alice", "bob", "alice", "bob"]
    assert decode.call_count == 2


async def test_a_remembered_token_expires_as_any_other(local: TokenReader, time: Time) -> None:
    good = token(OWN, lifetime=timedelta(minutes=1))
    time.now += timedelta(seconds=90) - timedelta(microseconds=1)
    assert (await local.read(good)).subject == "alice"
    time.now += timedelta(microseconds=1)
    with pytest.raises(Unauthenticated, match="expired"):
        await local.read(good)
    assert local._verified == {}


async def test_the_least_recently_used_is_forgotten(local: TokenReader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TokenReader, "MAX_REMEMBERED", 2)
    one, two, three = (token(OWN, name) for name in ("one", "two", "three"))
    for each in (one, two, one, three):
        await local.read(each)
    with patch("auth.tokens.jwt.decode", wraps=jwt.decode) as decode:
        for each in (one, three, two):
            await local.read(each)
    assert decode.call_count == 1


async def test_a_refusal_is_not_remembered(local: TokenReader) -> None:
    for _ in range(2):
        with pytest.raises(Unauthenticated, match="unknown key"):
            await local.read(token(STRANGER))
    assert local._verified == {}
