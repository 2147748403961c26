"""What the service's log looks like, from a process of its own: configuring it changes the process it is in."""

import json
import os
import pty
import subprocess
import sys

# A line of ours, a line of a library, and an exception whose message repeats an address.
LOGS = """
import logging
import structlog
from cli.log import configure_log
configure_log()
structlog.get_logger().info("request", outcome="ok")
structlog.get_logger().debug("not told")
logging.getLogger("uvicorn.error").info("Started %s", "it")
logging.getLogger("asyncpg").debug("not told")
address = "amelie@example.com"
try:
    raise KeyError(address)
except KeyError:
    logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
"""


def test_lines_are_json_and_traces_have_no_messages() -> None:
    ran = subprocess.run([sys.executable, "-c", LOGS], capture_output=True, check=True, text=True)  # noqa: S603 - no input
    ours, library, exception = [json.loads(line) for line in ran.stderr.splitlines()]
    assert ran.stdout == ""
    assert ours.pop("timestamp").endswith("Z")
    assert ours == {"event": "request", "outcome": "ok", "level": "info"}
    assert (library["event"], library["level"]) == ("Started it", "info")
    assert (exception["event"], exception["level"]) == ("Exception in ASGI application", "error")
    assert exception["stack"].endswith("builtins.KeyError\n")
    assert "amelie" not in ran.stderr


def test_on_a_terminal_lines_are_for_people() -> None:
    controller, terminal = pty.openpty()
    subprocess.run([sys.executable, "-c", LOGS], stderr=terminal, check=True)  # noqa: S603 - no input
    os.close(terminal)
    written = os.read(controller, 65_536).decode()
    os.close(controller)
    assert "Started it" in written
    assert "{" not in written
    assert "amelie" not in written
