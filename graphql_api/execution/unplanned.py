"""When a plan gives way to the ordinary executor."""

from typing import Any

from graphql_api.execution.run import Details

_TYPE_NAME = "__typename"


class NotPlanned(Exception):
    """A plan cannot express this; the ordinary executor can."""


def type_name(type_: Any, details: Details) -> str:
    """What `__typename` says; raises NotPlanned for introspection."""
    if details[0].node.name.value != _TYPE_NAME:
        raise NotPlanned
    name: str = type_.name
    return name
