"""Which column a field shows: declared at the field, so that a page reads what its selection needs and no more."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple, Protocol

import strawberry
from graphql import GraphQLField, GraphQLNamedType, get_named_type, is_object_type

# For internal use, says graphql-core; but only this follows fragments, @skip and @include just as execution will.
from graphql.execution.collect_fields import FieldDetails, FragmentDetails, collect_subfields
from graphql.execution.values import get_argument_values
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from graphql_api.context import Info

_COLUMNS = "columns"
_ROWS = "rows"
# The metadata of a field whose objects have rows of their own: what is selected below it is no column of its object.
OWN_ROWS = {_ROWS: True}


class Row(Protocol):
    """A row as the database room hands it over."""

    def __getitem__(self, column: str, /) -> Any:
        """The value of a column that was read."""


def column(name: str, *, description: str, show: Callable[[Any, Any], Any] | None = None) -> Any:
    """A field that shows a column of its object's `row`: as it is, or what `show` makes of the object and the value."""

    def resolve(root: Any) -> Any:
        value = root.row[name]
        return show(root, value) if show else value

    return strawberry.field(resolver=resolve, description=description, metadata=shows_columns(name))


def shows_columns(*names: str) -> dict[Any, Any]:
    """The metadata of a field that shows these columns by a resolver of its own."""
    return {_COLUMNS: names}


def in_time_zone(root: Any, stored: datetime) -> datetime:
    """What `column` may show of an instant: the same one in its object's `time_zone`."""
    return stored.astimezone(root.time_zone)


def columns_of(fields: Iterable[StrawberryField]) -> frozenset[str]:
    """The columns that these fields show."""
    return frozenset(name for field in fields for name in field.metadata.get(_COLUMNS, ()))


class Selection(NamedTuple):
    """A field that is selected, with its arguments, and the fields that are selected below it when it has own rows."""

    field: StrawberryField
    arguments: dict[str, Any]
    below: list[StrawberryField]


def selected_fields(info: Info, type_name: str | None = None) -> Iterator[StrawberryField]:
    """Every field selected below the one being resolved, whatever its type, but none below a field with own rows.

    A field may come more than once. Where the one being resolved gives an interface, `type_name` says what to look at.
    """
    return (field for field, _, _ in _walk(info, _below(info, type_name)))


def selections_with_own_rows(info: Info, type_name: str | None = None) -> Iterator[Selection]:
    """Those of the selected fields whose objects have rows of their own."""
    raw = info._raw_info
    for field, definition, details in _walk(info, _below(info, type_name)):
        if _ROWS in field.metadata:
            arguments = get_argument_values(definition, details[0].node, raw.variable_values)
            below = [each for each, _, _ in _walk(info, (get_named_type(definition.type), details))]
            yield Selection(field, arguments, below)


_Below = tuple[GraphQLNamedType, list[FieldDetails]]


def _below(info: Info, type_name: str | None) -> _Below:
    raw = info._raw_info
    type_ = raw.schema.type_map[type_name] if type_name else get_named_type(raw.return_type)
    return type_, [FieldDetails(node, None) for node in raw.field_nodes]


def _walk(info: Info, start: _Below) -> Iterator[tuple[StrawberryField, GraphQLField, list[FieldDetails]]]:
    # Strawberry's own `info.selected_fields` walks a fragment anew at every spread, which takes exponential time.
    raw = info._raw_info
    fragments = {name: FragmentDetails(definition) for name, definition in raw.fragments.items()}
    pending = [start]
    while pending:
        type_, nodes = pending.pop()
        if not is_object_type(type_):
            continue
        collected = collect_subfields(raw.schema, fragments, raw.variable_values, raw.operation, type_, nodes)
        for details in collected.grouped_field_set.values():
            definition = type_.fields.get(details[0].node.name.value)
            # None: __typename.
            if definition is not None:
                field: StrawberryField = definition.extensions[GraphQLCoreConverter.DEFINITION_BACKREF]
                yield field, definition, details
                if _ROWS not in field.metadata:
                    pending.append((get_named_type(definition.type), details))
