"""Objects that are shown from rows: one generated expression for all that is selected of them.

The source holds names that are counted here and nothing else: response names and the like are constants beside it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeAlias

from graphql import GraphQLField, get_named_type
from graphql.execution.values import VariableValues

from graphql_api.columns import Column, OwnRows, Row, SameRow, Words, shown
from graphql_api.execution.run import Details
from graphql_api.execution.unplanned import NotPlanned, type_name
from graphql_api.execution.values import Arguments
from graphql_api.permission import required_permissions
from graphql_api.selection import Collecting, declared, definition_of

# Made once the frame and the variables are known, and called once a row.
_Show: TypeAlias = Callable[[Any], Callable[[Any], Any]]
_Bind: TypeAlias = Callable[[Any, VariableValues], Callable[[Any], Any]]
WriteRows: TypeAlias = Callable[[Iterable[Row]], list[dict[str, Any]]]


class _Row(NamedTuple):
    """A row of a list, each by its name in the source; `beside` it stand what was made of the columns of all rows.

    None: what is made stands for some of the rows only.
    """

    name: str
    rows: str
    beside: dict[str, str] | None


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
    expression = source.each(type_, details, "rows")
    parameters = ", ".join(f"bound_{number}" for number in range(len(source.binds)))
    text = f"lambda {parameters}: lambda rows: {expression}"
    return RowsPlan(eval(compile(text, __name__, "eval"), source.constants), source.binds)  # noqa: S307  # See above.


class _Source:
    """Writes the expression, and keeps what its names stand for."""

    def __init__(self, collecting: Collecting) -> None:
        self._collecting = collecting
        self.constants: dict[str, Any] = {}
        self.binds: list[_Bind] = []
        self._lists = 0

    def each(self, type_: Any, details: Details, rows: str) -> str:
        """A list of objects, one from each row of a name's."""
        row = _Row(f"row_{self._lists}", rows, {})
        self._lists += 1
        written = self._object(type_, details, row)
        if not row.beside:
            return f"[{written} for {row.name} in {rows}]"
        names, lists = ", ".join((row.name, *row.beside)), ", ".join((rows, *row.beside.values()))
        return f"[{written} for {names} in zip({lists})]"

    def _object(self, type_: Any, details: Details, row: "_Row") -> str:
        below = self._collecting.below(type_, details)
        fields = (f"{self._constant(key)}: {self._value(type_, each, row)}" for key, each in below.items())
        return "{" + ", ".join(fields) + "}"

    def _value(self, type_: Any, details: Details, row: "_Row") -> str:
        definition = definition_of(type_, details)
        if definition is None:
            return self._constant(type_name(type_, details))
        if required_permissions(definition):
            raise NotPlanned
        how = shown(declared(definition))
        match how:
            case Column((name,), show, show_all):
                return self._column(row, self._constant(name), show, show_all)
            case Words(_, say):
                return f"{self._with_arguments(say, definition, details)}({row.name})"
            case SameRow((name,), where):
                return self._same_row(get_named_type(definition.type), details, row, name, where)
            case OwnRows(rows):
                own = f"own_{row.name}"
                written = self.each(get_named_type(definition.type), details, own)
                return f"(lambda {own}: {written})({self._with_arguments(rows, definition, details)}({row.name}))"
            case _:
                raise NotPlanned

    def _column(self, row: "_Row", column: str, show: _Show | None, show_all: _Show | None) -> str:
        if show_all is not None:
            bound = self._bound(lambda frame, _: show_all(frame))
            if row.beside is None:
                return f"{bound}([{row.name}[{column}]])[0]"
            name = f"shown_{bound}"
            row.beside[name] = f"{bound}([each[{column}] for each in {row.rows}])"
            return name
        if show is not None:
            return f"{self._bound(lambda frame, _: show(frame))}({row.name}[{column}])"
        return f"{row.name}[{column}]"

    def _same_row(self, type_: Any, details: Details, row: "_Row", name: str, where: frozenset[Any] | None) -> str:
        if where is None:
            return self._object(type_, details, row)
        # Of the other rows nothing is to be made.
        written = self._object(type_, details, row._replace(beside=None))
        return f"({written} if {row.name}[{self._constant(name)}] in {self._constant(where)} else None)"

    def _with_arguments(self, call: Callable[..., Any], definition: GraphQLField, details: Details) -> str:
        arguments = Arguments(self._collecting.schema, definition, details[0].node)

        def bind(frame: Any, values: VariableValues) -> Callable[[Any], Any]:
            given = arguments.values(values)
            return partial(_call, call, frame, given)

        return self._bound(bind)

    def _constant(self, value: object) -> str:
        name = f"constant_{len(self.constants)}"
        self.constants[name] = value
        return name

    def _bound(self, bind: _Bind) -> str:
        self.binds.append(bind)
        return f"bound_{len(self.binds) - 1}"


def _call(call: Callable[..., Any], frame: Any, given: Mapping[str, Any], row: Row) -> Any:
    return call(frame, row, **given)
