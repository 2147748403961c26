"""Errors of this room. The docstring is the message, `code` is stable (the API's list of error codes)."""


class DatabaseRoomError(Exception):
    """The database could not answer."""

    code = "DATABASE_ERROR"

    def __str__(self) -> str:
        """What was given when raising, else the class's docstring."""
        return super().__str__() or (self.__class__.__doc__ or "")


class InvalidInput(DatabaseRoomError):
    """The input is not understood."""

    code = "BAD_USER_INPUT"

    def __init__(self, message: str = "", path: tuple[str, ...] = ()) -> None:
        """`path` leads to what is wrong, from the argument inwards: ("recipient", "contains")."""
        super().__init__(*([message] if message else []))
        self.path = path


class BadCursor(InvalidInput):
    """The cursor is none of this list's: take one from its edges or its pageInfo."""


class CountTookTooLong(DatabaseRoomError):
    """The rows could not be counted in time."""

    code = "TIMEOUT"


class DatabaseUnusable(DatabaseRoomError):
    """The database cannot be used."""

    # For operators: one line that says what is wrong and what to do, never a password.
    code = "DATABASE_UNUSABLE"
