"""JWT in, claims out (RFC 7519, RFC 8725); and the way back, for tokens issued here. No I/O, no clock of its own."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import jwt
from jwt.exceptions import InvalidAlgorithmError, InvalidJTIError, InvalidSubjectError

from auth.claims import Claims, TokenDialect, numeric_date, read_claims
from auth.errors import CannotIssue, Unauthenticated, UnknownKey
from auth.keys import TokenKey
from auth.permissions import Permission, Role

MAX_TOKEN_CHARACTERS = 8 * 1024

# Three parts, base64url without padding: PyJWT itself lets trailing "=" pass.
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")

# Headers by which a token would bring or choose its own key, or change how it is read.
_FORBIDDEN_HEADERS = frozenset({"jku", "jwk", "x5u", "x5c", "crit"})

_MESSAGES: Mapping[type[jwt.InvalidTokenError], str] = {
    jwt.InvalidSignatureError: "The token's signature is not that of its key.",
    InvalidAlgorithmError: "The token's algorithm is not that of its key.",
    jwt.InvalidIssuerError: "The token comes from another issuer.",
    jwt.InvalidAudienceError: "The token is meant for another audience.",
    InvalidSubjectError: "The token's claim “sub” must be a text.",
    InvalidJTIError: "The token's claim “jti” must be a text.",
}
_MALFORMED = "The token is not a well-formed JSON Web Token."


@dataclass(frozen=True, slots=True)
class TokenVerifier:
    """Verifies tokens against the configured keys; `leeway` forgives clocks that differ."""

    keys: tuple[TokenKey, ...]
    dialect: TokenDialect
    leeway: timedelta

    def verify(self, token: str, now: datetime) -> Claims:
        """What the token says, once all of it holds; raises Unauthenticated, which says why without repeating it."""
        if len(token) > MAX_TOKEN_CHARACTERS:
            raise Unauthenticated(f"The token is longer than {MAX_TOKEN_CHARACTERS} characters.")
        if not _COMPACT.fullmatch(token):
            raise Unauthenticated(_MALFORMED)
        payload = self._payload(token)
        _check_times(payload, now, self.leeway)
        return read_claims(payload, self.dialect)

    def _payload(self, token: str) -> dict[str, object]:
        """The payload, if signature, issuer and audience hold; the times are checked later, against our own clock."""
        try:
            key = self._key(jwt.get_unverified_header(token))
            return jwt.decode(
                token,
                key.verifying,
                algorithms=[key.algorithm],
                issuer=self.dialect.issuer,
                audience=self.dialect.audience,
                options={
                    "require": ["exp", "sub", "iss", "aud"],
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
        except jwt.MissingRequiredClaimError as error:
            raise Unauthenticated(f"The token lacks the claim “{error.claim}”.") from None
        except jwt.InvalidTokenError as error:
            # `from None`: the cause can repeat the token.
            raise Unauthenticated(_MESSAGES.get(type(error), _MALFORMED)) from None

    def _key(self, header: Mapping[str, object]) -> TokenKey:
        """The configured key that the header names; without a name, the only one."""
        forbidden = sorted(_FORBIDDEN_HEADERS & header.keys())
        if forbidden:
            raise Unauthenticated(f"The token's header must not hold “{forbidden[0]}”.")
        if "kid" not in header:
            if len(self.keys) > 1:
                raise Unauthenticated("The token's header must name its key (“kid”): several are in use.")
            return self.keys[0]
        for key in self.keys:
            if key.key_id == header["kid"]:
                return key
        raise UnknownKey


def issue_token(
    key: TokenKey,
    dialect: TokenDialect,
    *,
    subject: str,
    account: str | None,
    role: Role,
    permissions: frozenset[Permission] = frozenset(),
    now: datetime,
    lifetime: timedelta,
    actor: str | None = None,
    token_id: UUID | None = None,
) -> str:
    """A signed token, valid from `now`, in whole seconds; raises AuthError for what could not be signed or verified.

    Without an account it is an operator's, to record events. `actor` is who acts for the subject (RFC 8693 section
    4.1); `token_id` its `jti`, a random one when not given.
    """
    if key.signing is None:
        raise CannotIssue("A public key cannot sign a token.")
    issued_at = int(now.timestamp())
    payload: dict[str, object] = {
        "iss": dialect.issuer,
        "aud": dialect.audience,
        "sub": subject,
        "iat": issued_at,
        "exp": issued_at + int(lifetime.total_seconds()),
        "jti": str(token_id or uuid4()),
        dialect.role_claim: _role_name(role, dialect),
        dialect.permissions_claim: sorted(_claim(permission) for permission in permissions),
    }
    if account is not None:
        payload[dialect.account_claim] = account
    if actor is not None:
        payload["act"] = {"sub": actor}
    # What no verifier here would take is not issued.
    read_claims(payload, dialect)
    headers = {"kid": key.key_id} if key.key_id is not None else None
    return jwt.encode(payload, key.signing, algorithm=key.algorithm, headers=headers)


def has_expired(expires_at: float, now: datetime, leeway: timedelta) -> bool:
    """Whether a token (its `exp`) holds no more: on or after it, says RFC 7519."""
    return expires_at <= (now - leeway).timestamp()


def _check_times(payload: Mapping[str, object], now: datetime, leeway: timedelta) -> None:
    """RFC 7519: refused on or after `exp`, before `nbf`; and when `iat`, against all sense, lies ahead."""
    if has_expired(numeric_date(payload, "exp"), now, leeway):
        raise Unauthenticated("The token has expired.")
    for claim in ("nbf", "iat"):
        if claim in payload and numeric_date(payload, claim) > (now + leeway).timestamp():
            raise Unauthenticated(f"The token is not valid yet (“{claim}”).")


def _role_name(role: Role, dialect: TokenDialect) -> str:
    for name, meant in dialect.role_names.items():
        if meant is role:
            return name
    raise CannotIssue(f"The configured role names have none for {role}.")


def _claim(permission: Permission) -> str:
    if permission.claim is None:
        raise CannotIssue(f"No token's list can grant “{permission.label}”.")
    return permission.claim
