"""From a request's Authorization header to its Viewer: token, claims, account."""

from collections.abc import Sequence
from dataclasses import dataclass

from auth.bearer import bearer_token
from auth.errors import Unauthenticated
from auth.tokens import TokenVerifier
from auth.viewer import Viewer, viewer_of
from database.accounts import Accounts
from models.clock import Clock


@dataclass(frozen=True, slots=True)
class Authenticator:
    """Knows tokens by its verifier, accounts by the database."""

    verifier: TokenVerifier
    accounts: Accounts
    clock: Clock

    async def viewer(self, headers: Sequence[str]) -> Viewer:
        """The caller, by the values of the request's Authorization headers; raises Unauthenticated."""
        claims = self.verifier.verify(bearer_token(headers), self.clock())
        account = await self.accounts.find(claims.account)
        if account is None:
            raise Unauthenticated("The token's account is unknown.")
        return viewer_of(claims, account)
