"""The caller: plan, permission, and the proof that an account may be read."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from auth.claims import Claims
from auth.errors import Forbidden, PlanInactive
from auth.permissions import Permission, Role
from auth.viewer import Viewer, ViewerAccount, viewer_of

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ACCESS = frozenset({Permission.ACCESS_SMTP_ACTIVITIES})


def account(plan: datetime | None) -> ViewerAccount:
    return ViewerAccount(7, "northwind", "Northwind", ZoneInfo("America/Toronto"), plan)


def viewer(permissions: frozenset[Permission], plan: datetime | None) -> Viewer:
    return Viewer("alice", Role.CUSTOM, permissions, account(plan))


def test_a_viewer_is_the_claims_and_their_account() -> None:
    claims = Claims("alice", "northwind", Role.CUSTOM, ACCESS, expires_at=0, actor="bob@staff")
    northwind = account(None)
    assert viewer_of(claims, northwind) == Viewer("alice", Role.CUSTOM, ACCESS, northwind, "bob@staff")


def test_a_permission_and_a_plan_give_the_accounts_own_id() -> None:
    assert viewer(ACCESS, NOW + timedelta(seconds=1)).readable_account(NOW) == 7


def test_tokens_are_managed_by_permission_and_without_a_plan() -> None:
    assert viewer(frozenset({Permission.MANAGE_ACCESS_TOKENS}), None).managed_account() == 7
    with pytest.raises(Forbidden, match="“Manage access tokens”"):
        viewer(ACCESS, NOW + timedelta(days=1)).managed_account()


@pytest.mark.parametrize("plan", [None, NOW, NOW - timedelta(days=1)])
def test_without_an_active_plan_nothing_is_readable(plan: datetime | None) -> None:
    with pytest.raises(PlanInactive, match=r"^The account has no active SMTP plan\.$"):
        viewer(ACCESS, plan).readable_account(NOW)


@pytest.mark.parametrize("plan", [None, NOW + timedelta(days=1)])
def test_the_permission_is_asked_for_before_the_plan(plan: datetime | None) -> None:
    permissions = frozenset({Permission.RECORD_SMTP_EVENTS, Permission.MANAGE_ACCESS_TOKENS})
    with pytest.raises(Forbidden, match="“Access SMTP activities”"):
        viewer(permissions, plan).readable_account(NOW)
