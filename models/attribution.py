"""Whose message it is: by the SMTP user name, else for trusted clients by the sender's domain. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import NamedTuple

from models.message_facts import MessageFacts


class Owners(NamedTuple):
    """Account ids by SMTP user name and by sending domain."""

    by_credential: Mapping[str, int]
    by_domain: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class AttributionRules:
    """Whose lines count by the sender's domain, and which hops are the relay's own.

    Anyone refused at port 25 can claim any sender: only clients in `trusted_networks` and listeners in
    `trusted_services` are believed. `inner_relays` are `host:port` of filters and inner relays.
    """

    trusted_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    trusted_services: frozenset[str] = frozenset()
    inner_relays: frozenset[str] = frozenset()
    _inner_hosts: frozenset[str] = field(init=False, default=frozenset())

    def __post_init__(self) -> None:
        """Clients are known by address only, without a port."""
        hosts = frozenset(relay.rpartition(":")[0].strip("[]") for relay in self.inner_relays)
        object.__setattr__(self, "_inner_hosts", hosts)

    def trusts(self, facts: MessageFacts) -> bool:
        """Whether the sender's domain may be believed."""
        if facts.service in self.trusted_services:
            return True
        try:
            address = ip_address(facts.client_address or "")
        except ValueError:  # no address, or a name: nothing that a network could contain
            return False
        return any(address in network for network in self.trusted_networks)

    def is_next_leg(self, facts: MessageFacts) -> bool:
        """Whether the message came from a hop of the relay's own, and so belongs to an earlier message."""
        if facts.origin_queue_id is not None:
            return True
        return facts.credential is None and facts.client_address in self._inner_hosts


def account_of(facts: MessageFacts, rules: AttributionRules, owners: Owners) -> int | None:
    """The account of a message whose arrival is known, or None when nobody can tell."""
    if facts.credential is not None and facts.credential in owners.by_credential:
        return owners.by_credential[facts.credential]
    domain = sender_domain(facts)
    if domain is not None and rules.trusts(facts):
        return owners.by_domain.get(domain)
    return None


def sender_domain(facts: MessageFacts) -> str | None:
    """The envelope sender's domain, lower case; None for the null sender and while it is not known."""
    _, at, domain = (facts.envelope_sender or "").rpartition("@")
    return domain.lower() if at and domain else None
