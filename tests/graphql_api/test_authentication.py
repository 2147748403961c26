"""Who asks, over HTTP: whatever is not one good token in one header is a 401 that says so, and tells nothing else."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from auth.algorithm import Algorithm
from auth.permissions import Role
from graphql_api.settings import Settings
from models.clock import Clock
from tests.auth import jwks
from tests.auth.published import Host
from tests.auth.published import host as published
from tests.conftest import NOW
from tests.graphql_api.conftest import AccountIds, Asker, Tokens, serving

BODY = {"query": "{ viewer { role } }"}
AT = int(NOW.timestamp())
KEY = jwks.hs256("key")
PAYLOAD: dict[str, Any] = {
    "iss": "smtp-activity",
    "aud": "smtp-activity",
    "sub": "alice",
    "exp": AT + 60,
    "account": "northwind",
    "role": "regular",
}


@pytest.fixture
def settings(database_url: str) -> Settings:
    """The application's, with a key that a forger here knows."""
    return Settings.model_validate({"DATABASE_URL": database_url, "token_keys": jwks.document(KEY).decode()})


def forged(header: dict[str, Any] | None = None, /, **changes: Any) -> str:
    """A token signed with the right key, whatever else it says."""
    payload = {name: value for name, value in (PAYLOAD | changes).items() if value is not ...}
    return jwks.forge({"alg": "HS256", "kid": "key"} | (header or {}), payload, KEY)


def refused(response: httpx.Response) -> str:
    """The message of a 401."""
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.json().keys() == {"errors"}
    (error,) = response.json()["errors"]
    assert error["extensions"] == {"code": "UNAUTHENTICATED"}
    return str(error["message"])


async def test_the_forgers_plain_token_is_good(client: httpx.AsyncClient) -> None:
    response = await client.post("/graphql", json=BODY, headers={"Authorization": f"Bearer {forged()}"})
    assert response.json().keys() == {"data", "extensions"}
    assert response.json()["data"] == {"viewer": {"role": "REGULAR"}}


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ([], "no Authorization header"),
        (["Bearer {}", "Bearer {}"], "several Authorization headers"),
        (["Bearer {}, Bearer {}"], "exactly one token"),
        (["Bearer Bearer {}"], "exactly one token"),
        (["Basic {}"], "scheme is not Bearer"),
        (["{}"], "scheme is not Bearer"),
    ],
)
async def test_a_header_is_refused(client: httpx.AsyncClient, headers: list[str], message: str) -> None:
    sent = [("Authorization", header.replace("{}", forged())) for header in headers]
    assert message in refused(await client.post("/graphql", json=BODY, headers=sent))


@pytest.mark.parametrize("place", ["url", "cookie", "body"])
async def test_a_token_anywhere_but_in_the_header_counts_as_none(client: httpx.AsyncClient, place: str) -> None:
    token = forged()
    response = await client.post(
        f"/graphql?access_token={token}&token={token}" if place == "url" else "/graphql",
        json=BODY | ({"access_token": token} if place == "body" else {}),
        headers={"Cookie": f"access_token={token}; Authorization=Bearer {token}"} if place == "cookie" else {},
    )
    assert "no Authorization header" in refused(response)
    assert token not in response.text


