"""Whose message it is: the user name first, the sender's domain for trusted clients only."""

from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_network

import pytest

from models.attribution import AttributionRules, Owners, account_of, sender_domain
from models.message_facts import MessageFacts

NORTHWIND, ACME = 1, 2
OWNERS = Owners({"northwind@relay1": NORTHWIND}, {"northwind.example": NORTHWIND, "acme.example": ACME})
RULES = AttributionRules(
    trusted_networks=(ip_network("127.0.0.0/8"), ip_network("2001:db8::/32")),
    trusted_services=frozenset({"submission"}),
)
AT = datetime(2026, 11, 23, tzinfo=UTC)
FROM_ANYWHERE = MessageFacts(
    "relay1", "", "Q1", AT, taken_at=AT, service="smtpd", client_address="192.0.2.7", envelope_sender="a@acme.example"
)


def test_the_user_name_decides() -> None:
    assert account_of(replace(FROM_ANYWHERE, credential="northwind@relay1"), RULES, OWNERS) == NORTHWIND


def test_a_senders_domain_proves_nothing_from_an_unknown_client() -> None:
    assert account_of(FROM_ANYWHERE, RULES, OWNERS) is None


@pytest.mark.parametrize("address", ["127.0.0.1", "2001:db8::25"])
def test_a_senders_domain_counts_for_a_trusted_client(address: str) -> None:
    assert account_of(replace(FROM_ANYWHERE, client_address=address), RULES, OWNERS) == ACME


def test_a_senders_domain_counts_for_a_trusted_service() -> None:
    assert account_of(replace(FROM_ANYWHERE, service="submission"), RULES, OWNERS) == ACME


def test_an_unknown_user_name_of_a_trusted_client_leaves_it_to_the_domain() -> None:
    facts = replace(FROM_ANYWHERE, credential="nobody", client_address="127.0.0.1")
    assert account_of(facts, RULES, OWNERS) == ACME


@pytest.mark.parametrize("address", [None, "", "unknown", "relay.acme.example"])
def test_a_client_without_an_address_is_not_trusted(address: str | None) -> None:
    assert not RULES.trusts(replace(FROM_ANYWHERE, client_address=address))


@pytest.mark.parametrize(
    ("sender", "domain"),
    [("a@ACME.Example", "acme.example"), ('"x@y"@z.test', "z.test"), ("", None), (None, None), ("root", None)],
)
def test_the_senders_domain_is_what_follows_the_last_at_sign(sender: str | None, domain: str | None) -> None:
    assert sender_domain(replace(FROM_ANYWHERE, envelope_sender=sender)) == domain


def test_a_message_from_an_inner_relay_belongs_to_an_earlier_one() -> None:
    rules = replace(RULES, inner_relays=frozenset({"127.0.0.1:10025", "[::1]:10025"}))
    assert rules.is_next_leg(replace(FROM_ANYWHERE, client_address="127.0.0.1"))
    assert rules.is_next_leg(replace(FROM_ANYWHERE, client_address="::1"))
    assert rules.is_next_leg(replace(FROM_ANYWHERE, origin_queue_id="Q0"))
    assert not rules.is_next_leg(replace(FROM_ANYWHERE, client_address="127.0.0.1", credential="northwind@relay1"))
    assert not rules.is_next_leg(FROM_ANYWHERE)
