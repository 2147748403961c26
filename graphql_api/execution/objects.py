"""Objects of attributes and methods, completed as graphql-core would; their lists of rows are `rows`' to write."""

import asyncio
from collections.abc import Callable, Sequence
from inspect import iscoroutinefunction
from operator import attrgetter
from typing import Any, TypeAlias

from graphql import GraphQLField, get_named_type, is_leaf_type, is_list_type, is_non_null_type, is_object_type
from strawberry.types.fields.resolver import StrawberryResolver

from graphql_api.columns import Column, ItsRows, Row, shown
from graphql_api.execution.rows import RowsPlan, WriteRows, plan_rows
from graphql_api.execution.run import Details, Path, PlannedInfo, Run
from graphql_api.execution.unplanned import NotPlanned, type_name
from graphql_api.execution.values import Arguments
from graphql_api.limits import ROWS_IN_ONE_TURN
from graphql_api.permission import require, required_permissions
from graphql_api.selection import Asked, Collecting, Selection, columns_of, declared, definition_of, fields_of

# Puts a field of a value into the object that is being written.
_Write: TypeAlias = Callable[[Any, dict[str, Any], Run], None]
# Makes a value what stands in the answer.
_Complete: TypeAlias = Callable[[Any, Run], Any]


class Objects:
    """Plans what is selected of objects."""

    def __init__(self, collecting: Collecting) -> None:
        self._collecting = collecting

    def fields(self, type_: Any, below: dict[str, Details], path: Path) -> list[_Write]:
        """What writes these fields of an object; raises NotPlanned."""
        return [self._field(type_, key, details, [*path, key]) for key, details in below.items()]

    def _field(self, type_: Any, key: str, details: Details, path: Path) -> _Write:
        definition = definition_of(type_, details)
        if definition is None:
            return _constant(key, type_name(type_, details))
        declaration = declared(definition)
        how = shown(declaration)
        if isinstance(how, ItsRows):
            return _its_rows(key, how, plan_rows(self._collecting, get_named_type(definition.type), details))
        complete = self._complete(definition.type, details, path)
        if declaration.is_basic_field:
            return _attribute(key, attrgetter(declaration.python_name), complete)
        return self._method(key, definition, details, path, complete)

    def _complete(self, type_: Any, details: Details, path: Path) -> _Complete:
        if is_non_null_type(type_):
            return _not_null(self._complete(type_.of_type, details, path))
        if is_list_type(type_):
            return _list(self._complete(type_.of_type, details, path))
        if is_leaf_type(type_):
            return _leaf(type_.serialize)
        if not is_object_type(type_):
            raise NotPlanned
        if _is_shown_from_row(type_):
            return _row(plan_rows(self._collecting, type_, details))
        return _object(self.fields(type_, self._collecting.below(type_, details), path))

    def _method(self, key: str, definition: GraphQLField, details: Details, path: Path, complete: _Complete) -> _Write:
        """A field with a resolver; what a resolver raises is told at its field, where that may be null."""
        call = self._resolver(definition, details)
        may_be_null = not is_non_null_type(definition.type)

        def fail(error: Exception, run: Run) -> None:
            if not may_be_null or isinstance(error, NotPlanned):
                raise error
            run.failed(error, details, path)

        async def write_later(value: Any, into: dict[str, Any], run: Run) -> None:
            try:
                found = await call(value, run)
            except Exception as error:
                fail(error, run)
            else:
                into[key] = complete(found, run)

        def write_now(value: Any, into: dict[str, Any], run: Run) -> None:
            into[key] = None
            try:
                found = call(value, run)
            except Exception as error:
                fail(error, run)
            else:
                into[key] = complete(found, run)

        def keep_a_place(value: Any, into: dict[str, Any], run: Run) -> None:
            into[key] = None
            run.later.append(write_later(value, into, run))

        return keep_a_place if iscoroutinefunction(_function(_resolver_of(definition))) else write_now

    def _resolver(self, definition: GraphQLField, details: Details) -> Callable[[Any, Run], Any]:
        """Calls what resolves a field, permissions first."""
        permissions, resolver = required_permissions(definition), _resolver_of(definition)
        arguments = Arguments(self._collecting.schema, definition, details[0].node)
        takes_info, takes_self = resolver.info_parameter is not None, resolver.self_parameter is not None
        selection, function = self._selection(definition, details), _function(resolver)

        def call(value: Any, run: Run) -> Any:
            for permission in permissions:
                require(permission, run.context.viewer)
            given = arguments.values(run.values)
            if takes_info:
                given = {**given, "info": PlannedInfo(run.context, selection(run))}
            return function(value, **given) if takes_self else function(**given)

        return call

    def _selection(self, definition: GraphQLField, details: Details) -> Callable[[Run], Selection]:
        """What the resolver is told of the selection: only the arguments of fields with own rows differ each time."""
        selected = list(self._collecting.walk(get_named_type(definition.type), details))
        fixed = Selection(fields_of(selected), columns_of(selected), ())
        own_rows = [
            (Arguments(self._collecting.schema, each.definition, each.details[0].node), columns)
            for each, columns in self._collecting.own_rows(selected)
        ]

        def with_own_rows(run: Run) -> Selection:
            asked = (Asked(arguments.values(run.values), columns) for arguments, columns in own_rows)
            return fixed._replace(own_rows=tuple(asked))

        return with_own_rows if own_rows else lambda _: fixed


