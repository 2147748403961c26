"""Introspection: the schema as far as permissions open it. Decides what is shown, never what is allowed."""

import asyncio
from collections.abc import AsyncIterator, Set
from itertools import chain, combinations
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    GraphQLUnionType,
    assert_valid_schema,
)
from graphql.execution import Executor as GraphQLExecutor
from graphql.execution.collect_fields import FieldDetailsList
from graphql.pyutils import AwaitableOrValue, Path

from auth.permissions import Permission
from graphql_api.limits import ROWS_IN_ONE_TURN
from graphql_api.permission import required_permissions

# What GraphQL keeps for introspection: __schema and __type, and all types below them.
_RESERVED = "__"

_PERMISSION_SETS = tuple(
    frozenset(held)
    for held in chain.from_iterable(combinations(Permission, size) for size in range(len(Permission) + 1))
)


def build_view(schema: GraphQLSchema, held: Set[Permission]) -> GraphQLSchema:
    """What of a schema a holder of these permissions can reach from its root types; to be shown, not executed.

    An object type is reached by a field or a union: an interface leads to none of its implementations. Raises TypeError
    when what is left is no valid schema, such as a type (other than a root) without a field.
    """
    copies = _Copies(held)
    view = GraphQLSchema(
        query=copies.root(schema.query_type),
        mutation=copies.root(schema.mutation_type),
        subscription=copies.root(schema.subscription_type),
        directives=schema.directives,
        description=schema.description,
    )
    assert_valid_schema(view)
    return view


class Views:
    """The views of one schema: one for each set of permissions, all made beforehand."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._views = {held: build_view(schema, held) for held in _PERMISSION_SETS}

    def of(self, held: frozenset[Permission]) -> GraphQLSchema:
        """The view of whoever holds exactly these."""
        return self._views[held]


class ViewingExecutor(GraphQLExecutor[None]):
    """Executes with the full schema, and introspects a view of it; `in_turns`, others are answered between rows."""

    def __init__(self, *arguments: Any, view: GraphQLSchema, in_turns: bool = False, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._view = view
        self._in_turns = in_turns
        self._turn = asyncio.Lock()

    def complete_list_value(
        self,
        return_type: GraphQLList[Any],
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        path: Path,
        result: Any,
        position_context: None,
    ) -> AwaitableOrValue[list[Any]]:
        """A long list becomes one that pauses, which graphql-core completes item by item."""
        if self._in_turns and isinstance(result, list) and len(result) > ROWS_IN_ONE_TURN:
            result = _pausing(result, self._turn)
        return super().complete_list_value(return_type, field_details_list, info, path, result, position_context)

    def build_resolve_info(self, *arguments: Any) -> GraphQLResolveInfo[Any]:
        """For introspection's own fields the schema is the view: possibleTypes too asks the schema, not its type."""
        info = super().build_resolve_info(*arguments)
        if info.field_name.startswith(_RESERVED) or info.parent_type.name.startswith(_RESERVED):
            return info._replace(schema=self._view)
        return info


async def _pausing(items: list[Any], turn: asyncio.Lock) -> AsyncIterator[Any]:
    for number, item in enumerate(items, 1):
        yield item
        if number % ROWS_IN_ONE_TURN == 0:
            # All lists of an operation wait in one row: others wait for the rows of one list, not for those of each.
            async with turn:
                await asyncio.sleep(0)


class _Copies:
    """Copies of output types with the open fields only; their thunks make a copy when it is reached, not before.

    Scalars, enums and input types have no fields that could be closed, and are shared with the full schema.
    """

    def __init__(self, held: Set[Permission]) -> None:
        self._held = held
        self._made: dict[str, Any] = {}

    def root(self, type_: GraphQLObjectType | None) -> Any:
        """A root type, or None when nothing of it is open."""
        return self._of(type_) if type_ and self._open_fields(type_) else None

    def _of(self, type_: Any) -> Any:
        if isinstance(type_, GraphQLNonNull | GraphQLList):
            return type(type_)(self._of(type_.of_type))
        if type_.name not in self._made:
            self._made[type_.name] = self._copy(type_)
        return self._made[type_.name]

    def _copy(self, type_: Any) -> Any:
        if isinstance(type_, GraphQLUnionType):
            return GraphQLUnionType(
                type_.name, lambda: [self._of(member) for member in type_.types], description=type_.description
            )
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            return type(type_)(
                type_.name,
                fields=lambda: {name: self._field(field) for name, field in self._open_fields(type_).items()},
                interfaces=lambda: [self._of(interface) for interface in type_.interfaces],
                description=type_.description,
                extensions=type_.extensions,
            )
        return type_

    def _open_fields(self, type_: GraphQLObjectType | GraphQLInterfaceType) -> dict[str, GraphQLField]:
        return {name: field for name, field in type_.fields.items() if required_permissions(field) <= self._held}

    def _field(self, field: GraphQLField) -> GraphQLField:
        return GraphQLField(
            self._of(field.type),
            field.args,
            description=field.description,
            deprecation_reason=field.deprecation_reason,
            extensions=field.extensions,
        )
