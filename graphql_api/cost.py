"""What an operation costs: the fields of its answer, counted before it is executed, rather too high than too low.

A field is 1. What stands in a connection's rows counts once for each row asked for; what stands in `events`, once.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from graphql import (
    ArgumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    Undefined,
    VariableNode,
    Visitor,
    value_from_ast_untyped,
    visit,
)

from database.page import MAX_ROWS
from graphql_api.limits import MAX_NODES
from graphql_api.pages import DEFAULT_PAGE

# The fields of a connection that hold its rows.
_ROWS = frozenset({"edges", "nodes"})
# An activity has few events, whatever `last` would allow; they are a statement of their own.
_WEIGHTS = {"events": 5}
# The arguments that say how many objects there are.
_SIZES = frozenset({"first", "last", "ids"})


class _Cost(NamedTuple):
    """Of a selection: what it costs once, and again for each row of the connection that it stands in."""

    once: int = 0
    each_row: int = 0


class CostOf:
    """What a valid operation costs, remembered by the values of the variables that it depends on."""

    _MOST_REMEMBERED = 100

    def __init__(self, operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._operation = operation
        self._fragments = fragments
        finder = _SizesFinder()
        for definition in (operation, *fragments.values()):
            visit(definition, finder)
        self._names = tuple(finder.names)
        self._known: dict[tuple[Any, ...], int] = {}

    def given(self, variables: Mapping[str, Any]) -> int:
        """With these values, as they came."""
        values = tuple(_size(variables.get(name, Undefined)) for name in self._names)
        cost = self._known.get(values)
        if cost is None:
            cost = cost_of(self._operation, self._fragments, variables)
            if len(self._known) < self._MOST_REMEMBERED:
                self._known[values] = cost
        return cost


class _SizesFinder(Visitor):
    """Finds the variables that say how many of something are asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.names: dict[str, None] = {}

    def enter_argument(self, node: ArgumentNode, *_: Any) -> None:
        """Lists of ids may be made of variables, too."""
        if node.name.value in _SIZES and isinstance(node.value, VariableNode):
            self.names[node.value.name.value] = None


def _size(value: Any) -> Any:
    """All that counts of a variable's value."""
    if isinstance(value, list):
        return "of", len(value)
    return value if isinstance(value, int | float) else type(value)


def cost_of(
    operation: OperationDefinitionNode,
    fragments: Mapping[str, FragmentDefinitionNode],
    variables: Mapping[str, Any],
) -> int:
    """The cost of a valid operation with these values, as they came. What is out of bounds counts as the bound.

    Linear in the document's size: each fragment is looked at once.
    """
    defaults = {
        definition.variable.name.value: value_from_ast_untyped(definition.default_value)
        for definition in operation.variable_definitions or ()
        if definition.default_value
    }
    return _Costing(fragments, defaults | dict(variables)).selections(operation.selection_set).once


class _Costing:
    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode], values: dict[str, Any]) -> None:
        self._fragments = fragments
        self._values = values
        self._known: dict[str, _Cost] = {}

    def selections(self, node: SelectionSetNode) -> _Cost:
        """All of a selection set."""
        return _sum(map(self._selection, node.selections))

    def _selection(self, node: SelectionNode) -> _Cost:
        match node:
            case FieldNode():
                cost = self._field(node)
            case FragmentSpreadNode():
                cost = self._fragment(node.name.value)
            case InlineFragmentNode():
                cost = self.selections(node.selection_set)
        return cost

    def _field(self, node: FieldNode) -> _Cost:
        below = self.selections(node.selection_set) if node.selection_set else _Cost()
        given = {each.name.value: value_from_ast_untyped(each.value, self._values) for each in node.arguments or ()}
        own = _WEIGHTS.get(node.name.value, 1)
        if "ids" in given:
            return _Cost(own + _length(given["ids"]) * below.once)
        if node.name.value in _ROWS:
            return _Cost(each_row=own + below.once)
        return _Cost(own + below.once + (_page_size(given) * below.each_row if below.each_row else 0))

    def _fragment(self, name: str) -> _Cost:
        if name not in self._known:
            self._known[name] = self.selections(self._fragments[name].selection_set)
        return self._known[name]


def _sum(costs: Iterable[_Cost]) -> _Cost:
    once = each_row = 0
    for cost in costs:
        once, each_row = once + cost.once, each_row + cost.each_row
    return _Cost(once, each_row)


def _page_size(given: Mapping[str, Any]) -> int:
    for name in ("first", "last"):
        if given.get(name, Undefined) not in (None, Undefined):
            return _bounded(given[name], MAX_ROWS)
    return DEFAULT_PAGE


def _length(ids: Any) -> int:
    return _bounded(len(ids) if isinstance(ids, list) else 1, MAX_NODES)


def _bounded(number: Any, most: int) -> int:
    # What is no number will be refused; 5.0 is a whole number to JSON.
    return int(max(0, min(most, number))) if isinstance(number, int | float) else most
