"""How a token is signed; apart from `auth.keys`, so that who only reads settings loads no cryptography."""

from enum import StrEnum


class Algorithm(StrEnum):
    """The algorithms that keys may have (RFC 7518, RFC 8037)."""

    HS256 = "HS256"
    RS256 = "RS256"
    ES256 = "ES256"
    EDDSA = "EdDSA"
