"""What a mutation answers to a caller who can correct the input: a path, words for people, a code for programs."""

from enum import StrEnum

import strawberry


class UserErrorCode(StrEnum):
    """The codes of user errors so far; stable."""

    BAD_TEXT = "BAD_TEXT"
    OUT_OF_RANGE = "OUT_OF_RANGE"
    EMPTY = "EMPTY"
    NOT_GRANTABLE = "NOT_GRANTABLE"
    NOT_FOUND = "NOT_FOUND"


@strawberry.type(description="What the caller can correct.")
class UserError:
    """One thing that is wrong."""

    field: list[str] | None = strawberry.field(description='Path of the input field, e.g. ["input", "name"].')
    message: str = strawberry.field(description="For people; may change.")
    code: str = strawberry.field(description="For programs; stable.")


def user_error(field: str, code: UserErrorCode, message: str) -> UserError:
    """Something wrong with a field of the argument `input`."""
    return UserError(field=["input", field], message=message, code=code.value)
