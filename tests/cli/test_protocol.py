"""What leaves the service's connections, byte by byte: nothing of an answer before its body, and all of it then."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from cli.protocol import BoundedProtocol
from graphql_api.limits import Limits

_WITHIN = 5
# Long enough for what is sent at once to come.
_MOMENT = 0.2

Answer = Callable[[Scope, Receive, Send], Awaitable[None]]


@asynccontextmanager
async def connected(app: ASGIApp) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection to a server of this application."""
    http: Any = partial(BoundedProtocol, limits=Limits())
    config = uvicorn.Config(app, port=0, http=http, lifespan="off", log_config=None, ws="none")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  # It says so in no other way.
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()
        server.should_exit = True
        await serving


def request(method: str, path: str = "/", *headers: str) -> bytes:
    """Its head."""
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: x", *headers, "", ""]).encode()


async def test_a_head_waits_for_its_body() -> None:
    begins = asyncio.Event()

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await begins.wait()
        await send({"type": "http.response.body", "body": b"one", "more_body": True})
        await send({"type": "http.response.body", "body": b"two"})

    async with connected(app) as (reader, writer):
        writer.write(request("GET"))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.readexactly(1), _MOMENT)
        begins.set()
        assert await asyncio.wait_for(reader.readline(), _WITHIN) == b"HTTP/1.1 200 OK\r\n"
        await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _WITHIN)
        assert await asyncio.wait_for(reader.readexactly(21), _WITHIN) == b"3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"


async def test_an_answer_to_head_has_no_body_to_wait_for() -> None:
    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async with connected(app) as (reader, writer):
        for method in ("HEAD", "GET"):
            writer.write(request(method))
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _WITHIN)
            assert head.startswith(b"HTTP/1.1 204 ")


async def test_pipelined_requests_are_answered_each_whole_and_in_their_order() -> None:
    async def app(scope: Scope, _receive: Receive, send: Send) -> None:
        body = scope["path"].encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await asyncio.sleep(0)
        await send({"type": "http.response.body", "body": body})

    async with connected(app) as (reader, writer):
        writer.write(request("GET", "/a") + request("HEAD", "/b") + request("GET", "/c"))
        for path in (b"/a", b"", b"/c"):
            await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _WITHIN)
            assert await asyncio.wait_for(reader.readexactly(len(path)), _WITHIN) == path


async def test_who_asks_whether_to_go_on_is_told_at_once() -> None:
    async def app(_scope: Scope, receive: Receive, send: Send) -> None:
        message = await receive()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
        await send({"type": "http.response.body", "body": message["body"]})

    async with connected(app) as (reader, writer):
        writer.write(request("POST", "/", "Content-Length: 4", "Expect: 100-continue"))
        said = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _WITHIN)
        assert said == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"mail")
        await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _WITHIN)
        assert await asyncio.wait_for(reader.readexactly(4), _WITHIN) == b"mail"


async def test_an_application_that_fails_after_its_head_ends_the_connection() -> None:
    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
        raise ValueError("Of a test.")

    async with connected(app) as (reader, writer):
        writer.write(request("GET"))
        assert await asyncio.wait_for(reader.read(), _WITHIN) == b""
