"""Refusals. The docstring is the message, `code` is stable (the API's list of error codes)."""


class AuthError(Exception):
    """The request was refused."""

    code = "UNAUTHENTICATED"

    def __str__(self) -> str:
        """What was given when raising, else the class's docstring."""
        return super().__str__() or (self.__class__.__doc__ or "")


class Unauthenticated(AuthError):
    """A valid bearer token is needed."""

    code = "UNAUTHENTICATED"


class Forbidden(AuthError):
    """The caller lacks a permission."""

    code = "FORBIDDEN"


class PlanInactive(AuthError):
    """The account has no active SMTP plan."""

    code = "SMTP_PLAN_REQUIRED"
