"""Where in a field's arguments an input is wrong: graphql-core's errors of literals and variables, given paths."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, cast

from graphql import (
    ArgumentNode,
    DocumentNode,
    GraphQLError,
    GraphQLInputType,
    GraphQLSchema,
    ObjectFieldNode,
    OperationDefinitionNode,
    Undefined,
    ValueNode,
    ValuesOfCorrectTypeRule,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    VisitorAction,
    is_non_null_type,
    type_from_ast,
    visit,
)
from graphql.utilities.validate_input_value import validate_input_literal, validate_input_value

from graphql_api.errors import ErrorCode
from graphql_api.limits import MAX_ERRORS

ArgumentPath = list[str | int]


def bad_user_input(error: GraphQLError, path: ArgumentPath) -> GraphQLError:
    """The error as the API tells it."""
    extensions = {"code": ErrorCode.BAD_USER_INPUT.value, "argumentPath": path}
    return GraphQLError(error.message, error.nodes, extensions=extensions)


class LiteralsRule(ValuesOfCorrectTypeRule):
    """graphql-core's rule that literals have the right type, with paths in its errors."""

    _root: ArgumentPath

    def enter_argument(self, node: ArgumentNode, *_: Any) -> None:
        """What follows is this argument's value."""
        self._root = [node.name.value]

    def enter_variable_definition(self, node: VariableDefinitionNode, *_: Any) -> None:
        """What follows may be this variable's default."""
        self._root = _first_uses(self.context.document).get(node.variable.name.value, [])

    def is_valid_value_node(self, node: ValueNode, input_type: GraphQLInputType | None) -> VisitorAction:
        """Report what is wrong with a whole value, and look no further into it."""
        if input_type:
            validate_input_literal(node, input_type, self._report, hide_suggestions=True)
        return self.SKIP

    def _report(self, error: GraphQLError, path: ArgumentPath) -> None:
        self.report_error(bad_user_input(error, [*self._root, *path]))


class _EnoughErrors(Exception):
    """A list can hold tens of thousands of wrong values."""


def variable_errors(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, values: Mapping[str, Any]
) -> list[GraphQLError]:
    """What is wrong with the values of an operation's variables; the path is that of the variable's first use."""
    errors: list[GraphQLError] = []
    uses = _first_uses(document)
    for definition in operation.variable_definitions or ():
        name = definition.variable.name.value
        # Validation has found it to be an input type.
        type_ = cast("GraphQLInputType", type_from_ast(schema, definition.type))
        value = values.get(name, Undefined)
        if value is Undefined and (definition.default_value or not is_non_null_type(type_)):
            continue

        def report(error: GraphQLError, path: ArgumentPath, definition: VariableDefinitionNode = definition) -> None:
            if len(errors) == MAX_ERRORS:
                raise _EnoughErrors
            located = GraphQLError(error.message, definition)
            errors.append(bad_user_input(located, [*uses.get(definition.variable.name.value, []), *path]))

        with suppress(_EnoughErrors):
            validate_input_value(value, type_, report, hide_suggestions=True)
    return errors


def argument_error(document: DocumentNode, error: GraphQLError) -> GraphQLError:
    """What execution finds wrong with an argument: a null in a variable that may be null, where null may not stand."""
    node = error.nodes[0] if error.nodes else None
    path = _first_uses(document).get(node.name.value, []) if isinstance(node, VariableNode) else []
    return bad_user_input(error, path)


class _FirstUses(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.paths: dict[str, ArgumentPath] = {}

    def enter_variable(self, node: VariableNode, _key: Any, parent: Any, _path: Any, ancestors: list[Any]) -> None:
        places = [place for place in (*ancestors, parent) if isinstance(place, ArgumentNode | ObjectFieldNode)]
        if places:
            self.paths.setdefault(node.name.value, [place.name.value for place in places])


def _first_uses(document: DocumentNode) -> dict[str, ArgumentPath]:
    visitor = _FirstUses()
    visit(document, visitor)
    return visitor.paths
