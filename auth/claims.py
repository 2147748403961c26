"""What a verified token says: its payload in, typed claims out. Whether it holds is auth/tokens.py's question."""

from collections.abc import Mapping
from dataclasses import dataclass

from auth.errors import Unauthenticated
from auth.permissions import Permission, Role, granted_by, permissions_of

_MAX_CHARACTERS = 255


@dataclass(frozen=True, slots=True)
class TokenDialect:
    """How the host writes its tokens: who issues them, for whom, and what its claims and roles are called."""

    issuer: str
    audience: str
    account_claim: str
    role_claim: str
    permissions_claim: str
    role_names: Mapping[str, Role]


@dataclass(frozen=True, slots=True)
class Claims:
    """The caller as the token tells: `account` is an external id, `permissions` are the effective ones."""

    subject: str
    account: str
    role: Role
    permissions: frozenset[Permission]
    actor: str | None = None


def read_claims(payload: Mapping[str, object], dialect: TokenDialect) -> Claims:
    """The claims of a payload; raises Unauthenticated, naming the claim that is wrong but not its value."""
    role = _role(payload.get(dialect.role_claim), dialect)
    granted = _granted(payload.get(dialect.permissions_claim, []), dialect.permissions_claim)
    return Claims(
        subject=_text(payload.get("sub"), "sub"),
        account=_text(payload.get(dialect.account_claim), dialect.account_claim),
        role=role,
        permissions=permissions_of(role, granted),
        actor=_actor(payload["act"]) if "act" in payload else None,
    )


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


def _actor(value: object) -> str:
    """The subject of the `act` claim (RFC 8693 section 4.1); actors nested within are history, and not asked for."""
    if not isinstance(value, dict):
        raise Unauthenticated("The token's claim “act” must be an object with a “sub”.")
    return _text(value.get("sub"), "act.sub")
