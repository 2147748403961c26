"""What all readers of Postfix's lines share: whose line it is, what its events have in common, how addresses look."""

import re
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple, TypedDict

import msgspec

from ingest.syslog import SyslogClock, SyslogLine
from models.queue_id import arrival_of

# An address between angle brackets. A quoted local part may hold brackets, commas and whole lines of log.
ADDRESS = r'(?:"(?:[^"\\]|\\.)*"[^<>]*|[^<>]*)'

_CLIENT_ADDRESS = re.compile(r"\[(?:IPv6:)?([^\]]+)\]").search
# The beginning of an answer: `550 5.1.1 …`, `550-5.7.26 …`, `5.7.1 …`, `421 …`.
_CODES = re.compile(r"(?:([245]\d\d)[ -])?(?:([245]\.\d{1,3}\.\d{1,3})(?!\.?\d))?", re.ASCII).match


class Program(NamedTuple):
    """`postfix-10.0.0.1/submission/smtpd`: instance `postfix-10.0.0.1`, service `submission`, daemon `smtpd`.

    The default instance is "". A daemon without a service of its own is its own service.
    """

    instance: str
    service: str
    daemon: str


class Common(TypedDict):
    """What every event says."""

    relay: str
    instance: str
    queue_id: str
    arrived_at: datetime | None
    occurred_at: datetime


class Speaker(NamedTuple):
    """Who wrote a line: a host, and a process of it (`postfix/smtpd[32721]`) that runs a daemon of Postfix."""

    relay: str
    program: Program
    process: str


class PostfixLine(msgspec.Struct, frozen=True, gc=False):
    """A line of a Postfix program. Its date is placed only when an event asks for it: other lines need none."""

    relay: str
    program: Program
    process: str
    text: str
    stamp: str
    clock: SyslogClock

    def common(self, queue_id: str) -> Common:
        """What every event of this line says; raises UndatedLog."""
        arrived_at, occurred_at = self.times(queue_id)
        return {
            "relay": self.relay,
            "instance": self.program.instance,
            "queue_id": queue_id,
            "arrived_at": arrived_at,
            "occurred_at": occurred_at,
        }

    def times(self, queue_id: str) -> tuple[datetime | None, datetime]:
        """When the message arrived, where its queue id tells it, and when the line was written; raises UndatedLog.

        For the most frequent events, which name what is common themselves: a dictionary takes as long as all else.
        """
        arrived_at = arrival_of(queue_id)
        return arrived_at, self.clock.place(self.stamp, arrived_at)

    def times_at_arrival(self, queue_id: str) -> tuple[datetime | None, datetime]:
        """The same of a line that is written as soon as its message has its queue id."""
        self.clock.hold_to(arrival_of(queue_id), self.stamp)
        return self.times(queue_id)


class Codes(NamedTuple):
    """The codes at the beginning of an answer."""

    smtp_code: int | None
    enhanced_code: str | None


def read_speaker(line: SyslogLine) -> Speaker | None:
    """Who wrote a line; None when it is not a daemon of Postfix."""
    program = read_program(line.program)
    return Speaker(line.host, program, f"{line.program}[{line.pid}]") if program is not None else None


@lru_cache(maxsize=1024)
def read_program(name: str) -> Program | None:
    """Whose line it is, by the name before the pid; None when it is not a daemon of Postfix."""
    instance, *services = name.split("/")
    if not services or not (instance == "postfix" or instance.startswith("postfix-")):
        return None
    *service, daemon = services
    return Program("" if instance == "postfix" else instance, "/".join(service) or daemon, daemon)


def read_client_address(client: str) -> str | None:
    """The address of `host.example[192.0.2.1]` or `[2001:db8::1]:25`."""
    match = _CLIENT_ADDRESS(client)
    return match[1] if match is not None else None


def read_codes(answer: str) -> Codes:
    """The reply code (RFC 5321) and the enhanced code (RFC 3463) that an answer begins with."""
    match = _CODES(answer)
    smtp_code, enhanced_code = match.groups() if match is not None else (None, None)
    return Codes(int(smtp_code) if smtp_code else None, enhanced_code)
