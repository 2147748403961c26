"""Which tokens a revocation ends, at its very edges."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from auth.claims import Claims
from auth.permissions import Role
from auth.revocation import Revoked

ID, OTHER = UUID(int=1), UUID(int=2)
AT = 2_000_000_000


def claims(subject: str, *, issued_at: float | None = AT, token_id: UUID | None = None) -> Claims:
    return Claims(
        subject, "northwind", Role.CUSTOM, frozenset(), expires_at=AT + 60, issued_at=issued_at, token_id=token_id
    )


REVOKED = Revoked({ID}, {"alice": datetime.fromtimestamp(AT, UTC)})


@pytest.mark.parametrize(
    ("token", "covered"),
    [
        (claims("token", token_id=ID), True),
        (claims("token", token_id=OTHER), False),
        (claims("token"), False),
        (claims("alice", issued_at=AT - 0.5), True),
        (claims("alice", issued_at=-(10**400)), True),
        (claims("alice", issued_at=None), True),
        (claims("alice", issued_at=AT), False),
        (claims("Alice", issued_at=None), False),
    ],
)
def test_a_revocation_covers(token: Claims, covered: bool) -> None:
    assert REVOKED.covers(token) is covered
