"""Refusals. The docstring is the message, `code` is stable (the last three: for operators; the rest: the API's)."""


class AuthError(Exception):
    """The request was refused."""

    code = "UNAUTHENTICATED"

    def __str__(self) -> str:
        """What was given when raising, else the class's docstring."""
        return super().__str__() or (self.__class__.__doc__ or "")


class Unauthenticated(AuthError):
    """A valid bearer token is needed."""

    code = "UNAUTHENTICATED"


class UnknownKey(Unauthenticated):
    """The token's header names an unknown key (“kid”)."""


class UnknownPermission(Unauthenticated):
    """The list of permissions names one that is unknown, or that no list can grant."""


class Forbidden(AuthError):
    """The caller lacks a permission."""

    code = "FORBIDDEN"


class PlanInactive(AuthError):
    """The account has no active SMTP plan."""

    code = "SMTP_PLAN_REQUIRED"


class CannotIssue(AuthError):
    """The token cannot be issued."""

    code = "CANNOT_ISSUE"


class UnusableKey(AuthError):
    """A token key cannot be used."""

    code = "UNUSABLE_KEY"


class KeysUnavailable(AuthError):
    """The host's token keys cannot be had."""

    code = "KEYS_UNAVAILABLE"
