"""What is selected below a field that is being resolved, as far as it decides what is read."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from graphql import (
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    OperationDefinitionNode,
    get_named_type,
    is_object_type,
)

# For internal use, says graphql-core; but only this follows fragments, @skip and @include just as execution will.
from graphql.execution.collect_fields import FieldDetails, FragmentDetails, collect_subfields
from graphql.execution.values import VariableValues, get_argument_values
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from graphql_api.columns import OwnRows, shown

# Selections are few, and a plan's own are the same at every request.
_KEPT = 500


class Asked(NamedTuple):
    """A field with rows of its own: its arguments, and the columns that are shown of them."""

    arguments: Mapping[str, Any]
    columns: frozenset[str]


class Selection(NamedTuple):
    """The fields, each by its type and its name in Python; the columns that they show; and those with own rows."""

    fields: frozenset[tuple[object, str]]
    columns: frozenset[str]
    own_rows: tuple[Asked, ...]

    def among(self, type_: type) -> frozenset[str]:
        """Which fields of a type are selected."""
        return _among(self.fields, type_)


@lru_cache(_KEPT)
def _among(fields: frozenset[tuple[object, str]], type_: type) -> frozenset[str]:
    return frozenset(name for origin, name in fields if origin is type_)


class Selected(NamedTuple):
    """A field somewhere below, as it is declared, as the schema has it, and as the document asks for it."""

    field: StrawberryField
    definition: GraphQLField
    details: list[FieldDetails]


class Collecting(NamedTuple):
    """What execution collects fields by."""

    schema: GraphQLSchema
    fragments: dict[str, FragmentDetails]
    values: VariableValues
    operation: OperationDefinitionNode

    def below(self, type_: GraphQLNamedType, details: list[FieldDetails]) -> dict[str, list[FieldDetails]]:
        """The fields below a field, by response name; none below a leaf."""
        if not is_object_type(type_):
            return {}
        schema, fragments, values, operation = self
        return collect_subfields(schema, fragments, values, operation, type_, details).grouped_field_set

    def selection(self, type_: GraphQLNamedType, details: list[FieldDetails]) -> Selection:
        """Whatever is selected below a field."""
        selected = list(self.walk(type_, details))
        asked = (
            Asked(get_argument_values(each.definition, each.details[0].node, self.values), columns)
            for each, columns in self.own_rows(selected)
        )
        return Selection(fields_of(selected), columns_of(selected), tuple(asked))

    def own_rows(self, selected: Iterable[Selected]) -> Iterator[tuple[Selected, frozenset[str]]]:
        """Those of these fields that have rows of their own, with the columns that are shown of them."""
        for each in selected:
            if isinstance(shown(each.field), OwnRows):
                yield each, columns_of(self.walk(get_named_type(each.definition.type), each.details))

    def walk(self, type_: GraphQLNamedType, details: list[FieldDetails]) -> Iterator[Selected]:
        """Every field selected below one, whatever its type, but none below a field with own rows. May repeat one."""
        # Strawberry's own `info.selected_fields` walks a fragment anew at every spread, which takes exponential time.
        pending = [(type_, details)]
        while pending:
            parent, nodes = pending.pop()
            for each in self.below(parent, nodes).values():
                definition = definition_of(parent, each)
                # None: what every type has.
                if definition is not None:
                    field = declared(definition)
                    yield Selected(field, definition, each)
                    if not isinstance(shown(field), OwnRows):
                        pending.append((get_named_type(definition.type), each))


def definition_of(parent: Any, details: list[FieldDetails]) -> GraphQLField | None:
    """A selected field as its type has it; None for `__typename` and, on the root, `__schema` and `__type`."""
    definition: GraphQLField | None = parent.fields.get(details[0].node.name.value)
    return definition


def declared(definition: GraphQLField) -> StrawberryField:
    """A field of the schema as it was declared."""
    field: StrawberryField = definition.extensions[GraphQLCoreConverter.DEFINITION_BACKREF]
    return field


def fields_of(selected: Iterable[Selected]) -> frozenset[tuple[object, str]]:
    """These fields, each by its type and its name in Python."""
    return frozenset((field.origin, field.python_name) for field, _, _ in selected)


def columns_of(selected: Iterable[Selected]) -> frozenset[str]:
    """The columns that these fields show."""
    return frozenset(name for field, _, _ in selected if (how := shown(field)) for name in how.columns)
