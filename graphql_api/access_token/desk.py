"""Where access tokens are issued and revoked: signed with the installation's key, recorded without their secret."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from auth.claims import TokenDialect
from auth.keys import TokenKey, signing_key
from auth.permissions import Permission, Role
from auth.tokens import issue_token
from auth.viewer import Viewer
from database.access_tokens import IssuedToken, add_token, revoke_token
from database.pool import Pools
from database.revocations import Revocations
from models.access_token import new_token_id


class Issued(NamedTuple):
    """A token, and the bearer token itself, which is nowhere else."""

    token: IssuedToken
    secret: str


@dataclass(frozen=True, slots=True)
class TokenDesk:
    """Issues and revokes for callers who manage their account's tokens; raises Forbidden for all others."""

    keys: tuple[TokenKey, ...]
    dialect: TokenDialect
    revocations: Revocations
    pools: Pools

    async def issue(
        self, caller: Viewer, *, name: str, permissions: Sequence[Permission], lifetime: timedelta, now: datetime
    ) -> Issued:
        """A token for a custom user who is nobody else: its subject is its own id. Raises UnusableKey without a key."""
        account = caller.managed_account()
        # Tokens count in whole seconds.
        created_at = now.replace(microsecond=0)
        token_id = new_token_id(now)
        secret = issue_token(
            signing_key(self.keys),
            self.dialect,
            subject=str(token_id),
            account=caller.account.external_id,
            role=Role.CUSTOM,
            permissions=frozenset(permissions),
            now=created_at,
            lifetime=lifetime,
            token_id=token_id,
        )
        token = await add_token(
            self.pools.page,
            account,
            token_id=token_id,
            name=name,
            permissions=permissions,
            created_at=created_at,
            expires_at=created_at + lifetime,
        )
        return Issued(token, secret)

    async def revoke(self, caller: Viewer, token_id: UUID, now: datetime) -> IssuedToken | None:
        """End a token of the caller's account; None when it has no such token."""
        token = await revoke_token(self.pools.page, caller.managed_account(), token_id, now)
        # This worker need not wait to be told.
        self.revocations.outdate()
        return token
