"""Objects that are shown from rows: one generated expression for all that is selected of them.

The source holds names that are counted here and nothing else: what objects are called by, columns and the like are
constants beside it.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeAlias

import msgspec
from graphql import GraphQLField, get_named_type
from graphql.execution.values import VariableValues

from graphql_api.columns import Column, OwnRows, Row, SameRow, Words, shown
from graphql_api.execution.run import Details
from graphql_api.execution.unplanned import NotPlanned, type_name
from graphql_api.execution.values import Arguments
from graphql_api.permission import required_permissions
from graphql_api.selection import Collecting, declared, definition_of

_BY_COLUMN = "by_column"
# Made once the frame and the variables are known, and called once a row.
_Show: TypeAlias = Callable[[Any], Callable[[Any], Any]]
_Bind: TypeAlias = Callable[[Any, VariableValues], Callable[[Any], Any]]
WriteRows: TypeAlias = Callable[[Sequence[Row]], list[Any]]


class _List(NamedTuple):
    """A list of objects in the source: its number, and what each object is written with, by name.

    `each` are expressions of lists, which run beside each other; `is_all`, whether all of the rows are written.
    """

    number: int
    each: dict[str, str]
    is_all: bool

    @property
    def row(self) -> str:
        """The name of the row that is being written."""
        return f"row_{self.number}"

    def column(self, constant: str) -> str:
        """The expression of a column's values."""
        return f"columns_{self.number}[{constant}]"


class RowsPlan(NamedTuple):
    """Makes what writes rows of one selection, for one request."""

    make: Callable[..., WriteRows]
    binds: Sequence[_Bind]

    def bind(self, frame: Any, values: VariableValues) -> WriteRows:
        """Rows in, objects ready for JSON out; raises NotPlanned."""
        return self.make(*(bind(frame, values) for bind in self.binds))


def plan_rows(collecting: Collecting, type_: Any, details: Details) -> RowsPlan:
    """The plan of a selection below a type that is shown from rows; raises NotPlanned."""
    source = _Source(collecting)
    expression = source.list_of(type_, details, "rows")
    parameters = ", ".join(f"bound_{number}" for number in range(len(source.binds)))
    text = f"lambda {parameters}: lambda rows: {expression}"
    names = source.constants | {_BY_COLUMN: _by_column}
    return RowsPlan(eval(compile(text, __name__, "eval"), names), source.binds)  # noqa: S307  # See above.


class _Source:
    """Writes the expression, and keeps what its names stand for."""

    def __init__(self, collecting: Collecting) -> None:
        self._collecting = collecting
        self.constants: dict[str, Any] = {}
        self.binds: list[_Bind] = []
        self._texts: dict[str, str] = {}
        self._lists = 0

    def list_of(self, type_: Any, details: Details, rows: str) -> str:
        """A list of objects, one from each row of an expression's."""
        number = self._lists
        self._lists += 1
        written_with = _List(number, {}, is_all=True)
        written_with.each[written_with.row] = f"rows_{number}"
        written = self._object(type_, details, written_with)
        names, lists = ", ".join(written_with.each), ", ".join(written_with.each.values())
        objects = f"[{written} for {names}, in zip({lists})]"
        return f"(lambda rows_{number}, columns_{number}: {objects})(*{_BY_COLUMN}({rows}))"

    def _object(self, type_: Any, details: Details, of: _List) -> str:
        below = self._collecting.below(type_, details)
        values = ", ".join(self._value(type_, each, of) for each in below.values())
        return f"{self._constant(_struct(tuple(below)))}({values})"

    def _value(self, type_: Any, details: Details, of: _List) -> str:
        definition = definition_of(type_, details)
        if definition is None:
            return self._constant(type_name(type_, details))
        if required_permissions(definition):
            raise NotPlanned
        how = shown(declared(definition))
        match how:
            case Column((name,), show, show_all):
                return self._column(of, name, show, show_all)
            case Words(_, say):
                return f"{self._with_arguments(say, definition, details)}({of.row})"
            case SameRow((name,), where):
                return self._same_row(get_named_type(definition.type), details, of, name, where)
            case OwnRows(rows):
                own = f"{self._with_arguments(rows, definition, details)}({of.row})"
                return self.list_of(get_named_type(definition.type), details, own)
            case _:
                raise NotPlanned

    def _column(self, of: _List, name: str, show: _Show | None, show_all: _Show | None) -> str:
        if show_all is not None:
            bound = self._bound(lambda frame, _: show_all(frame))
            if not of.is_all:
                return f"{bound}([{self._plain(of, name)}])[0]"
            of.each[f"shown_{bound}"] = f"{bound}({of.column(self._constant(name))})"
            return f"shown_{bound}"
        if show is not None:
            return f"{self._bound(lambda frame, _: show(frame))}({self._plain(of, name)})"
        return self._plain(of, name)

    def _plain(self, of: _List, name: str) -> str:
        """A value as it was read."""
        constant = self._constant(name)
        of.each[f"value_{constant}"] = of.column(constant)
        return f"value_{constant}"

    def _same_row(self, type_: Any, details: Details, of: _List, name: str, where: frozenset[Any] | None) -> str:
        if where is None:
            return self._object(type_, details, of)
        # Of the other rows nothing is to be made.
        written = self._object(type_, details, of._replace(is_all=False))
        return f"({written} if {self._plain(of, name)} in {self._constant(where)} else None)"

    def _with_arguments(self, call: Callable[..., Any], definition: GraphQLField, details: Details) -> str:
        arguments = Arguments(self._collecting.schema, definition, details[0].node)

        def bind(frame: Any, values: VariableValues) -> Callable[[Any], Any]:
            given = arguments.values(values)
            return partial(_call, call, frame, given)

        return self._bound(bind)

    def _constant(self, value: object) -> str:
        name = f"constant_{len(self.constants)}"
        if isinstance(value, str):
            name = self._texts.setdefault(value, name)
        self.constants[name] = value
        return name

    def _bound(self, bind: _Bind) -> str:
        self.binds.append(bind)
        return f"bound_{len(self.binds) - 1}"


def _struct(keys: tuple[str, ...]) -> type[msgspec.Struct]:
    """What an object with these keys is made as: smaller than a dict, and encoded alike."""
    names = {f"field_{number}": key for number, key in enumerate(keys)}
    return msgspec.defstruct("Shown", list(names), rename=names, gc=False)


class _Nothing(dict[str, Sequence[Any]]):
    """The values of any column of no rows."""

    def __missing__(self, column: str) -> Sequence[Any]:
        return ()


_NOTHING = _Nothing()


def _by_column(rows: Sequence[Row]) -> tuple[Sequence[Row], Mapping[str, Sequence[Any]]]:
    """The rows, and the values of each column: to go through columns is cheaper than to ask each row for each value."""
    return (rows, dict(zip(rows[0].keys(), zip(*rows, strict=True), strict=True))) if rows else (rows, _NOTHING)


def _call(call: Callable[..., Any], frame: Any, given: Mapping[str, Any], row: Row) -> Any:
    return call(frame, row, **given)
