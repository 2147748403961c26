"""What a verified token's payload says, and what of it is refused."""

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth.claims import Claims, TokenDialect, read_claims
from auth.errors import Unauthenticated
from auth.permissions import Permission, Role

ACCESS = Permission.ACCESS_SMTP_ACTIVITIES
DIALECT = TokenDialect(
    issuer="https://relay.example",
    audience="smtp-activity",
    account_claim="https://relay.example/customer",
    role_claim="kind",
    permissions_claim="scopes",
    role_names={"owner": Role.ADMINISTRATOR, "boss": Role.ADMINISTRATOR, "user": Role.REGULAR, "robot": Role.CUSTOM},
    actor_lifetime=timedelta(minutes=15),
)
PAYLOAD: dict[str, object] = {
    "sub": "alice",
    "exp": 2_000_000_060,
    "https://relay.example/customer": "northwind",
    "kind": "robot",
    "scopes": ["smtp_activities:access"],
}
AT = 2_000_000_000
ACTED_CLAIMS: dict[str, object] = {"act": {"sub": "bob@staff"}, "iat": AT}
ACTED = PAYLOAD | ACTED_CLAIMS


def test_the_hosts_names_for_claims_and_roles_are_understood() -> None:
    assert read_claims(PAYLOAD, DIALECT) == Claims(
        "alice", "northwind", Role.CUSTOM, frozenset({ACCESS}), expires_at=2_000_000_060
    )


def test_only_a_token_that_records_and_nothing_else_may_do_without_an_account() -> None:
    of_nobody = {name: value for name, value in PAYLOAD.items() if name != "https://relay.example/customer"}
    assert read_claims(of_nobody | {"scopes": ["smtp_events:record"]}, DIALECT).account is None
    for scopes in (["smtp_activities:access"], ["smtp_activities:access", "smtp_events:record"], []):
        with pytest.raises(Unauthenticated, match="customer"):
            read_claims(of_nobody | {"scopes": scopes}, DIALECT)
    with pytest.raises(Unauthenticated, match="customer"):
        read_claims(of_nobody | {"scopes": ["smtp_events:record"], "kind": "user"}, DIALECT)
    with pytest.raises(Unauthenticated, match="customer"):
        read_claims(PAYLOAD | {"scopes": ["smtp_events:record"], "https://relay.example/customer": ""}, DIALECT)


def test_whoever_acts_for_another_records_nothing() -> None:
    assert read_claims(ACTED | {"scopes": ["smtp_events:record"]}, DIALECT).permissions == frozenset()


def test_two_names_may_mean_one_role() -> None:
    assert read_claims(PAYLOAD | {"kind": "boss"}, DIALECT).role is Role.ADMINISTRATOR


def test_no_list_of_permissions_grants_nothing() -> None:
    payload = {name: value for name, value in PAYLOAD.items() if name != "scopes"}
    assert read_claims(payload, DIALECT).permissions == frozenset()


def test_the_actor_is_the_subject_of_act() -> None:
    payload = ACTED | {"act": {"sub": "bob@staff", "act": {"sub": "earlier"}}}
    assert read_claims(payload, DIALECT).actor == "bob@staff"


def test_whoever_acts_for_another_manages_no_tokens() -> None:
    managing = Permission.MANAGE_ACCESS_TOKENS
    owner = PAYLOAD | {"kind": "owner"}
    assert read_claims(owner, DIALECT).permissions - read_claims(owner | ACTED_CLAIMS, DIALECT).permissions == {
        managing
    }


