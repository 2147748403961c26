"""Token keys, each with its one algorithm: read from a JWK set (RFC 7517), or generated on first use. Never printed."""

import logging
import os
import re
import secrets
import tempfile
from base64 import urlsafe_b64encode
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from auth.algorithm import Algorithm
from auth.errors import UnusableKey

_log = logging.getLogger(__name__)

PrivateKey = RSAPrivateKey | EllipticCurvePrivateKey | Ed25519PrivateKey
PublicKey = RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey


# The only kind and curve of key (`kty`, `crv`) that an algorithm takes.
_KIND: Mapping[str, tuple[str, str | None]] = {
    Algorithm.HS256: ("oct", None),
    Algorithm.RS256: ("RSA", None),
    Algorithm.ES256: ("EC", "P-256"),
    Algorithm.EDDSA: ("OKP", "Ed25519"),
}


@dataclass(frozen=True, slots=True)
class TokenKey:
    """A key and the only algorithm that it is used with; `signing` is None when only the public half is known."""

    algorithm: Algorithm
    key_id: str | None
    verifying: bytes | PublicKey = field(repr=False)
    signing: bytes | PrivateKey | None = field(repr=False)


class _KeySet(msgspec.Struct):
    keys: list[dict[str, Any]]


def load_keys(*, inline: str | None, file: Path | None, generated: Path) -> tuple[TokenKey, ...]:
    """The configured keys: a JWK set given as text, or as a file, or the one that is generated at `generated`."""
    if inline is not None and file is not None:
        raise UnusableKey("Token keys are given twice, as text and as a file: give one of them.")
    if inline is not None:
        return parse_keys(inline.encode(), "the token keys setting")
    if file is None:
        _generate_once(generated)
    path = file or generated
    try:
        return parse_keys(path.read_bytes(), str(path))
    except OSError as error:
        raise UnusableKey(f"The token keys in {path} cannot be read: {error.strerror}.") from error


def parse_keys(document: bytes, source: str) -> tuple[TokenKey, ...]:
    """The keys of a JWK set; raises UnusableKey, which names `source` and the key, never what the key holds."""
    jwks = _decode(document, source)
    if not jwks:
        raise UnusableKey(f"{source} holds no key.")
    keys = tuple(_parse_key(jwk, f"Key {_name(jwk, position)} of {source}") for position, jwk in enumerate(jwks, 1))
    names = {key.key_id for key in keys if key.key_id is not None}
    if len(names) < len(keys) > 1:
        raise UnusableKey(f"{source} holds several keys: each needs a “kid” of its own.")
    return keys


def parse_published_keys(document: bytes, source: str, algorithms: Collection[Algorithm]) -> tuple[TokenKey, ...]:
    """The keys of a host's JWK set that fit one of these algorithms, public halves alone; the host's others are left.

    A key without “alg” takes the algorithm that fits its kind. Raises UnusableKey when no key is left.
    """
    keys = tuple(_published_keys(_decode(document, source), source, algorithms))
    if not keys:
        raise UnusableKey(f"{source} holds no key with a “kid” for {', '.join(algorithms)}.")
    return keys


def signing_key(keys: tuple[TokenKey, ...]) -> TokenKey:
    """The first key that can sign; raises UnusableKey when there are only public ones."""
    for key in keys:
        if key.signing is not None:
            return key
    raise UnusableKey(
        "The token keys are public ones, which cannot sign: tokens are issued where the private keys are."
    )


def _decode(document: bytes, source: str) -> list[dict[str, Any]]:
    try:
        return msgspec.json.decode(document, type=_KeySet).keys
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnusableKey(f"{source} is not a JWK set, {{“keys”: […]}}: {error}.") from None


def _published_keys(jwks: list[dict[str, Any]], source: str, algorithms: Collection[Algorithm]) -> Iterator[TokenKey]:
    for position, jwk in enumerate(jwks, 1):
        kind = (jwk.get("kty"), jwk.get("crv"))
        fitting = [each for each in algorithms if _KIND[each] == kind and jwk.get("alg", each) == each]
        if not fitting or "kid" not in jwk or jwk.get("use", "sig") != "sig":
            continue
        try:
            key = _parse_key(jwk | {"alg": fitting[0].value}, f"Key {_name(jwk, position)} of {source}")
        except UnusableKey as error:
            # One bad key must not cost the host its good ones.
            _log.warning("%s", error)
        else:
            yield replace(key, signing=None)


def _name(jwk: Mapping[str, Any], position: int) -> str:
    return f"“{jwk['kid']}”" if isinstance(jwk.get("kid"), str) else f"number {position}"


def _parse_key(jwk: dict[str, Any], name: str) -> TokenKey:
    key_id = jwk.get("kid")
    if not isinstance(key_id, str | None):
        raise UnusableKey(f"{name}: its “kid” is no text.")
    if jwk.get("use", "sig") != "sig":
        raise UnusableKey(f"{name}: its “use” is not “sig”: it is no key for signatures.")
    algorithm = _algorithm(jwk, name)
    material = _material(jwk, algorithm, name)
    if isinstance(material, PublicKey):
        return TokenKey(algorithm, key_id, material, None)
    verifying = material if isinstance(material, bytes) else material.public_key()
    return TokenKey(algorithm, key_id, verifying, material)


def _algorithm(jwk: Mapping[str, Any], name: str) -> Algorithm:
    stated = jwk.get("alg")
    if not isinstance(stated, str) or stated not in _KIND:
        raise UnusableKey(f"{name}: it needs an “alg”, one of {', '.join(_KIND)}.")
    kind, curve = _KIND[stated]
    if (jwk.get("kty"), jwk.get("crv")) != (kind, curve):
        wanted = f"“kty” {kind}" + (f" and “crv” {curve}" if curve else "")
        raise UnusableKey(f"{name}: {stated} needs {wanted}.")
    return Algorithm(stated)


def _material(jwk: dict[str, Any], algorithm: Algorithm, name: str) -> bytes | PrivateKey | PublicKey:
    handler = jwt.get_algorithm_by_name(algorithm)
    try:
        # PyJWT refuses a secret that is itself a PEM, DER, SSH or JWK key: a public key taken for a secret.
        material: bytes | PrivateKey | PublicKey = handler.prepare_key(jwt.PyJWK(jwk, algorithm).key)
    except (jwt.PyJWTError, KeyError):
        # `from None`: the cause's message can hold the key.
        raise UnusableKey(f"{name}: its values make no key for {algorithm} (RFC 7518 section 6).") from None
    weakness = handler.check_key_length(material)
    if weakness:
        raise UnusableKey(f"{name}: {weakness}")
    # The decoder leaves out what is not base64url, and would make another secret of what was meant.
    if algorithm is Algorithm.HS256 and not re.fullmatch(r"[A-Za-z0-9_-]+", jwk["k"]):
        raise UnusableKey(f"{name}: its “k” is not base64url without padding (RFC 7515 section 2).")
    return material


def _generate_once(path: Path) -> None:
    """Make a secret for HS256: who issues here also verifies here, so a public half would serve nobody."""
    if path.exists():
        return
    secret = urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()
    jwk = {"kty": "oct", "alg": Algorithm.HS256, "kid": secrets.token_hex(4), "k": secret}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _create(path, msgspec.json.encode({"keys": [jwk]}))
    except OSError as error:
        raise UnusableKey(f"A token key cannot be made at {path}: {error.strerror}.") from error


def _create(path: Path, content: bytes) -> None:
    # Written aside (mode 0600, O_EXCL), then linked: nobody reads half a key, and of two that start together one wins.
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.name) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(file.name, path)
