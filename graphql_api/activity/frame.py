"""What activities that are shown together have in common."""

from collections.abc import Callable, Mapping, Sequence
from zoneinfo import ZoneInfo

import msgspec

from database.cursor import Direction
from graphql_api.columns import Row
from graphql_api.instants import instants_in
from models.own_rules import OwnRules

Histories = Mapping[str, Sequence[Row]]
"""Events by their activity's id, each oldest first."""


class Frame(msgspec.Struct, frozen=True):
    """`histories` hold the latest events: of each activity at least as many as the selection asks for."""

    time_zone: ZoneInfo
    own_rules: OwnRules
    direction: Direction = Direction.DESC
    histories: Histories = msgspec.field(default_factory=dict)


def in_time_zone(frame: Frame) -> Callable[[Sequence[bytes]], Sequence[str]]:
    """How a column of instants is shown, given as they are sent."""
    return instants_in(frame.time_zone).texts
