"""What a verified token says: its payload in, typed claims out. Whether it holds is auth/tokens.py's question."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from auth.errors import Unauthenticated
from auth.permissions import WITHHELD_FROM_ACTORS, Permission, Role, granted_by, permissions_of

_MAX_CHARACTERS = 255


@dataclass(frozen=True, slots=True)
class TokenDialect:
    """How the host writes its tokens: who issues them, for whom, and what its claims and roles are called.

    `actor_lifetime` is the longest that a token of support staff (one with `act`) may live.
    """

    issuer: str
    audience: str
    account_claim: str
    role_claim: str
    permissions_claim: str
    role_names: Mapping[str, Role]
    actor_lifetime: timedelta


@dataclass(frozen=True, slots=True)
class Claims:
    """The caller as the token tells: `account` is an external id, `permissions` are the effective ones.

    None is the account of an operator's token, which may record events and nothing else.

    Times are in seconds since 1970. `token_id` is given when the token is one of `accessTokenIssue`.
    """

    subject: str
    account: str | None
    role: Role
    permissions: frozenset[Permission]
    expires_at: float
    issued_at: float | None = None
    actor: str | None = None
    token_id: UUID | None = None


def read_claims(payload: Mapping[str, object], dialect: TokenDialect) -> Claims:
    """The claims of a payload; raises Unauthenticated, naming the claim that is wrong but not its value."""
    role = _role(payload.get(dialect.role_claim), dialect)
    permissions = permissions_of(role, _granted(payload.get(dialect.permissions_claim, []), dialect.permissions_claim))
    actor = _actor(payload, dialect) if "act" in payload else None
    return Claims(
        subject=_text(payload.get("sub"), "sub"),
        account=_account(payload, dialect, permissions),
        role=role,
        permissions=permissions if actor is None else permissions - WITHHELD_FROM_ACTORS,
        expires_at=numeric_date(payload, "exp"),
        issued_at=numeric_date(payload, "iat") if "iat" in payload else None,
        actor=actor,
        token_id=_token_id(payload),
    )


def _account(payload: Mapping[str, object], dialect: TokenDialect, permissions: frozenset[Permission]) -> str | None:
    """The external id; only a token that grants nothing but to record events may do without."""
    if dialect.account_claim not in payload and permissions == {Permission.RECORD_SMTP_EVENTS}:
        return None
    return _text(payload.get(dialect.account_claim), dialect.account_claim)


def numeric_date(payload: Mapping[str, object], claim: str) -> float:
    """A time in seconds since 1970 (RFC 7519 section 2), an int of any size or a finite float."""
    value = payload.get(claim)
    # Exact types: in Python true is an int, and JSON may say NaN and Infinity.
    if type(value) is int or (type(value) is float and math.isfinite(value)):
        return value
    raise Unauthenticated(f"The token's claim “{claim}” must be a number of seconds since 1970.")


def _text(value: object, claim: str) -> str:
    # Not printable: control characters, and the lone surrogates that JSON can hold and PostgreSQL cannot.
    if not isinstance(value, str) or not value.strip() or len(value) > _MAX_CHARACTERS or not value.isprintable():
        raise Unauthenticated(
            f"The token's claim “{claim}” must be a printable text of 1 to {_MAX_CHARACTERS} characters."
        )
    return value


def _role(value: object, dialect: TokenDialect) -> Role:
    role = dialect.role_names.get(value) if isinstance(value, str) else None
    if role is None:
        known = ", ".join(dialect.role_names)
        raise Unauthenticated(f"The token's claim “{dialect.role_claim}” must be one of: {known}.")
    return role


def _granted(value: object, claim: str) -> frozenset[Permission]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise Unauthenticated(f"The token's claim “{claim}” must be a list of permission names.")
    return granted_by(value)


def _actor(payload: Mapping[str, object], dialect: TokenDialect) -> str:
    """The subject of the `act` claim (RFC 8693 section 4.1); actors nested within are history, and not asked for."""
    actor = payload["act"]
    if not isinstance(actor, dict):
        raise Unauthenticated("The token's claim “act” must be an object with a “sub”.")
    if "iat" not in payload:
        raise Unauthenticated("A token with the claim “act” needs “iat” as well.")
    # An int: JSON's integers have any size, and a float could not be added to the largest.
    longest = int(dialect.actor_lifetime.total_seconds())
    if numeric_date(payload, "exp") > numeric_date(payload, "iat") + longest:
        raise Unauthenticated(f"A token with the claim “act” may live for {longest} seconds at most.")
    return _text(actor.get("sub"), "act.sub")


def _token_id(payload: Mapping[str, object]) -> UUID | None:
    """The `jti` of a token that stands for itself (`sub` is the same): so `accessTokenIssue` writes its tokens."""
    token_id = payload.get("jti")
    if not isinstance(token_id, str) or token_id != payload.get("sub"):
        return None
    try:
        uuid = UUID(token_id)
    except ValueError:
        return None
    return uuid if str(uuid) == token_id else None
