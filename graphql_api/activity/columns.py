"""Which column a field shows: declared at the field, so that a page reads what its selection needs and no more."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

import strawberry
from graphql import get_named_type, is_object_type

# For internal use, says graphql-core; but only this follows fragments, @skip and @include just as execution will.
from graphql.execution.collect_fields import FieldDetails, FragmentDetails, collect_subfields
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from graphql_api.context import Info

_COLUMN = "column"


class Row(Protocol):
    """A row as the database room hands it over."""

    def __getitem__(self, column: str, /) -> Any:
        """The value of a column that was read."""


def column(name: str, *, description: str, show: Callable[[Any, Any], Any] | None = None) -> Any:
    """A field that shows a column of its object's `row`: as it is, or what `show` makes of the object and the value."""

    def resolve(root: Any) -> Any:
        value = root.row[name]
        return show(root, value) if show else value

    return strawberry.field(resolver=resolve, description=description, metadata=shows_column(name))


def shows_column(name: str) -> dict[Any, Any]:
    """The metadata of a field that shows this column by a resolver of its own."""
    return {_COLUMN: name}


def columns_of(fields: Iterable[StrawberryField]) -> frozenset[str]:
    """The columns that these fields show."""
    return frozenset(field.metadata[_COLUMN] for field in fields if _COLUMN in field.metadata)


def selected_fields(info: Info) -> Iterator[StrawberryField]:
    """Every field selected below the one being resolved, whatever its type; a field may come more than once."""
    # Strawberry's own `info.selected_fields` walks a fragment anew at every spread, which takes exponential time.
    raw = info._raw_info
    fragments = {name: FragmentDetails(definition) for name, definition in raw.fragments.items()}
    pending = [(get_named_type(raw.return_type), [FieldDetails(node, None) for node in raw.field_nodes])]
    while pending:
        type_, nodes = pending.pop()
        if not is_object_type(type_):
            continue
        collected = collect_subfields(raw.schema, fragments, raw.variable_values, raw.operation, type_, nodes)
        for details in collected.grouped_field_set.values():
            field = type_.fields.get(details[0].node.name.value)
            # None: __typename.
            if field is not None:
                yield field.extensions[GraphQLCoreConverter.DEFINITION_BACKREF]
                pending.append((get_named_type(field.type), details))
