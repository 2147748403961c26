"""Roles, and what a list of permissions grants."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth.errors import Unauthenticated, UnknownPermission
from auth.permissions import Permission, Role, granted_by, permissions_of

ACCESS, MANAGE, RECORD = (
    Permission.ACCESS_SMTP_ACTIVITIES,
    Permission.MANAGE_ACCESS_TOKENS,
    Permission.RECORD_SMTP_EVENTS,
)


@pytest.mark.parametrize(
    ("permission", "label", "claim"),
    [
        (ACCESS, "Access SMTP activities", "smtp_activities:access"),
        (MANAGE, "Manage access tokens", None),
        (RECORD, "Record SMTP events", "smtp_events:record"),
    ],
)
def test_a_permission_has_the_products_word_and_a_name_in_tokens(
    permission: Permission, label: str, claim: str | None
) -> None:
    assert (permission.label, permission.claim) == (label, claim)


@pytest.mark.parametrize(
    ("role", "names", "expected"),
    [
        (Role.ADMINISTRATOR, [], {ACCESS, MANAGE}),
        (Role.ADMINISTRATOR, ["smtp_events:record"], {ACCESS, MANAGE}),
        (Role.REGULAR, [], {ACCESS}),
        (Role.REGULAR, ["smtp_activities:access", "smtp_events:record"], {ACCESS}),
        (Role.CUSTOM, [], set()),
        (Role.CUSTOM, ["smtp_activities:access"], {ACCESS}),
        (Role.CUSTOM, ["smtp_events:record"], {RECORD}),
        (Role.CUSTOM, ["smtp_events:record", "smtp_activities:access", "smtp_events:record"], {ACCESS, RECORD}),
    ],
)
def test_a_role_and_a_list_hold_exactly(role: Role, names: list[str], expected: set[Permission]) -> None:
    assert permissions_of(role, granted_by(names)) == expected


@pytest.mark.parametrize("name", ["ACCESS_SMTP_ACTIVITIES", "MANAGE_ACCESS_TOKENS", "access_tokens:manage", "", " "])
def test_an_unknown_name_is_refused_with_those_that_are_known(name: str) -> None:
    with pytest.raises(UnknownPermission) as refusal:
        granted_by(["smtp_activities:access", name])
    assert str(refusal.value) == (
        "A permission is unknown; a token can grant: smtp_activities:access, smtp_events:record."
    )
    assert isinstance(refusal.value, Unauthenticated)


@given(st.sampled_from(list(Role)), st.lists(st.sampled_from(["smtp_activities:access", "smtp_events:record"])))
def test_no_list_grants_what_only_administrators_hold(role: Role, names: list[str]) -> None:
    assert (MANAGE in permissions_of(role, granted_by(names))) == (role is Role.ADMINISTRATOR)