@pytest.mark.parametrize(
    ("times", "message"),
    [
        ({"iat": AT, "exp": AT + 900}, None),
        ({"iat": AT, "exp": AT + 901}, "A token with the claim “act” may live for 900 seconds at most."),
        ({"iat": AT, "exp": AT + 900.5}, "A token with the claim “act” may live for 900 seconds at most."),
        ({"iat": -(10**400), "exp": AT}, "A token with the claim “act” may live for 900 seconds at most."),
        ({"iat": "now"}, "The token's claim “iat” must be a number of seconds since 1970."),
        ({"iat": ...}, "A token with the claim “act” needs “iat” as well."),
    ],
)
def test_a_token_of_support_staff_lives_shortly(times: dict[str, object], message: str | None) -> None:
    payload = {name: value for name, value in (ACTED | times).items() if value is not ...}
    if message is None:
        assert read_claims(payload, DIALECT).actor == "bob@staff"
        return
    with pytest.raises(Unauthenticated) as refusal:
        read_claims(payload, DIALECT)
    assert str(refusal.value) == message


ID = "7c9e6679-7425-40de-944b-e07fc1f90ae7"


@pytest.mark.parametrize(
    ("changes", "token_id"),
    [
        ({"sub": ID, "jti": ID}, UUID(ID)),
        ({"jti": ID}, None),
        ({"sub": ID}, None),
        ({"sub": ID.upper(), "jti": ID.upper()}, None),
        ({"sub": "alice", "jti": "alice"}, None),
    ],
)
def test_a_token_issued_here_stands_for_itself(changes: dict[str, object], token_id: UUID | None) -> None:
    assert read_claims(PAYLOAD | changes, DIALECT).token_id == token_id


MUST_BE_TEXT = "must be a printable text of 1 to 255 characters."
ROLES = "The token's claim “kind” must be one of: owner, boss, user, robot."
A_LIST = "The token's claim “scopes” must be a list of permission names."
KNOWN = "A permission is unknown; a token can grant: smtp_activities:access, smtp_events:record."
AN_OBJECT = "The token's claim “act” must be an object with a “sub”."
NO_TEXTS = (None, "", "  ", 7, True, ["a"], "a\x00b", "a\nb", "\ud800", "x" * 256)


def refused(claim: str, message: str, *values: object) -> list[tuple[str, object, str]]:
    return [(claim, value, message) for value in values]


@pytest.mark.parametrize(
    ("claim", "value", "message"),
    [
        *refused("sub", f"The token's claim “sub” {MUST_BE_TEXT}", *NO_TEXTS),
        *refused(
            "https://relay.example/customer",
            f"The token's claim “https://relay.example/customer” {MUST_BE_TEXT}",
            *NO_TEXTS,
        ),
        *refused("kind", ROLES, None, "", "Owner", "ADMINISTRATOR", 1, ["owner"], {"owner": 1}),
        *refused("scopes", A_LIST, None, "smtp_activities:access", {}, 7, [7], [None], [["a"]]),
        *refused("scopes", KNOWN, [""], ["smtp_activities:access", "unheard-of"]),
        *refused("act", AN_OBJECT, None, "bob", ["bob"]),
        *refused("act", f"The token's claim “act.sub” {MUST_BE_TEXT}", {}, {"sub": 7}, {"sub": " "}),
    ],
)
def test_a_claim_is_refused_by_name(claim: str, value: object, message: str) -> None:
    with pytest.raises(Unauthenticated) as refusal:
        read_claims(ACTED | {claim: value}, DIALECT)
    assert str(refusal.value) == message


@pytest.mark.parametrize("role", ["owner", "user"])
def test_an_unknown_permission_is_refused_whatever_the_role(role: str) -> None:
    with pytest.raises(Unauthenticated, match="A permission is unknown"):
        read_claims(PAYLOAD | {"kind": role, "scopes": ["unheard-of"]}, DIALECT)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["sub", "act", "x"]), inner),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*PAYLOAD, "act"]), JSON))
def test_no_payload_does_more_than_be_refused(changes: dict[str, object]) -> None:
    try:
        claims = read_claims(PAYLOAD | changes, DIALECT)
    except Unauthenticated:
        return
    assert claims.subject == (PAYLOAD | changes)["sub"]
    assert Permission.MANAGE_ACCESS_TOKENS not in claims.permissions
