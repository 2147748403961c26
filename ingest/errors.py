"""What stops a reading, or spoils one line of it. The docstring is the message, `code` is stable."""


class IngestError(Exception):
    """The log cannot be read."""

    code = "INGEST_FAILED"

    def __str__(self) -> str:
        """What was given when raising, else the class's docstring."""
        return super().__str__() or (self.__class__.__doc__ or "")


class UnreadableFile(IngestError):
    """The file cannot be read."""

    code = "UNREADABLE_FILE"


class UnreadableLine(IngestError):
    """The line cannot be read."""

    code = "UNREADABLE_LINE"


class UndatedLog(IngestError):
    """The log's dates lack year and zone: pass --year (that of its first line) and --time-zone (its clock's)."""

    code = "UNDATED_LOG"
