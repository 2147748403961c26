"""What an operator may get wrong about accounts. Each names what it is about."""

from collections.abc import Sequence

from database.errors import DatabaseRoomError
from models.account_line import LineProblem


class UnknownAccount(DatabaseRoomError):
    """There is no such account."""

    code = "UNKNOWN_ACCOUNT"

    def __init__(self, external_id: str) -> None:
        super().__init__(f"There is no account “{external_id}”: see `smtp-activity account list`.")


class AccountExists(DatabaseRoomError):
    """The account is there already."""

    code = "ACCOUNT_EXISTS"

    def __init__(self, external_id: str) -> None:
        super().__init__(f"There is an account “{external_id}” already: `smtp-activity account update` changes it.")


class NameTaken(DatabaseRoomError):
    """The name belongs to another account."""

    code = "NAME_TAKEN"

    def __init__(self, what: str, name: str, owner: str) -> None:
        super().__init__(f"The {what} “{name}” belongs to the account “{owner}”.")


class SyncRefused(DatabaseRoomError):
    """Lines of a synchronisation are wrong, so none was applied."""

    code = "SYNC_REFUSED"

    def __init__(self, problems: Sequence[LineProblem]) -> None:
        """One line of text for each problem, and one for what follows from them."""
        self.problems = tuple(problems)
        lines = [f"line {problem.line}: {problem.message}" for problem in problems]
        super().__init__("\n".join([*lines, "Nothing was changed: mend these lines and synchronise again."]))
