"""The demo's accounts, and the lines from which they are made."""

import json
from collections.abc import Iterator
from typing import NamedTuple


class DemoAccount(NamedTuple):
    """`plan` is None or "forever"; `french` is the part of its mail in French, from 0 to 1; the rest is in English."""

    name: str
    time_zone: str
    plan: str | None
    french: float

    @property
    def credential(self) -> str:
        """Its SMTP user name."""
        return f"{self.name}@relay1.example.net"

    @property
    def domain(self) -> str:
        """Its sending domain."""
        return f"{self.name}.example"


DEMO_ACCOUNTS = (
    DemoAccount("northwind", "America/Toronto", "forever", french=0.35),
    DemoAccount("acme", "Europe/Paris", "forever", french=0.85),
    DemoAccount("globex", "Asia/Kolkata", None, french=0.05),
)


def account_lines() -> Iterator[bytes]:
    """The accounts as `account sync` reads them."""
    for account in DEMO_ACCOUNTS:
        line = {
            "externalId": account.name,
            "name": account.name.capitalize(),
            "timeZone": account.time_zone,
            "planActiveUntil": account.plan,
            "credentials": [account.credential],
            "domains": [account.domain],
        }
        yield json.dumps(line).encode()
