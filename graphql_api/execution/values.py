"""Values of variables and arguments: plain scalars are taken as they are, all others as graphql-core coerces them.

Whatever is wrong with a value is the ordinary executor's to tell.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from graphql import (
    ArgumentNode,
    FieldNode,
    GraphQLError,
    GraphQLField,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
    VariableNode,
    Visitor,
    VisitorAction,
    get_named_type,
    is_list_type,
    is_non_null_type,
    type_from_ast,
    visit,
)
from graphql.execution.values import VariableValues, get_argument_values, get_variable_values
from strawberry.types.arguments import StrawberryArgument, convert_arguments

from graphql_api.execution.unplanned import NotPlanned
from graphql_api.selection import declared

_INT_END = 1 << 31
_NOTHING = VariableValues({}, {})

# Of these scalars a right value is its own coerced value.
_PLAIN: Mapping[str, Callable[[Any], bool]] = {
    "Int": lambda value: type(value) is int and -_INT_END <= value < _INT_END,
    "String": lambda value: type(value) is str,
    "ID": lambda value: type(value) is str,
    "Boolean": lambda value: type(value) is bool,
}


class _Variable(NamedTuple):
    """A variable of a plain scalar; without a default it is Undefined."""

    name: str
    is_right: Callable[[Any], bool]
    required: bool
    default: Any


class Variables:
    """The variables of an operation."""

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        self._schema = schema
        self._definitions = operation.variable_definitions or ()
        self._plain = self._all_plain()

    def coerce(self, given: Mapping[str, Any]) -> VariableValues:
        """Their values; raises NotPlanned for a wrong one."""
        coerced = self._quickly(given)
        if coerced is not None:
            return VariableValues({}, coerced)
        values = get_variable_values(self._schema, self._definitions, dict(given), max_errors=1)
        if isinstance(values, list):
            raise NotPlanned
        return values

    def _all_plain(self) -> list[_Variable] | None:
        plain = []
        for definition in self._definitions:
            type_: Any = type_from_ast(self._schema, definition.type)
            required = is_non_null_type(type_)
            scalar = type_.of_type if required else type_
            if is_list_type(scalar) or get_named_type(scalar).name not in _PLAIN:
                return None
            name, default = definition.variable.name.value, Undefined
            if definition.default_value:
                # Validation has found it right.
                found = get_variable_values(self._schema, [definition], {})
                default = found.coerced[name] if isinstance(found, VariableValues) else Undefined
            plain.append(_Variable(name, _PLAIN[scalar.name], required, default))
        return plain

    def _quickly(self, given: Mapping[str, Any]) -> dict[str, Any] | None:
        if self._plain is None:
            return None
        coerced: dict[str, Any] = {}
        for name, is_right, required, default in self._plain:
            value = given.get(name, Undefined)
            if value is Undefined:
                value = default
                if value is Undefined:
                    if required:
                        return None
                    continue
            elif value is None:
                if required:
                    return None
            elif not is_right(value):
                return None
            coerced[name] = value
        return coerced


class Arguments:
    """The arguments of a field, as its resolver takes them."""

    def __init__(self, schema: GraphQLSchema, definition: GraphQLField, node: FieldNode) -> None:
        """Raises NotPlanned for constants that are wrong."""
        self._schema = schema
        self._definition = definition
        self._node = node
        nodes = node.arguments or ()
        bound = {each.name.value: each.value.name.value for each in nodes if isinstance(each.value, VariableNode)}
        rest = tuple(each for each in nodes if each.name.value not in bound)
        is_quick = not any(map(_has_variable, rest)) and all(
            get_named_type(definition.args[name].type).name in _PLAIN for name in bound
        )
        # By the variables that are arguments themselves; None: as graphql-core would each time.
        self._bound: tuple[tuple[str, str], ...] | None = None
        if is_quick:
            without = GraphQLField(
                definition.type, {name: each for name, each in definition.args.items() if name not in bound}
            )
            self._constant = self._convert(without, FieldNode(name=node.name, arguments=rest), _NOTHING)
            python_names = {name: each.python_name for name, each in self._declared()}
            self._bound = tuple((python_names[name], variable) for name, variable in bound.items())

    def values(self, variables: VariableValues) -> Mapping[str, Any]:
        """By their names in Python; raises NotPlanned for what is wrong."""
        if self._bound is None:
            return self._convert(self._definition, self._node, variables)
        if not self._bound:
            return self._constant
        coerced, given = variables.coerced, self._constant.copy()
        for python_name, variable in self._bound:
            value = coerced.get(variable)
            if value is None:
                # Null, or not given: what that means the definition says.
                return self._convert(self._definition, self._node, variables)
            given[python_name] = value
        return given

    def _convert(self, definition: GraphQLField, node: FieldNode, variables: VariableValues) -> dict[str, Any]:
        try:
            values = get_argument_values(definition, node, variables)
        except GraphQLError:
            raise NotPlanned from None
        strawberry_schema = self._schema._strawberry_schema  # type: ignore[attr-defined]  # Strawberry's own mark.
        return convert_arguments(
            values,
            declared(self._definition).arguments,
            strawberry_schema.schema_converter.scalar_registry,
            strawberry_schema.config,
        )

    def _declared(self) -> Iterator[tuple[str, StrawberryArgument]]:
        """Each argument by its name in the schema."""
        names = self._schema._strawberry_schema.config.name_converter  # type: ignore[attr-defined]  # Likewise.
        for argument in declared(self._definition).arguments:
            yield names.from_argument(argument), argument


class _FindVariable(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.found = False

    def enter_variable(self, *_: Any) -> VisitorAction:
        """One is enough."""
        self.found = True
        return self.BREAK


def _has_variable(node: ArgumentNode) -> bool:
    visitor = _FindVariable()
    visit(node, visitor)
    return visitor.found
