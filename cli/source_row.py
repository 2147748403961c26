"""A source of ingest as `ingest status` shows it."""

from datetime import datetime
from pathlib import Path

from cli.postfix_sources import this_host
from database.source_progress import SourceStatus
from ingest.errors import UnreadableFile
from ingest.log_tail import Place, bytes_behind
from models.clock import utc_now

SOURCE_COLUMNS = ("source", "bytes read", "bytes behind", "newest event", "last read", "lines a minute")


def source_row(source: SourceStatus) -> tuple[str, ...]:
    """Of a log that is not here, or not to be read by who asks, nobody can say what is behind."""
    try:
        path = Path(source.name.removeprefix(f"{this_host()}:"))
        behind = bytes_behind(path, Place(source.fingerprint, source.position))
    except UnreadableFile:
        behind = None
    return (
        source.name,
        str(source.position),
        "-" if behind is None else str(behind),
        _instant(source.recorded_up_to),
        _instant(source.updated_at),
        f"{source.lines_a_minute(utc_now()):.1f}",
    )


def _instant(instant: datetime | None) -> str:
    return "-" if instant is None else instant.isoformat(timespec="seconds")
