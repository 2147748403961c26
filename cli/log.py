"""How a running service writes its log: JSON lines, or colours on a terminal; stack traces without messages."""

import logging
import sys
from collections.abc import MutableMapping
from datetime import UTC, datetime
from io import FileIO
from typing import Any

import orjson
import structlog

from graphql_api.stack import stack_of

EventDict = MutableMapping[str, Any]


def configure_log() -> None:
    """Send everything that is logged, uvicorn's lines included, to standard error in one format."""
    is_terminal = sys.stderr.isatty()
    render = structlog.dev.ConsoleRenderer() if is_terminal else structlog.processors.JSONRenderer()
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        # Each request is a line: not by way of the standard library's logging, which takes ten times as long.
        processors=[*shared, render] if is_terminal else [_json_line],
        logger_factory=structlog.WriteLoggerFactory(sys.stderr)
        if is_terminal
        # One write a line; a buffer that is flushed each time asks the system for its place as well.
        else structlog.BytesLoggerFactory(FileIO(sys.stderr.fileno(), "w", closefd=False)),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, _without_messages],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                render,
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)


def _json_line(_logger: Any, level: str, event: EventDict) -> bytes:
    """What `shared` and the renderer do, in one step."""
    event["level"], event["timestamp"] = level, datetime.now(UTC)
    return orjson.dumps(event, default=str, option=orjson.OPT_UTC_Z)


def _without_messages(_logger: Any, _method: str, event: EventDict) -> EventDict:
    # An exception's message can repeat what must not be logged: addresses, tokens, a password in a URL.
    exc_info = event.pop("exc_info", None)
    if exc_info:
        event["stack"] = stack_of(exc_info[1])
    return event
