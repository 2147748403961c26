"""Token keys: which are taken, which are refused and how, and the one that is generated."""

import stat
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from auth.algorithm import Algorithm
from auth.errors import UnusableKey
from auth.keys import load_keys, parse_keys, signing_key
from tests.auth import jwks

ED25519_PEM = Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize(
    ("jwk", "algorithm"),
    [
        (jwks.hs256("k"), Algorithm.HS256),
        (jwks.rs256("k"), Algorithm.RS256),
        (jwks.es256("k"), Algorithm.ES256),
        (jwks.eddsa("k"), Algorithm.EDDSA),
    ],
)
def test_a_private_key_signs_and_verifies_with_its_one_algorithm(jwk: jwks.Jwk, algorithm: Algorithm) -> None:
    key = jwks.key(jwk)
    assert (key.algorithm, key.key_id) == (algorithm, "k")
    assert key.signing is not None
    assert signing_key((key,)) is key


@pytest.mark.parametrize("jwk", [jwks.rs256(), jwks.es256(), jwks.eddsa()])
def test_a_public_key_only_verifies(jwk: jwks.Jwk) -> None:
    key = jwks.key(jwks.public(jwk))
    assert key.signing is None
    with pytest.raises(UnusableKey, match="public ones, which cannot sign"):
        signing_key((key,))


def test_the_first_key_that_can_sign_signs() -> None:
    keys = jwks.keys(jwks.public(jwks.rs256("a")), jwks.eddsa("b"), jwks.hs256("c"))
    assert signing_key(keys).key_id == "b"


def test_a_key_alone_needs_no_name() -> None:
    assert jwks.key(jwks.without(jwks.hs256(), "kid")).key_id is None


@pytest.mark.parametrize(
    ("jwk", "message"),
    [
        (jwks.without(jwks.hs256("k"), "alg"), "needs an “alg”, one of HS256, RS256, ES256, EdDSA"),
        (jwks.hs256("k") | {"alg": "none"}, "needs an “alg”"),
        (jwks.hs256("k") | {"alg": "HS512"}, "needs an “alg”"),
        (jwks.hs256("k") | {"alg": ["HS256"]}, "needs an “alg”"),
        (jwks.hs256("k") | {"alg": "RS256"}, "RS256 needs “kty” RSA"),
        (jwks.rs256("k") | {"alg": "HS256"}, "HS256 needs “kty” oct"),
        (jwks.eddsa("k") | {"alg": "ES256"}, "ES256 needs “kty” EC and “crv” P-256"),
        (jwks.es256("k", curve=SECP384R1()), "ES256 needs “kty” EC and “crv” P-256"),
        (jwks.eddsa("k") | {"crv": "Ed448"}, "EdDSA needs “kty” OKP and “crv” Ed25519"),
        (jwks.hs256("k", size=31), "31 bytes long, which is below the minimum recommended length of 32"),
        (jwks.rs256("k", size=1024), "1024 bits long, which is below the minimum recommended size of 2048"),
        (jwks.public(jwks.rs256("k", size=1024)), "1024 bits long"),
        (jwks.hs256("k") | {"use": "enc"}, "no key for signatures"),
        (jwks.hs256("k") | {"k": jwks.base64url(ED25519_PEM)}, "make no key for HS256"),
        (jwks.hs256("k") | {"k": jwks.base64url(jwks.document(jwks.public(jwks.rs256())))}, "make no key for HS256"),
        (jwks.hs256("k") | {"k": ""}, "make no key for HS256"),
        (jwks.hs256("k") | {"k": 7}, "make no key for HS256"),
        (jwks.hs256("k") | {"k": "ab+/" * 20}, "not base64url"),
        (jwks.hs256("k") | {"k": "abcd" * 20 + "=="}, "not base64url"),
        (jwks.without(jwks.hs256("k"), "k"), "make no key for HS256"),
        (jwks.without(jwks.rs256("k"), "n"), "make no key for RS256"),
        (jwks.public(jwks.rs256("k")) | {"e": "AQ"}, "make no key for RS256"),
        (jwks.public(jwks.es256("k")) | {"x": jwks.base64url(b"\1" * 32)}, "make no key for ES256"),
        (jwks.eddsa("k") | {"x": jwks.base64url(b"\1" * 32)}, "make no key for EdDSA"),
    ],
)
def test_a_key_is_refused_by_name_and_never_shown(jwk: jwks.Jwk, message: str) -> None:
    with pytest.raises(UnusableKey) as refusal:
        parse_keys(jwks.document(jwks.eddsa("other"), jwk), "keys.json")
    text = str(refusal.value)
    assert text.startswith("Key “k” of keys.json: ")
    assert message in text
    assert_hides(text, jwk)


