"""One execution of a plan: what it is given, and what came of it so far."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

from graphql import GraphQLError, located_error
from graphql.execution.collect_fields import FieldDetails
from graphql.execution.values import VariableValues

from graphql_api.context import Context
from graphql_api.selection import Selection

Details: TypeAlias = list[FieldDetails]
"""The places in a document that ask for one field of the answer."""
Path: TypeAlias = list[str | int]


@dataclass(slots=True)
class Run:
    """`later` is what is still to be waited for: each puts a value where its field's place is kept."""

    context: Context
    values: VariableValues
    # Of who lets others be answered between its rows; None: it is done too soon for that.
    turn: asyncio.Lock | None
    errors: list[GraphQLError] = field(default_factory=list)
    later: list[Coroutine[Any, Any, None]] = field(default_factory=list)

    def failed(self, error: Exception, details: Details, path: Path) -> None:
        """A field that may be null is null, and this is why."""
        self.errors.append(located_error(error, [each.node for each in details], path))

    async def finish(self) -> None:
        """Wait for all there is to wait for, at once; raises whatever cannot be told at a field."""
        while self.later:
            waiting, self.later = self.later, []
            if len(waiting) == 1:
                await waiting[0]
                continue
            async with asyncio.TaskGroup() as tasks:
                for each in waiting:
                    tasks.create_task(each)


class PlannedInfo(NamedTuple):
    """What resolvers are handed in place of Strawberry's."""

    context: Context
    selected: Selection

    def selection(self, _type_name: str | None = None) -> Selection:
        """What is selected below the field."""
        return self.selected
