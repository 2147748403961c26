"""A host that publishes its keys: a real HTTP server on this machine, whose answer a test decides."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from tests.auth import jwks


class Host:
    """What it answers next, and how often it was asked."""

    def __init__(self) -> None:
        self.url = ""
        self.status = 200
        self.document = b""
        self.headers: dict[str, str] = {}
        self.asked = 0

    def publish(self, *keys: jwks.Jwk) -> None:
        """Publish the public halves of these keys from now on."""
        self.status, self.document = 200, jwks.document(*map(jwks.public, keys))


@contextmanager
def host() -> Iterator[Host]:
    """A host on a free port."""
    answers = Host()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answers.asked += 1
            self.send_response(answers.status)
            for name, value in answers.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answers.document)))
            self.end_headers()
            self.wfile.write(answers.document)

        def log_message(self, *_: object) -> None:
            """In silence."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        answers.url = f"http://127.0.0.1:{server.server_port}/jwks.json"
        yield answers
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
