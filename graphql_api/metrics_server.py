"""Answers Prometheus at a port of its own, which is not meant for the internet: no token is asked for."""

import asyncio
import errno
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from threading import Thread
from wsgiref.simple_server import WSGIServer

import structlog
from prometheus_client import CollectorRegistry, start_http_server

_log = structlog.get_logger()


@asynccontextmanager
async def metrics_server(registry: CollectorRegistry, host: str, ports: Sequence[int]) -> AsyncIterator[None]:
    """Serve a registry at the first port that is free, in a thread; nothing without ports. Each worker takes one.

    Raises OSError when none is free.
    """
    if not ports:
        yield
        return
    server, thread = _start(registry, host, ports)
    _log.info("metrics", host=host, port=server.server_port)
    try:
        yield
    finally:
        await asyncio.to_thread(server.shutdown)
        server.server_close()
        thread.join()


def _start(registry: CollectorRegistry, host: str, ports: Sequence[int]) -> tuple[WSGIServer, Thread]:
    for port in ports:
        try:
            return start_http_server(port, host, registry)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
    _log.error("no metrics port is free: name one for each worker in SMTP_ACTIVITY_METRICS_PORTS", ports=list(ports))
    raise OSError(errno.EADDRINUSE, "no metrics port is free")
