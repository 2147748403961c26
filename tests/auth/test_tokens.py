"""Tokens: what verifies, what is refused and with which words."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth.claims import Claims, TokenDialect
from auth.errors import CannotIssue, Unauthenticated
from auth.keys import TokenKey
from auth.permissions import Permission, Role
from auth.tokens import TokenVerifier, issue_token
from tests.auth import jwks

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
AT = int(NOW.timestamp())
LEEWAY = timedelta(seconds=30)
ACCESS = Permission.ACCESS_SMTP_ACTIVITIES
DIALECT = TokenDialect(
    issuer="https://relay.example",
    audience="smtp-activity",
    account_claim="account",
    role_claim="role",
    permissions_claim="permissions",
    role_names={"administrator": Role.ADMINISTRATOR, "regular": Role.REGULAR, "custom": Role.CUSTOM},
    actor_lifetime=timedelta(hours=1),
)
PAYLOAD: dict[str, Any] = {
    "iss": "https://relay.example",
    "aud": "smtp-activity",
    "sub": "alice",
    "exp": AT + 60,
    "account": "northwind",
    "role": "custom",
    "permissions": ["smtp_activities:access"],
}
ALICE = Claims("alice", "northwind", Role.CUSTOM, frozenset({ACCESS}), expires_at=AT + 60)

HS = jwks.hs256()
HEADER = {"alg": "HS256", "typ": "JWT", "kid": "hs"}
ASYMMETRIC = [jwks.rs256(), jwks.es256(), jwks.eddsa()]


def verifier(*keys: jwks.Jwk) -> TokenVerifier:
    return TokenVerifier(jwks.keys(*keys), DIALECT, LEEWAY)


def verify(token: str, *keys: jwks.Jwk, now: datetime = NOW) -> Claims:
    return verifier(*(keys or (HS,))).verify(token, now)


def refusal(token: str, *keys: jwks.Jwk, now: datetime = NOW) -> str:
    with pytest.raises(Unauthenticated) as refused:
        verify(token, *keys, now=now)
    assert refused.value.__cause__ is None
    return str(refused.value)


def token(**changes: object) -> str:
    payload = {name: value for name, value in (PAYLOAD | changes).items() if value is not ...}
    return jwks.forge(HEADER, payload, HS)


def signed(key: TokenKey, **headers: object) -> str:
    assert key.signing is not None
    return jwt.encode(PAYLOAD, key.signing, algorithm=key.algorithm, headers={"kid": key.key_id, **headers})


@pytest.mark.parametrize("jwk", [HS, *ASYMMETRIC])
def test_a_token_of_a_configured_key_verifies(jwk: jwks.Jwk) -> None:
    everyone = (HS, *ASYMMETRIC)
    assert verify(signed(jwks.key(jwk)), *everyone) == ALICE


@pytest.mark.parametrize("jwk", ASYMMETRIC)
def test_the_public_half_is_enough_to_verify(jwk: jwks.Jwk) -> None:
    assert verify(signed(jwks.key(jwk)), jwks.public(jwk)) == ALICE


# Which key


def test_without_a_kid_the_only_key_is_taken() -> None:
    assert verify(jwks.forge({"alg": "HS256"}, PAYLOAD, HS)) == ALICE


def test_without_a_kid_none_of_several_keys_is_tried() -> None:
    message = refusal(jwks.forge({"alg": "HS256"}, PAYLOAD, HS), HS, jwks.eddsa())
    assert message == "The token's header must name its key (“kid”): several are in use."


@pytest.mark.parametrize("kid", ["other", "", "HS"])
def test_a_kid_that_is_not_configured_is_refused(kid: str) -> None:
    message = refusal(jwks.forge(HEADER | {"kid": kid}, PAYLOAD, HS))
    assert message == "The token's header names an unknown key (“kid”)."


def test_a_kid_is_refused_when_the_only_key_has_no_name() -> None:
    assert "unknown key" in refusal(token(), jwks.without(HS, "kid"))


def test_a_kid_selects_the_key_but_not_another_ones_signature() -> None:
    one, other = jwks.hs256("one"), jwks.hs256("other")
    message = refusal(jwks.forge(HEADER | {"kid": "one"}, PAYLOAD, other), one, other)
    assert message == "The token's signature is not that of its key."


# Algorithms


@pytest.mark.parametrize(
    "alg", ["none", "None", "NONE", "", "HS512", "RS256", "EdDSA", "unheard-of", 7, ["HS256"], None]
)
def test_another_algorithm_than_the_keys_is_refused(alg: object) -> None:
    message = refusal(jwks.forge(HEADER | {"alg": alg}, PAYLOAD, HS))
    assert message == "The token's algorithm is not that of its key."


def test_no_algorithm_is_refused() -> None:
    assert refusal(jwks.forge({"kid": "hs"}, PAYLOAD, HS)) == "The token's algorithm is not that of its key."


@pytest.mark.parametrize("alg", ["none", "None", "HS256"])
def test_an_unsigned_token_is_refused(alg: str) -> None:
    unsigned = jwks.forge(HEADER | {"alg": alg}, PAYLOAD, HS).rpartition(".")[0] + "."
    assert refusal(unsigned) == "The token is not a well-formed JSON Web Token."


@pytest.mark.parametrize("secret_from", ["jwk", "n"])
def test_an_rsa_public_key_is_never_taken_for_a_secret(secret_from: str) -> None:
    rsa = jwks.public(jwks.rs256())
    known_to_all = json.dumps(rsa).encode() if secret_from == "jwk" else rsa["n"].encode()
    forged = jwks.forge(HEADER | {"kid": "rs"}, PAYLOAD, {"k": jwks.base64url(known_to_all)})
    assert refusal(forged, rsa) == "The token's algorithm is not that of its key."


@pytest.mark.parametrize("name", ["jku", "jwk", "x5u", "x5c", "crit", "b64"])
def test_a_header_that_brings_its_own_key_or_rules_is_refused(name: str) -> None:
    value = {"jwk": HS, "crit": ["b64"], "b64": False}.get(name, "https://attacker.example/key")
    message = refusal(jwks.forge(HEADER | {name: value}, PAYLOAD, HS))
    malformed = "The token is not a well-formed JSON Web Token."
    assert message == (malformed if name in ("b64", "crit") else f"The token's header must not hold “{name}”.")


def test_a_critical_extension_is_refused_even_where_it_is_understood() -> None:
    message = refusal(jwks.forge(HEADER | {"crit": ["b64"], "b64": True}, PAYLOAD, HS))
    assert message == "The token's header must not hold “crit”."


# Times, at their very edges: one microsecond decides


@pytest.mark.parametrize(
    ("claim", "value", "now", "message"),
    [
        ("exp", AT, NOW + LEEWAY - timedelta(microseconds=1), None),
        ("exp", AT, NOW + LEEWAY, "The token has expired."),
        ("exp", AT + 0.5, NOW + LEEWAY, None),
        ("exp", 0, NOW, "The token has expired."),
        ("exp", -1, NOW, "The token has expired."),
        ("exp", 10**400, NOW, None),
        ("nbf", AT, NOW - LEEWAY, None),
        ("nbf", AT, NOW - LEEWAY - timedelta(microseconds=1), "The token is not valid yet (“nbf”)."),
        ("iat", AT, NOW - LEEWAY, None),
        ("iat", AT, NOW - LEEWAY - timedelta(microseconds=1), "The token is not valid yet (“iat”)."),
        ("nbf", 10**400, NOW, "The token is not valid yet (“nbf”)."),
    ],
)
def test_times_are_held_to_the_leeway_exactly(claim: str, value: float, now: datetime, message: str | None) -> None:
    if message is None:
        expires_at, issued_at = value if claim == "exp" else AT + 60, value if claim == "iat" else None
        claims = verify(token(**{claim: value}), now=now)
        assert claims == replace(ALICE, expires_at=expires_at, issued_at=issued_at)
    else:
        assert refusal(token(**{claim: value}), now=now) == message


@pytest.mark.parametrize("claim", ["exp", "nbf", "iat"])
@pytest.mark.parametrize("value", [True, str(AT + 60), [AT], float("nan"), float("inf"), {}])
def test_a_time_that_is_no_number_is_refused(claim: str, value: object) -> None:
    message = f"The token's claim “{claim}” must be a number of seconds since 1970."
    assert refusal(token(**{claim: value})) == message


@pytest.mark.parametrize("claim", ["nbf", "iat"])
def test_a_time_that_is_null_is_refused(claim: str) -> None:
    assert "must be a number of seconds" in refusal(token(**{claim: None}))


@given(st.integers(-(10**6), 10**6), st.integers(-(10**6), 10**6))
def test_a_token_holds_from_nbf_until_before_exp(nbf: int, exp: int) -> None:
    holds = nbf + AT - 30 <= AT and exp + AT + 30 > AT
    candidate = token(nbf=AT + nbf, exp=AT + exp)
    if holds:
        assert verify(candidate) == replace(ALICE, expires_at=AT + exp)
    else:
        refusal(candidate)


# Other claims


@pytest.mark.parametrize("claim", ["exp", "sub", "iss", "aud"])
@pytest.mark.parametrize("value", [..., None])
def test_a_required_claim_that_lacks_is_named(claim: str, value: object) -> None:
    assert refusal(token(**{claim: value})) == f"The token lacks the claim “{claim}”."


@pytest.mark.parametrize(
    ("claim", "value", "message"),
    [
        ("iss", "https://relay.example/", "The token comes from another issuer."),
        ("iss", ["https://relay.example"], "The token comes from another issuer."),
        ("aud", "another", "The token is meant for another audience."),
        ("aud", ["another"], "The token is meant for another audience."),
        ("aud", ["smtp-activity", 7], "The token is meant for another audience."),
        ("aud", {"smtp-activity": 1}, "The token is meant for another audience."),
        ("sub", 7, "The token's claim “sub” must be a text."),
        ("jti", 7, "The token's claim “jti” must be a text."),
        ("role", "owner", "The token's claim “role” must be one of: administrator, regular, custom."),
        ("role", ..., "The token's claim “role” must be one of: administrator, regular, custom."),
        (
            "permissions",
            "smtp_activities:access",
            "The token's claim “permissions” must be a list of permission names.",
        ),
        ("account", ..., "The token's claim “account” must be a printable text of 1 to 255 characters."),
    ],
)
def test_a_wrong_claim_is_refused(claim: str, value: object, message: str) -> None:
    assert refusal(token(**{claim: value})) == message


def test_one_of_several_audiences_is_enough() -> None:
    assert verify(token(aud=["another", "smtp-activity"])) == ALICE


# Shapes


@pytest.mark.parametrize(
    "shape",
    [
        "",
        ".",
        "..",
        "a.b",
        "a.b.c.d.e",
        "a.b.c",
        "é.é.é",
        "\ud800.a.b",
        "e30.e30.e30",
        "W10.e30.AAAA",
        jwks.forge(HEADER, b"[]", HS),
        jwks.forge(HEADER, b"7", HS),
        jwks.forge(HEADER, b"{", HS),
        jwks.forge(HEADER, b"\xff", HS),
        jwks.forge(HEADER, b"[" * 5000, HS),
        jwks.forge(HEADER, b'{"exp": ' + b"1" * 5000 + b"}", HS),
        jwks.forge(HEADER | {"kid": 7}, PAYLOAD, HS),
        jwks.forge(HEADER | {"kid": None}, PAYLOAD, HS),
    ],
)
def test_what_is_no_token_is_malformed(shape: str) -> None:
    assert refusal(shape) in {
        "The token is not a well-formed JSON Web Token.",
        "The token's algorithm is not that of its key.",
    }


@pytest.mark.parametrize("disguise", ["{}=", "{}==", " {}", "{}\n", "{}.", '"{}"'])
def test_a_good_token_in_another_shape_is_malformed(disguise: str) -> None:
    assert refusal(disguise.format(token())) == "The token is not a well-formed JSON Web Token."


def test_a_token_may_have_8192_characters_and_no_more() -> None:
    def padded(size: int) -> str:
        return token(padding="x" * size)

    size = next(size for size in range(5000, 7000) if len(padded(size)) > 8189)
    fits, too_long = padded(size), padded(size + 9)
    assert len(fits) <= 8192 < len(too_long)
    assert verify(fits) == ALICE
    assert refusal(too_long) == "The token is longer than 8192 characters."


ISSUED = {jwk["alg"]: (jwks.public(jwk), signed(jwks.key(jwk))) for jwk in (HS, *ASYMMETRIC)}
BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@pytest.mark.parametrize("algorithm", ISSUED)
@given(data=st.data())
def test_no_token_verifies_with_one_character_changed(algorithm: str, data: st.DataObject) -> None:
    jwk, good = ISSUED[algorithm]
    position = data.draw(st.integers(0, len(good) - 1))
    other = data.draw(st.sampled_from([character for character in BASE64URL + ".=" if character != good[position]]))
    message = refusal(good[:position] + other + good[position + 1 :], jwk)
    assert good not in message


@given(st.data())
def test_no_token_verifies_cut_or_prolonged(data: st.DataObject) -> None:
    jwk, good = ISSUED["HS256"]
    cut = good[: data.draw(st.integers(0, len(good) - 1))]
    refusal(cut, jwk)
    refusal(good + data.draw(st.text(BASE64URL + ".=", min_size=1, max_size=8)), jwk)


@given(st.text(max_size=200) | st.lists(st.text(BASE64URL, max_size=40), max_size=6).map(".".join))
def test_no_text_does_more_than_be_refused(text: str) -> None:
    refusal(text)


# Issuing


def issue(key: TokenKey, *, role: Role = Role.CUSTOM, **changes: Any) -> str:
    options: dict[str, Any] = {"subject": "alice", "account": "northwind", "now": NOW, "lifetime": timedelta(hours=1)}
    return issue_token(key, DIALECT, role=role, **(options | changes))


@pytest.mark.parametrize("jwk", [HS, *ASYMMETRIC])
@pytest.mark.parametrize("role", list(Role))
def test_what_is_issued_verifies(jwk: jwks.Jwk, role: Role) -> None:
    claims = verify(issue(jwks.key(jwk), role=role, permissions=frozenset({ACCESS})), jwk)
    assert (claims.subject, claims.account, claims.role) == ("alice", "northwind", role)
    assert ACCESS in claims.permissions


def test_an_issued_token_says_exactly() -> None:
    permissions = frozenset({ACCESS, Permission.RECORD_SMTP_EVENTS})
    issued = issue(jwks.key(HS), permissions=permissions, now=NOW + timedelta(milliseconds=900))
    complete = jwt.decode_complete(issued, options={"verify_signature": False})
    assert complete["header"] == HEADER
    identifier = complete["payload"].pop("jti")
    assert complete["payload"] == {
        "iss": "https://relay.example",
        "aud": "smtp-activity",
        "sub": "alice",
        "iat": AT,
        "exp": AT + 3600,
        "account": "northwind",
        "role": "custom",
        "permissions": ["smtp_activities:access", "smtp_events:record"],
    }
    assert (
        len({identifier, *(jwt.decode(issue(jwks.key(HS)), options={"verify_signature": False})["jti"] for _ in "ab")})
        == 3
    )


def test_a_key_without_a_name_issues_tokens_without_kid() -> None:
    nameless = jwks.without(HS, "kid")
    issued = issue(jwks.key(nameless))
    assert "kid" not in jwt.get_unverified_header(issued)
    assert verify(issued, nameless).subject == "alice"


@pytest.mark.parametrize(
    ("attempt", "message"),
    [
        (lambda: issue(jwks.key(jwks.public(jwks.eddsa()))), "A public key cannot sign a token."),
        (
            lambda: issue(jwks.key(HS), permissions=frozenset({Permission.MANAGE_ACCESS_TOKENS})),
            "No token's list can grant “Manage access tokens”.",
        ),
        (
            lambda: issue_token(
                jwks.key(HS),
                replace(DIALECT, role_names={"owner": Role.ADMINISTRATOR}),
                subject="alice",
                account="northwind",
                role=Role.CUSTOM,
                now=NOW,
                lifetime=timedelta(hours=1),
            ),
            "The configured role names have none for CUSTOM.",
        ),
    ],
)
def test_what_cannot_be_issued_is_refused(attempt: Callable[[], str], message: str) -> None:
    with pytest.raises(CannotIssue) as refused:
        attempt()
    assert str(refused.value) == message


def test_what_would_not_verify_is_not_issued() -> None:
    with pytest.raises(Unauthenticated, match="claim “sub”"):
        issue(jwks.key(HS), subject="a\nb")
