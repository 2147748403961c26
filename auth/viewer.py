"""The caller, once known; the only place that makes a ReadableAccount or a ManagedAccount."""

from dataclasses import dataclass
from datetime import datetime
from typing import NewType
from zoneinfo import ZoneInfo

import msgspec

from auth.claims import Claims
from auth.errors import Forbidden, PlanInactive
from auth.permissions import Permission, Role

# The id of an account whose activities this caller may read now: the type is the proof, every read takes one.
ReadableAccount = NewType("ReadableAccount", int)
# The id of an account whose access tokens this caller may manage: likewise.
ManagedAccount = NewType("ManagedAccount", int)


@dataclass(frozen=True, slots=True)
class ViewerAccount:
    """The account that the token is bound to, as the database knows it."""

    id: int
    external_id: str
    name: str
    time_zone: ZoneInfo
    smtp_plan_active_until: datetime | None

    def has_active_smtp_plan(self, now: datetime) -> bool:
        """Whether the plan covers this instant."""
        return self.smtp_plan_active_until is not None and now < self.smtp_plan_active_until


class Viewer(msgspec.Struct, frozen=True):
    """Who asks, with effective permissions; `actor` is the staff member who acts for the account (RFC 8693)."""

    subject: str
    role: Role
    permissions: frozenset[Permission]
    account: ViewerAccount
    actor: str | None = None

    def readable_account(self, now: datetime) -> ReadableAccount:
        """Proof that this caller may read the account's activities now; raises Forbidden or PlanInactive."""
        self._require(Permission.ACCESS_SMTP_ACTIVITIES)
        if not self.account.has_active_smtp_plan(now):
            raise PlanInactive
        return ReadableAccount(self.account.id)

    def managed_account(self) -> ManagedAccount:
        """Proof that this caller may manage the account's access tokens; raises Forbidden."""
        self._require(Permission.MANAGE_ACCESS_TOKENS)
        return ManagedAccount(self.account.id)

    def _require(self, permission: Permission) -> None:
        if permission not in self.permissions:
            raise Forbidden(f"This needs the permission “{permission.label}”.")


def viewer_of(claims: Claims, account: ViewerAccount) -> Viewer:
    """The caller whom the claims describe, with the account that they name."""
    return Viewer(claims.subject, claims.role, claims.permissions, account, claims.actor)
