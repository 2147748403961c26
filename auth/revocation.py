"""Which tokens were revoked, as far as it is known here. Pure: how it becomes known is the database room's."""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from auth.claims import Claims


@dataclass(frozen=True, slots=True)
class Revoked:
    """Ids of tokens that were issued here; and by subject, before which instant its tokens were issued to be over."""

    token_ids: Set[UUID]
    issued_before: Mapping[str, datetime]

    def covers(self, claims: Claims) -> bool:
        """Whether the token holds no more; one that does not say when it was issued counts as older."""
        if claims.token_id in self.token_ids:
            return True
        before = self.issued_before.get(claims.subject)
        return before is not None and (claims.issued_at is None or claims.issued_at < before.timestamp())
