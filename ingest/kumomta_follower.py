"""KumoMTA's lines as they come: the parser, and how far the segments were read. No I/O."""

from collections.abc import Sequence

from ingest.kumomta import KumoMtaParser
from ingest.kumomta_segments import Segments
from models.event import DeliveryEvent


class KumoMtaFollower:
    """An adapter that holds nothing between two lines; its state is that of its segments."""

    def __init__(self, segments: Segments) -> None:
        self._segments = segments
        self._parser = KumoMtaParser()

    def look_ahead(self, lines: Sequence[bytes]) -> None:
        """Nothing is to be learned."""

    def parse(self, line: bytes) -> Sequence[DeliveryEvent]:
        """The events of a line; raises UnreadableLine."""
        return self._parser.parse(line)

    def state(self) -> str:
        """How far each suffix was read."""
        return self._segments.state()
