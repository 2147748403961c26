"""Short ways to write Postfix's lines, and what their events have in common."""

from datetime import UTC, datetime
from typing import Any

from ingest.postfix import PostfixParser
from ingest.syslog import SyslogClock
from models.event import DeliveryEvent

LONG_ID = "4jYFHg1B4dzK9Bh"
SHORT_ID = "7D06A2CC4D"
ARRIVAL = datetime(2026, 11, 23, 18, 45, 19, tzinfo=UTC)
STAMPED = datetime(2026, 11, 23, 18, 46, 0, tzinfo=UTC)

WITH_LONG_ID: dict[str, Any] = {
    "relay": "relay1",
    "queue_id": LONG_ID,
    "arrived_at": ARRIVAL,
    "occurred_at": STAMPED,
}
WITH_SHORT_ID: dict[str, Any] = WITH_LONG_ID | {"queue_id": SHORT_ID, "arrived_at": None}
WITHOUT_ID: dict[str, Any] = WITH_LONG_ID | {"queue_id": "", "arrived_at": None}


def line(text: str, program: str = "postfix/smtp", pid: int = 325) -> bytes:
    """A line of relay1 as syslog writes it."""
    return f"Nov 23 18:46:00 relay1 {program}[{pid}]: {text}\n".encode()


def parser(*inner_relays: str) -> PostfixParser:
    """A parser of a log whose clock is UTC."""
    return PostfixParser(SyslogClock(2026, UTC), frozenset(inner_relays))


def parse(text: str, program: str = "postfix/smtp", *inner_relays: str) -> list[DeliveryEvent]:
    """The events of one line, read alone."""
    return parser(*inner_relays).parse(line(text, program))
