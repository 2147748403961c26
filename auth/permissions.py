"""What a caller may do, and which role holds what."""

from enum import StrEnum


class Permission(StrEnum):
    """A permission; `title` is the product's word for it, `claim` its name in a token (None: never granted by a list)."""

    ACCESS_SMTP_ACTIVITIES = "ACCESS_SMTP_ACTIVITIES"
    MANAGE_ACCESS_TOKENS = "MANAGE_ACCESS_TOKENS"
    RECORD_SMTP_EVENTS = "RECORD_SMTP_EVENTS"

    @property
    def title(self) -> str:
        """What people call it."""
        return _TITLE[self]


class Role(StrEnum):
    """What kind of user the caller is."""

    ADMINISTRATOR = "ADMINISTRATOR"
    REGULAR = "REGULAR"
    CUSTOM = "CUSTOM"


_TITLE = {
    Permission.ACCESS_SMTP_ACTIVITIES: "Access SMTP activities",
    Permission.MANAGE_ACCESS_TOKENS: "Manage access tokens",
    Permission.RECORD_SMTP_EVENTS: "Record SMTP events",
}
