"""Sockets of workers."""

import pickle
import socket

import pytest
import uvicorn

from cli.workers import CannotListen, _OwnSocket, run_workers


def test_an_address_that_others_listen_on_is_refused() -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        host, port = taken.getsockname()
        with pytest.raises(CannotListen, match=rf"at {host}, port {port}: Address already in use\."):
            run_workers(uvicorn.Config("nothing:app", host=host, port=port, workers=2))


def test_an_address_that_is_not_this_machines_is_refused() -> None:
    with pytest.raises(CannotListen, match=r"at 203\.0\.113\.9, port 8000: Cannot assign requested address\."):
        run_workers(uvicorn.Config("nothing:app", host="203.0.113.9", port=8000, workers=2))


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_each_worker_gets_a_socket_of_the_same_address(host: str) -> None:
    with pickle.loads(pickle.dumps(_OwnSocket((host, 0)))) as first:  # noqa: S301  # Ours.
        address = first.getsockname()[:2]
        first.listen()
        with pickle.loads(pickle.dumps(_OwnSocket(address))) as second:  # noqa: S301  # Ours.
            second.listen()
            assert second.getsockname()[:2] == address