def _resolver_of(definition: GraphQLField) -> StrawberryResolver[Any]:
    declaration = declared(definition)
    # Whatever extends a field but permissions is not known here.
    if declaration.base_resolver is None or len(declaration.extensions) != len(required_permissions(definition)):
        raise NotPlanned
    return declaration.base_resolver


def _function(resolver: StrawberryResolver[Any]) -> Callable[..., Any]:
    function: Callable[..., Any] = resolver.wrapped_func  # type: ignore[assignment]  # No class method is a resolver here.
    return function


def _is_shown_from_row(type_: Any) -> bool:
    return any(isinstance(shown(declared(definition)), Column) for definition in type_.fields.values())


def _constant(key: str, constant: str) -> _Write:
    def write(_value: Any, into: dict[str, Any], _run: Run) -> None:
        into[key] = constant

    return write


def _attribute(key: str, attribute: Callable[[Any], Any], complete: _Complete) -> _Write:
    def write(value: Any, into: dict[str, Any], run: Run) -> None:
        into[key] = complete(attribute(value), run)

    return write


def _its_rows(key: str, how: ItsRows, plan: RowsPlan) -> _Write:
    def write(value: Any, into: dict[str, Any], run: Run) -> None:
        write_rows, rows = plan.bind(value.frame, run.values), how.rows(value)
        if run.turn and len(rows) > ROWS_IN_ONE_TURN:
            written: list[Any] = []
            into[key] = written
            run.later.append(_in_turns(write_rows, rows, written, run.turn))
        else:
            into[key] = write_rows(rows)

    return write


async def _in_turns(write: WriteRows, rows: Sequence[Row], written: list[Any], turn: asyncio.Lock) -> None:
    """A long list is one that pauses, as in the ordinary executor: others are answered between its rows."""
    for start in range(0, len(rows), ROWS_IN_ONE_TURN):
        written += write(rows[start : start + ROWS_IN_ONE_TURN])
        async with turn:
            await asyncio.sleep(0)


def _leaf(serialize: Callable[[Any], Any]) -> _Complete:
    return lambda value, _run: None if value is None else serialize(value)


def _row(plan: RowsPlan) -> _Complete:
    return lambda value, run: None if value is None else plan.bind(value.frame, run.values)([value.row])[0]


def _list(complete: _Complete) -> _Complete:
    return lambda value, run: None if value is None else [complete(item, run) for item in value]


def _not_null(complete: _Complete) -> _Complete:
    def complete_or_raise(value: Any, run: Run) -> Any:
        if value is None:
            raise NotPlanned
        return complete(value, run)

    return complete_or_raise


def _object(writes: list[_Write]) -> _Complete:
    def complete(value: Any, run: Run) -> dict[str, Any] | None:
        if value is None:
            return None
        written: dict[str, Any] = {}
        for write in writes:
            write(value, written, run)
        return written

    return complete
