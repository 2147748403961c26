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
_Bind: TypeAlias = Callable[[Any, VariableValues], Callable[[Any], Any]]
WriteRows: TypeAlias = Callable[[Iterable[Row]], list[dict[str, Any]]]


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
        self._depth = 0

    def each(self, type_: Any, details: Details, rows: str) -> str:
        """A list of objects, one from each row."""
        row = f"row_{self._depth}"
        self._depth += 1
        written = self._object(type_, details, row)
        self._depth -= 1
        return f"[{written} for {row} in {rows}]"

    def _object(self, type_: Any, details: Details, row: str) -> str:
        below = self._collecting.below(type_, details)
        fields = (f"{self._constant(key)}: {self._value(type_, each, row)}" for key, each in below.items())
        return "{" + ", ".join(fields) + "}"

    def _value(self, type_: Any, details: Details, row: str) -> str:
        definition = definition_of(type_, details)
        if definition is None:
            return self._constant(type_name(type_, details))
        if required_permissions(definition):
            raise NotPlanned
        how = shown(declared(definition))
        match how:
            case Column((name,), None):
                return f"{row}[{self._constant(name)}]"
            case Column((name,), show) if show is not None:
                return f"{self._bound(lambda frame, _: show(frame))}({row}[{self._constant(name)}])"
            case Words(_, say):
                return f"{self._with_arguments(say, definition, details)}({row})"
            case SameRow((name,), where):
                return self._same_row(get_named_type(definition.type), details, row, name, where)
            case OwnRows(rows):
                own = f"{self._with_arguments(rows, definition, details)}({row})"
                return self.each(get_named_type(definition.type), details, own)
            case _:
                raise NotPlanned

    def _same_row(self, type_: Any, details: Details, row: str, name: str, where: frozenset[Any] | None) -> str:
        written = self._object(type_, details, row)
        if where is None:
            return written
        return f"({written} if {row}[{self._constant(name)}] in {self._constant(where)} else None)"

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
