"""uvicorn's HTTP protocol with what it lacks: deadlines to receive a request by, and a bound on an incomplete one."""

from asyncio import BaseTransport, TimerHandle
from http import HTTPStatus
from typing import Any

import orjson
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from graphql_api.errors import ErrorCode
from graphql_api.limits import Limits

# Method, version and line ends, which are neither URL nor headers.
_REST_OF_HEAD = 100


class BoundedProtocol(HttpToolsProtocol):
    """Refuses a request that does not come whole in time, or whose head does not end.

    The application answers whatever has a head: it measures URL and headers exactly, and has a deadline for the body
    that it reads. The deadline here, which is never the earlier one, is for a body that it does not want to read.
    """

    def __init__(self, *, limits: Limits, **options: Any) -> None:
        super().__init__(**options)
        self._limits = limits
        self._header_seconds = limits.header_timeout.total_seconds()
        self._body_seconds = (limits.header_timeout + limits.body_timeout).total_seconds()
        self._most_incomplete = limits.url_bytes + limits.header_bytes + _REST_OF_HEAD
        self._deadline: TimerHandle | None = None
        # Within how many seconds something is due, and whether that begins now. Most requests come whole: no timer.
        self._due: float | None = None
        self._is_due_anew = False
        # Bytes since the last part of a request that was complete: a head, a piece of a body.
        self._incomplete = 0

    def connection_made(self, transport: BaseTransport) -> None:
        """The first request is due."""
        super().connection_made(transport)  # type: ignore[arg-type]  # uvicorn narrows it.
        self._due = self._header_seconds
        self._set_deadline(self._due)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is due."""
        self._clear_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes of a request, its first ones perhaps."""
        self._is_due_anew = self._due is None
        if self._is_due_anew:
            self._due = self._header_seconds
        self._incomplete += len(data)
        super().data_received(data)
        if self._due is None:
            self._clear_deadline()
        elif self._is_due_anew:
            self._set_deadline(self._due)
        if self._incomplete > self._most_incomplete:
            self._refuse(
                HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
                f"The headers are too large: at most {self._limits.header_bytes} bytes.",
            )

    def on_headers_complete(self) -> None:
        """The body is due."""
        self._incomplete = 0
        self._due, self._is_due_anew = self._body_seconds, True
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A piece of it."""
        self._incomplete = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Nothing is due until the next request begins; uvicorn limits how long that may take."""
        self._incomplete = 0
        self._due = None
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """What is not HTTP is refused in JSON, too."""
        self._refuse(HTTPStatus.BAD_REQUEST, msg)

    def _set_deadline(self, seconds: float) -> None:
        self._clear_deadline()
        self._deadline = self.loop.call_later(seconds, self._expire)

    def _clear_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _expire(self) -> None:
        if self._incomplete:
            seconds = self._limits.header_timeout.total_seconds()
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, f"The headers came too slowly: at most {seconds:g} s.")
        else:
            self.transport.close()

    def _refuse(self, status: HTTPStatus, message: str) -> None:
        # Where an earlier request's answer is still to come, this one would be taken for it.
        if not self.transport.is_closing() and (self.cycle is None or self.cycle.response_complete):
            self.logger.info(message)
            errors = [{"message": message, "extensions": {"code": ErrorCode.BAD_REQUEST.value}}]
            body = orjson.dumps({"errors": errors})
            self.transport.write(
                STATUS_LINE[status]
                + b"content-type: application/json; charset=utf-8\r\n"
                + b"cache-control: private, no-store\r\n"
                + b"connection: close\r\n"
                + f"content-length: {len(body)}\r\n\r\n".encode()
                + body
            )
        self.transport.close()
