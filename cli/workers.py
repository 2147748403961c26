"""Several workers of one service, each with a socket of its own for the same port.

Of a socket that they share, one takes whatever comes while the others sleep: of 64 connections that come at once, all.
The kernel deals connections out to sockets of one port evenly (SO_REUSEPORT, socket(7)).
"""

import socket
from collections.abc import Callable

import structlog
import uvicorn
from uvicorn.supervisors import Multiprocess

_log = structlog.get_logger()

_Address = tuple[str, int]


class CannotListen(Exception):
    """Nobody can listen at the address."""


class _OwnSocket:
    """Becomes a socket where it is handed to: in the worker."""

    def __init__(self, address: _Address) -> None:
        self._address = address

    def __reduce__(self) -> tuple[Callable[[_Address], socket.socket], tuple[_Address]]:
        return _bound, (self._address,)


def run_workers(config: uvicorn.Config) -> None:
    """Serve until they are told to stop; raises CannotListen."""
    # One that is in use by others could be shared with them unnoticed.
    _bound((config.host, config.port), shared=False).close()
    # It listens to nothing: it keeps the port, and knows it where any free one was asked for.
    with _bound((config.host, config.port)) as kept:
        host, port = kept.getsockname()[:2]
        _log.info(f"Uvicorn running on http://{f'[{host}]' if ':' in host else host}:{port} (Press CTRL+C to quit)")
        Multiprocess(config, sockets=[_OwnSocket((host, port))]).run()  # type: ignore[list-item]  # One, when it comes.


def _bound(address: _Address, *, shared: bool = True) -> socket.socket:
    bound = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        bound.bind(address)
    except OSError as error:
        bound.close()
        raise CannotListen(f"Nobody can listen at {address[0]}, port {address[1]}: {error.strerror}.") from error
    return bound
