"""The audit log: one line a request, who read or recorded what of whom; no recipient, subject, variable or token."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from io import FileIO
from pathlib import Path
from typing import Any, Protocol

import orjson
import structlog

from database.installation import read_sub_key
from database.pool import Pools
from graphql_api.audit_target import AuditTarget
from graphql_api.fingerprint import document_hash, filters_hash
from graphql_api.request_log import RequestRecord


class _Log(Protocol):
    def info(self, event: str, **values: Any) -> Any: ...


@dataclass(frozen=True, slots=True)
class AuditLog:
    """Writes lines; `key` is that of the filters' hashes."""

    log: _Log
    key: bytes

    def write(self, record: RequestRecord, seconds: float) -> None:
        """The line of one request; raises OSError when a file cannot be written."""
        audit, viewer = record.audit, record.audit.viewer
        document, operation = audit.document, audit.operation
        self.log.info(
            "audit",
            request_id=record.request_id,
            client=str(record.client) if record.client else None,
            subject=viewer and viewer.subject,
            actor=viewer and viewer.actor,
            role=viewer and viewer.role.value,
            account=viewer and viewer.account and viewer.account.external_id,
            operation=operation.name.value if operation and operation.name else None,
            document=document and document_hash(document),
            filters=filters_hash(self.key, document, operation, audit.variables) if document and operation else None,
            rows=audit.rows,
            recorded=audit.recorded,
            issued=[str(token) for token in audit.issued],
            revoked=[str(token) for token in audit.revoked],
            cost=audit.cost,
            milliseconds=round(seconds * 1000, 1),
            outcome=" ".join(sorted(set(record.codes))) or "ok",
        )


@asynccontextmanager
async def open_audit_log(target: AuditTarget, pools: Pools) -> AsyncIterator[AuditLog | None]:
    """The log at its target; None where it is off. Raises OSError for a file that cannot be appended to."""
    if target == "off":
        yield None
        return
    key = await read_sub_key(pools, "audit log")
    if target == "stderr":
        yield AuditLog(structlog.get_logger(), key)
    else:
        with open_to_append(target) as file:
            yield AuditLog(_lines(file), key)


def open_to_append(path: Path) -> FileIO:
    """The file, for its owner alone; unbuffered, so that each line of several workers is one write at its end."""
    return open(path, "ab", buffering=0, opener=partial(os.open, mode=0o600))


def _lines(file: FileIO) -> _Log:
    processors: list[structlog.typing.Processor] = [
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.JSONRenderer(serializer=orjson.dumps),
    ]
    log: _Log = structlog.wrap_logger(structlog.BytesLogger(file), processors, structlog.BoundLogger)
    return log