def assert_hides(text: str, jwk: Mapping[str, object]) -> None:
    secrets = [value for name in ("k", "d", "p", "q") if isinstance(value := jwk.get(name), str) and len(value) > 4]
    assert not any(secret in text for secret in secrets)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (b"", "keys.json is not a JWK set"),
        (b"\xff", "keys.json is not a JWK set"),
        (b"[]", "keys.json is not a JWK set"),
        (b"-----BEGIN PUBLIC KEY-----", "keys.json is not a JWK set"),
        (b'{"keys": {}}', "keys.json is not a JWK set"),
        (b'{"keys": [7]}', "keys.json is not a JWK set"),
        (b'{"keys": []}', "keys.json holds no key"),
        (b'{"keys": [{}]}', "Key number 1 of keys.json: it needs an “alg”"),
        (jwks.document(jwks.hs256() | {"kid": 7}), "Key number 1 of keys.json: its “kid” is no text"),
        (jwks.document(jwks.hs256("a"), jwks.eddsa("a")), "several keys: each needs a “kid” of its own"),
        (jwks.document(jwks.hs256("a"), jwks.without(jwks.eddsa(), "kid")), "each needs a “kid”"),
        (jwks.document(jwks.without(jwks.hs256(), "kid"), jwks.without(jwks.eddsa(), "kid")), "each needs a “kid”"),
    ],
)
def test_a_key_set_is_refused(document: bytes, message: str) -> None:
    with pytest.raises(UnusableKey, match=message):
        parse_keys(document, "keys.json")


def test_a_keys_secret_is_not_in_its_text() -> None:
    key = jwks.key(jwks.hs256())
    assert isinstance(key.signing, bytes)
    assert repr(key) == "TokenKey(algorithm=<Algorithm.HS256: 'HS256'>, key_id='hs')"


def test_without_configured_keys_one_is_generated_once(tmp_path: Path) -> None:
    path = tmp_path / "data" / "token-key.json"
    (key,) = load_keys(inline=None, file=None, generated=path)
    assert key.algorithm is Algorithm.HS256
    assert isinstance(key.signing, bytes)
    assert len(key.signing) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_keys(inline=None, file=None, generated=path) == (key,)
    assert [entry.name for entry in path.parent.iterdir()] == ["token-key.json"]


def test_two_generated_keys_differ(tmp_path: Path) -> None:
    one = load_keys(inline=None, file=None, generated=tmp_path / "one.json")
    other = load_keys(inline=None, file=None, generated=tmp_path / "other.json")
    assert one[0].signing != other[0].signing


def test_all_who_start_together_get_the_same_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        loaded = list(
            threads.map(lambda _: load_keys(inline=None, file=None, generated=tmp_path / "token-key.json"), range(32))
        )
    assert len({key.signing for (key,) in loaded}) == 1


def test_configured_keys_come_from_a_file_or_from_text_and_none_is_generated(tmp_path: Path) -> None:
    file, generated = tmp_path / "jwks.json", tmp_path / "token-key.json"
    file.write_bytes(jwks.document(jwks.hs256("filed")))
    assert load_keys(inline=None, file=file, generated=generated)[0].key_id == "filed"
    inline = jwks.document(jwks.hs256("inline")).decode()
    assert load_keys(inline=inline, file=None, generated=generated)[0].key_id == "inline"
    with pytest.raises(UnusableKey, match="given twice"):
        load_keys(inline=inline, file=file, generated=generated)
    assert not generated.exists()


def test_a_file_that_cannot_be_read_or_made_is_named(tmp_path: Path) -> None:
    absent = tmp_path / "absent.json"
    with pytest.raises(UnusableKey) as refusal:
        load_keys(inline=None, file=absent, generated=tmp_path / "token-key.json")
    assert str(refusal.value) == f"The token keys in {absent} cannot be read: No such file or directory."
    (tmp_path / "plain").touch()
    impossible = tmp_path / "plain" / "token-key.json"
    with pytest.raises(UnusableKey, match=r"A token key cannot be made at .*: (Not a directory|File exists)"):
        load_keys(inline=None, file=None, generated=impossible)
