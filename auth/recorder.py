"""Who may record events by HTTP, once known: an operator, or an account's token; the only place that makes one."""

from dataclasses import dataclass

from auth.claims import Claims
from auth.errors import Forbidden
from auth.permissions import Permission, Role
from auth.viewer import ViewerAccount
from models.message_facts import instance_of_account


@dataclass(frozen=True, slots=True)
class Recorder:
    """An operator has no account: events find theirs as from a log. An account's events are that account's alone."""

    subject: str
    role: Role
    account: ViewerAccount | None
    actor: None = None

    @property
    def instance(self) -> str:
        """What keeps the messages of an account's token apart from all others: the instance of their relay."""
        return instance_of_account(self.account.id) if self.account is not None else ""


def recorder_of(claims: Claims, account: ViewerAccount | None) -> Recorder:
    """The caller whom the claims describe; raises Forbidden."""
    permission = Permission.RECORD_SMTP_EVENTS
    if permission not in claims.permissions:
        raise Forbidden(f"This needs the permission “{permission.label}”.")
    return Recorder(claims.subject, claims.role, account)
