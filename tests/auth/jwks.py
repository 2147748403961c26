"""JWKs of every kind, made anew for each run, and tokens signed with whatever a forger may think of."""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import cache
from hashlib import sha256
from typing import Any

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurve, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa_key

from auth.keys import TokenKey, parse_keys

PRIVATE_PARTS = frozenset({"d", "p", "q", "dp", "dq", "qi"})

Jwk = dict[str, Any]


def base64url(data: bytes) -> str:
    """Base64url without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def hs256(name: str = "hs", *, size: int = 32) -> Jwk:
    """A symmetric key of that many bytes, the same for the same name."""
    return {"kty": "oct", "alg": "HS256", "kid": name, "k": base64url(sha256(name.encode()).digest()[:size])}


@cache
def _rs256(size: int) -> str:
    return jwt.algorithms.RSAAlgorithm.to_jwk(generate_rsa_key(65537, size))


def rs256(name: str = "rs", *, size: int = 2048) -> Jwk:
    """An RSA private key of that many bits."""
    return msgspec.json.decode(_rs256(size), type=Jwk) | {"alg": "RS256", "kid": name}


def es256(name: str = "es", *, curve: EllipticCurve | None = None) -> Jwk:
    """An EC private key, P-256 unless said otherwise."""
    key = generate_private_key(curve or SECP256R1())
    return jwt.algorithms.ECAlgorithm.to_jwk(key, as_dict=True) | {"alg": "ES256", "kid": name}


def eddsa(name: str = "ed") -> Jwk:
    """An Ed25519 private key."""
    return jwt.algorithms.OKPAlgorithm.to_jwk(Ed25519PrivateKey.generate(), as_dict=True) | {
        "alg": "EdDSA",
        "kid": name,
    }


def public(jwk: Jwk) -> Jwk:
    """The public half."""
    return {name: value for name, value in jwk.items() if name not in PRIVATE_PARTS | {"key_ops"}}


def without(jwk: Jwk, *names: str) -> Jwk:
    """The key without these members."""
    return {name: value for name, value in jwk.items() if name not in names}


def document(*jwks: Jwk) -> bytes:
    """A JWK set."""
    return msgspec.json.encode({"keys": list(jwks)})


def keys(*jwks: Jwk) -> tuple[TokenKey, ...]:
    """The keys as the service reads them."""
    return parse_keys(document(*jwks), "keys.json")


def key(jwk: Jwk) -> TokenKey:
    """One key as the service reads it."""
    (only,) = keys(jwk)
    return only


def forge(header: Jwk, payload: Jwk | bytes, jwk: Jwk) -> str:
    """A token with exactly this header and payload, signed with HMAC-SHA256 whatever the header says."""
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    signed = f"{base64url(json.dumps(header).encode())}.{base64url(body)}"
    secret = urlsafe_b64decode(jwk["k"] + "==")
    return f"{signed}.{base64url(hmac.digest(secret, signed.encode(), 'sha256'))}"
