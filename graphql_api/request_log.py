"""Around every request: an id, headers that keep answers private, one line in the log. Never tokens, addresses, variables."""

from dataclasses import dataclass
from time import perf_counter
from uuid import uuid4

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_log = structlog.get_logger()


@dataclass(slots=True)
class RequestRecord:
    """What the log will say of a request; the handlers fill it in."""

    request_id: str
    caller: str | None = None
    operation: str | None = None
    codes: tuple[str, ...] = ()
    status: int | None = None

    @property
    def outcome(self) -> str:
        """The codes of its errors, or ok."""
        return " ".join(sorted(set(self.codes))) or "ok"
