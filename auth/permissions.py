"""What a caller may do, and which role holds what."""

from collections.abc import Iterable
from enum import StrEnum

from auth.errors import UnknownPermission


class Permission(StrEnum):
    """A permission: `label` is the product's word for it, `claim` its name in a token."""

    ACCESS_SMTP_ACTIVITIES = "ACCESS_SMTP_ACTIVITIES"
    MANAGE_ACCESS_TOKENS = "MANAGE_ACCESS_TOKENS"
    RECORD_SMTP_EVENTS = "RECORD_SMTP_EVENTS"

    @property
    def label(self) -> str:
        """What people call it."""
        return _LABEL[self]

    @property
    def claim(self) -> str | None:
        """What a token's list of permissions calls it; None when no list can grant it."""
        return _CLAIM.get(self)


class Role(StrEnum):
    """What kind of user the caller is."""

    ADMINISTRATOR = "ADMINISTRATOR"
    REGULAR = "REGULAR"
    CUSTOM = "CUSTOM"


_LABEL = {
    Permission.ACCESS_SMTP_ACTIVITIES: "Access SMTP activities",
    Permission.MANAGE_ACCESS_TOKENS: "Manage access tokens",
    Permission.RECORD_SMTP_EVENTS: "Record SMTP events",
}

_CLAIM = {
    Permission.ACCESS_SMTP_ACTIVITIES: "smtp_activities:access",
    Permission.RECORD_SMTP_EVENTS: "smtp_events:record",
}

# What nobody may do on another's behalf (a token with the claim `act`).
WITHHELD_FROM_ACTORS = frozenset({Permission.MANAGE_ACCESS_TOKENS, Permission.RECORD_SMTP_EVENTS})

# What can stand in a token's list of permissions.
GRANTABLE = {claim: permission for permission, claim in _CLAIM.items()}

_HELD_BY_ROLE = {
    Role.ADMINISTRATOR: frozenset({Permission.ACCESS_SMTP_ACTIVITIES, Permission.MANAGE_ACCESS_TOKENS}),
    Role.REGULAR: frozenset({Permission.ACCESS_SMTP_ACTIVITIES}),
}


def granted_by(names: Iterable[str]) -> frozenset[Permission]:
    """What a token's list of permission names grants; raises UnknownPermission, which does not repeat the name."""
    try:
        return frozenset(GRANTABLE[name] for name in names)
    except KeyError:
        raise UnknownPermission(f"A permission is unknown; a token can grant: {', '.join(GRANTABLE)}.") from None


def permissions_of(role: Role, granted: frozenset[Permission]) -> frozenset[Permission]:
    """What the caller may do: a custom user exactly what was granted, the other roles always the same."""
    return _HELD_BY_ROLE.get(role, granted)
