"""Token in, claims out, for a running service: keys that change, and tokens verified once as long as they hold."""

from collections import OrderedDict
from dataclasses import replace
from hashlib import sha256

from auth.claims import Claims
from auth.errors import UnknownKey
from auth.keys import TokenKey
from auth.remote_keys import RemoteKeys
from auth.tokens import TokenVerifier, has_expired
from models.clock import Clock


class TokenReader:
    """Verifies with the configured keys and the host's; whether a token was revoked is asked elsewhere, every time."""

    MAX_REMEMBERED = 10_000

    def __init__(self, verifier: TokenVerifier, remote: RemoteKeys | None, clock: Clock) -> None:
        self._configured = verifier.keys
        self._verifier = verifier
        self._remote = remote
        self._clock = clock
        # By digest, so that no token lies in memory; the least recently used first.
        self._verified: OrderedDict[bytes, Claims] = OrderedDict()

    async def read(self, token: str) -> Claims:
        """What the token says; raises Unauthenticated, or KeysUnavailable when the host's keys cannot be had."""
        if self._remote is not None:
            self._use(self._remote.current())
        try:
            return self._read(token)
        except UnknownKey:
            if self._remote is None:
                raise
        # The host may have changed its keys.
        self._use(await self._remote.renew())
        return self._read(token)

    def _read(self, token: str) -> Claims:
        now, digest = self._clock(), sha256(token.encode()).digest()
        claims = self._verified.get(digest)
        if claims is not None and not has_expired(claims.expires_at, now, self._verifier.leeway):
            self._verified.move_to_end(digest)
            return claims
        self._verified.pop(digest, None)
        claims = self._verified[digest] = self._verifier.verify(token, now)
        if len(self._verified) > self.MAX_REMEMBERED:
            self._verified.popitem(last=False)
        return claims

    def _use(self, remote: tuple[TokenKey, ...]) -> None:
        """Configured keys come first, so that no key of the host's takes a configured one's name."""
        keys = (*self._configured, *remote)
        if keys != self._verifier.keys:
            self._verifier = replace(self._verifier, keys=keys)
            # What a key that went has signed holds no more.
            self._verified.clear()
