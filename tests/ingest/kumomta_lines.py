"""Lines of KumoMTA's log for the tests: the samples, and variations of one."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

SAMPLES = (Path(__file__).parent / "kumomta/samples.jsonl").read_bytes().splitlines(keepends=True)
NODE = "557f3ad4-2c8c-11ee-976e-782d7e12e173"
BEGINNING = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)


def samples(kind: str) -> list[bytes]:
    return [line for line in SAMPLES if json.loads(line)["type"] == kind]


def like(kind: str, without: str = "", **fields: Any) -> bytes:
    """The first sample of that type, with other values."""
    record: dict[str, Any] = json.loads(samples(kind)[0]) | fields
    return json.dumps({name: value for name, value in record.items() if name != without}).encode() + b"\n"
