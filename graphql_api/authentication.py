"""From a request's Authorization header to its Viewer or Recorder: token, claims, revocations, account."""

from collections.abc import Sequence
from dataclasses import dataclass

from auth.bearer import bearer_token
from auth.claims import Claims
from auth.errors import Unauthenticated
from auth.recorder import Recorder, recorder_of
from auth.token_reader import TokenReader
from auth.viewer import Viewer, ViewerAccount, viewer_of
from database.accounts import Accounts
from database.revocations import Revocations
from database.token_use import TokenUse
from models.clock import Clock


@dataclass(frozen=True, slots=True)
class Authenticator:
    """Knows tokens by its reader, what was revoked and whose accounts there are by the database."""

    reader: TokenReader
    revocations: Revocations
    accounts: Accounts
    token_use: TokenUse
    clock: Clock

    async def viewer(self, headers: Sequence[str]) -> Viewer:
        """The caller, by the values of the request's Authorization headers; raises Unauthenticated."""
        claims, account = await self._claims(headers)
        if account is None:
            raise Unauthenticated("The token has no account: it can record events, and ask nothing.")
        return viewer_of(claims, account)

    async def recorder(self, headers: Sequence[str]) -> Recorder:
        """The caller who records events, likewise; raises Unauthenticated, Forbidden."""
        return recorder_of(*await self._claims(headers))

    async def _claims(self, headers: Sequence[str]) -> tuple[Claims, ViewerAccount | None]:
        """What the token says, and its account, if it has one."""
        claims = await self.reader.read(bearer_token(headers))
        if await self.revocations.cover(claims):
            raise Unauthenticated("The token was revoked.")
        account = None
        if claims.account is not None:
            account = await self.accounts.find(claims.account)
            if account is None:
                raise Unauthenticated("The token's account is unknown.")
        if claims.token_id is not None:
            await self.token_use.note(claims.token_id, self.clock())
        return claims, account
