"""Plans of operations: each made once, and kept as long as its document is."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from graphql import (
    DirectiveNode,
    DocumentNode,
    ExecutionResult,
    FragmentDefinitionNode,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    Visitor,
    visit,
)
from graphql.execution.collect_fields import FragmentDetails, collect_fields
from graphql.execution.values import VariableValues

from graphql_api.execution.objects import Objects
from graphql_api.execution.run import Run
from graphql_api.execution.unplanned import NotPlanned
from graphql_api.execution.values import Variables
from graphql_api.measured_document import MeasuredOperation
from graphql_api.selection import Collecting

# An operation has a plan for each combination of what its directives ask for; more of them are not planned.
_MOST_COMBINATIONS = 16


class Plan:
    """How to execute one operation, its conditions answered."""

    def __init__(self, objects: Objects, root: Any, fields: dict[str, Any]) -> None:
        """Raises NotPlanned."""
        self._writes = objects.fields(root, fields, [])

    async def execute(self, run: Run) -> ExecutionResult | None:
        """None when something came that a plan does not know: whatever it was, the ordinary executor will tell."""
        data: dict[str, Any] = {}
        read = run.context.audit.rows
        try:
            for write in self._writes:
                write(None, data, run)
            await run.finish()
        except Exception:
            run.context.audit.rows = read
            return None
        finally:
            for waiting in run.later:
                waiting.close()
        return ExecutionResult(data, run.errors or None)


Planned: TypeAlias = tuple[Plan, VariableValues]
"""A plan, and the values of the variables to execute it with."""


class Plans:
    """The plans of one schema's documents."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema

    def find(self, operation: MeasuredOperation, variables: Mapping[str, Any]) -> Planned | None:
        """How to execute an operation, and the values of its variables; None: the ordinary executor has to."""
        if operation.plan is None:
            operation.plan = _Operation(self._schema, operation.document, operation.node)
        planned: Planned | None = operation.plan.find(variables)
        return planned


class _Operation:
    """A plan for each of the ways in which @include and @skip can be answered."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) -> None:
        self._schema = schema
        self._node = operation
        self._fragments = {
            each.name.value: FragmentDetails(each)
            for each in document.definitions
            if isinstance(each, FragmentDefinitionNode)
        }
        self._variables = Variables(schema, operation)
        self._conditions = _conditions(document)
        self._plans: dict[tuple[object, ...], Plan | None] = {}

    def find(self, given: Mapping[str, Any]) -> Planned | None:
        """The plan for these values, as they came; None when the ordinary executor has to."""
        try:
            values = self._variables.coerce(given)
        except NotPlanned:
            return None
        plan = self._plan(values)
        return (plan, values) if plan else None

    def _plan(self, values: VariableValues) -> Plan | None:
        key = tuple([values.coerced.get(name) for name in self._conditions])
        if key not in self._plans:
            if len(self._plans) == _MOST_COMBINATIONS:
                return None
            self._plans[key] = self._make(values)
        return self._plans[key]

    def _make(self, values: VariableValues) -> Plan | None:
        root = self._schema.query_type
        if root is None or self._node.operation is not OperationType.QUERY:
            return None
        fields = collect_fields(self._schema, self._fragments, values, root, self._node).grouped_field_set
        try:
            return Plan(Objects(Collecting(self._schema, self._fragments, values, self._node)), root, fields)
        except NotPlanned:
            return None


class _Conditions(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: dict[str, None] = {}

    def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
        """Of the directives of a query, @include and @skip are those that take variables."""
        for argument in node.arguments or ():
            if isinstance(argument.value, VariableNode):
                self.names[argument.value.name.value] = None


def _conditions(document: DocumentNode) -> tuple[str, ...]:
    """The variables that directives depend on."""
    visitor = _Conditions()
    visit(document, visitor)
    return tuple(visitor.names)