@pytest.mark.parametrize(
    ("token", "message"),
    [
        *[(forged(**{claim: ...}), f"The token lacks the claim “{claim}”.") for claim in ("exp", "sub", "iss", "aud")],
        *[
            (forged({name: "https://attacker.example"}), f"The token's header must not hold “{name}”.")
            for name in ("jku", "x5u")
        ],
        (forged({"jwk": KEY}), "The token's header must not hold “jwk”."),
        (forged({"crit": ["b64"], "b64": True}), "The token's header must not hold “crit”."),
        (forged({"alg": "none"}), "The token's algorithm is not that of its key."),
        (forged({"alg": "RS256"}), "The token's algorithm is not that of its key."),
        (forged({"kid": "../../dev/null"}), "The token's header names an unknown key (“kid”)."),
        (forged(padding="x" * 8192), "The token is longer than 8192 characters."),
        (forged(role="owner"), "The token's claim “role” must be one of: administrator, regular, custom."),
        (
            forged(permissions="smtp_activities:access"),
            "The token's claim “permissions” must be a list of permission names.",
        ),
        (forged(account="initech"), "The token's account is unknown."),
        (forged(exp=AT - 31), "The token has expired."),
        (forged(act={"sub": "bob@staff"}), "A token with the claim “act” needs “iat” as well."),
        (
            forged(act={"sub": "bob@staff"}, iat=AT, exp=AT + 3601),
            "A token with the claim “act” may live for 3600 seconds at most.",
        ),
    ],
)
async def test_a_token_is_refused(client: httpx.AsyncClient, token: str, message: str) -> None:
    response = await client.post("/graphql", json=BODY, headers={"Authorization": f"Bearer {token}"})
    assert refused(response) == message
    assert token not in response.text


# The host's keys by URL


@pytest.fixture
def host() -> Iterator[Host]:
    """A host that publishes a key."""
    with published() as host:
        yield host


async def test_a_host_is_known_by_the_keys_at_its_url(
    settings: Settings, accounts: AccountIds, clock: Clock, host: Host
) -> None:
    theirs = jwks.eddsa("theirs")
    host.publish(theirs)
    by_url = settings.model_copy(update={"token_jwks_url": host.url, "token_jwks_algorithms": (Algorithm.EDDSA,)})
    async with serving(by_url, clock) as (_, client):
        for key in (theirs, KEY):
            token = Tokens(settings, jwks.key(key), NOW).issue(Role.REGULAR)
            assert await Asker(client, token).data("{ viewer { role } }") == {"viewer": {"role": "REGULAR"}}
    assert host.asked == 1


async def test_a_host_that_does_not_answer_is_no_fault_of_the_token(
    settings: Settings, accounts: AccountIds, clock: Clock, host: Host
) -> None:
    host.status = 503
    async with serving(settings.model_copy(update={"token_jwks_url": host.url}), clock) as (_, client):
        token = Tokens(settings, jwks.key(jwks.rs256()), NOW).issue(Role.REGULAR)
        with capture_logs() as logs:
            response = await Asker(client, token).response("{ viewer { role } }")
    assert (response.status_code, response.headers["retry-after"]) == (503, "10")
    (error,) = response.json()["errors"]
    assert error["message"] == "Unexpected error."
    request_id = response.headers["x-request-id"]
    assert error["extensions"] == {"code": "INTERNAL_SERVER_ERROR", "requestId": request_id}
    assert [(line["error"], line["request_id"]) for line in logs if line["log_level"] == "error"] == [
        ("KeysUnavailable", request_id)
    ]


@pytest.mark.parametrize(
    "url",
    ["https://relay.example/jwks.json", "http://localhost/jwks", "http://127.0.0.1:8080/jwks", "http://[::1]/jwks"],
)
def test_keys_come_encrypted_or_from_this_machine(url: str) -> None:
    location = Settings.model_validate({"token_jwks_url": url}).key_location
    assert location is not None
    assert location.url == url


@pytest.mark.parametrize(
    "url",
    [
        "http://relay.example/jwks.json",
        "http://127.0.0.1.relay.example/jwks",
        "http://localhost@relay.example/jwks",
        "https://user:password@relay.example/jwks",
        "https:///jwks",
        "ftp://relay.example/jwks",
        "file:///etc/passwd",
        "relay.example/jwks",
        "",
    ],
)
def test_keys_that_anybody_on_the_way_could_change_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match="must be https"):
        Settings.model_validate({"token_jwks_url": url})


@pytest.mark.parametrize("algorithms", [["HS256"], ["RS256", "HS256"], [], ["none"]])
def test_a_secret_is_not_published(algorithms: list[str]) -> None:
    with pytest.raises(ValueError, match="token_jwks_algorithms"):
        Settings.model_validate({"token_jwks_algorithms": algorithms})
