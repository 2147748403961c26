"""A GraphQL request in, the bytes of its answer out. Knows nothing of HTTP."""

import asyncio
from collections.abc import Sequence
from inspect import isawaitable
from typing import Any, NamedTuple, Protocol

import msgspec
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    OperationType,
    execute,
)

from database.accounts import Lookups
from graphql_api.arguments import argument_error, variable_errors
from graphql_api.budget import Budgets
from graphql_api.context import Context
from graphql_api.cut import Cut
from graphql_api.documents import Documents
from graphql_api.errors import ApiError, ErrorCode, TookTooLong, format_error
from graphql_api.execution.plans import Plans
from graphql_api.execution.run import Run
from graphql_api.introspection import ViewingExecutor, Views
from graphql_api.limits import MAX_ERRORS, MOST_IN_ONE_TURN, Limits
from graphql_api.measured_document import MeasuredOperation, too_complex
from graphql_api.rate_limit import cost_extension
from graphql_api.trust import NO_TRUST, Trust
from graphql_api.trusted_documents import TrustedDocuments

_encoder = msgspec.json.Encoder()
# Points: reading a document is work, whatever comes of it.
_COST_OF_REFUSAL = 1


class GraphQLRequest(msgspec.Struct, frozen=True, rename="camel"):
    """What a client asks, as GraphQL over HTTP names it: a text, or a trusted document by its id, or both."""

    query: str | None = None
    variables: dict[str, Any] | None = None
    operation_name: str | None = None
    extensions: dict[str, Any] | None = None
    document_id: str | None = None

    def __post_init__(self) -> None:
        """Raises ValueError when it asks for nothing."""
        if self.query is None and self.trusted_id is None:
            raise ValueError("it has neither `query` nor `documentId`")

    @property
    def trusted_id(self) -> str | None:
        """The trusted document's id: `documentId` or, where there is no text, what Apollo Client sends instead."""
        if self.document_id is not None or self.query is not None:
            return self.document_id
        persisted = (self.extensions or {}).get("persistedQuery")
        hash_ = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
        return hash_ if isinstance(hash_, str) else None


class Answer(NamedTuple):
    """JSON, and what HTTP and the log need to know of it; nothing was executed when the request itself was wrong.

    `cost` is what the caller paid, in points; `limit` is the setting that the request exceeds, if any.
    """

    body: bytes
    executed: bool
    operation: str | None
    codes: tuple[str, ...]
    operation_type: str | None
    cost: int
    limit: str | None


class NotAQuery(ApiError):
    """Only queries may be asked for like this."""

    code = ErrorCode.BAD_REQUEST


class Executor(Protocol):
    """Whoever answers requests; every implementation answers alike."""

    async def execute(self, request: GraphQLRequest, context: Context, *, queries_only: bool = False) -> Answer:
        """Answer; raises NotAQuery where nothing else is allowed, BadRequest, RateLimited and CountsUnavailable."""


class SchemaExecutor:
    """Answers by plans where they know how, else with graphql-core, field by field."""

    def __init__(
        self,
        schema: GraphQLSchema,
        limits: Limits,
        budgets: Budgets,
        trust: Trust = NO_TRUST,
        *,
        fast_path: bool = True,
    ) -> None:
        """Raises UnusableManifest for a trusted document that could not be executed."""
        self._plans = Plans(schema) if fast_path else None
        self._schema = schema
        self._budgets = budgets
        self._limits = limits
        self._views = Views(schema)
        self._documents = Documents(schema, limits)
        self._trusted = TrustedDocuments(self._documents, trust)

    async def execute(self, request: GraphQLRequest, context: Context, *, queries_only: bool = False) -> Answer:
        """Parse, measure, validate, take the cost, and execute as long as there is time."""
        prepared = await self._trusted.prepare(request.query, request.trusted_id, context.viewer)
        if prepared.measured is None:
            return await self._refuse(prepared.errors, context)
        document, variables = prepared.measured.document, request.variables or {}
        operation = prepared.measured.operation(request.operation_name)
        audit = context.audit
        audit.document, audit.operation, audit.variables = document, operation.node if operation else None, variables
        if queries_only and operation and operation.node.operation is not OperationType.QUERY:
            raise NotAQuery
        if prepared.errors:
            return await self._refuse(prepared.errors, context)
        if operation is None:
            return await self._refuse([_unresolved(request.operation_name)], context)
        cost = audit.cost = operation.cost(variables)
        if cost > self._limits.cost:
            return await self._refuse([too_complex("cost", cost, self._limits.cost)], context, operation)
        context = await self._paid(cost, context)
        try:
            with Cut(TimeoutError, self._limits.execution_timeout.total_seconds()):
                result = await self._result(operation, variables, context, in_turns=cost > MOST_IN_ONE_TURN)
        except TimeoutError:
            return _answer({"data": None}, [GraphQLError("", original_error=TookTooLong())], context, operation)
        errors = result.errors or []
        if result.data is None and not any(error.path for error in errors):
            wrong = variable_errors(self._schema, document, operation.node, variables)
            return _answer({}, wrong or errors, context, operation)
        return _answer({"data": result.data}, [_explained(document, error) for error in errors], context, operation)

    def document_lookups(self) -> Lookups:
        """How often a document was known already."""
        return self._documents.lookups

    async def _refuse(
        self, errors: Sequence[GraphQLError], context: Context, operation: MeasuredOperation | None = None
    ) -> Answer:
        return _answer({}, errors, await self._paid(_COST_OF_REFUSAL, context), operation)

    async def _paid(self, cost: int, context: Context) -> Context:
        spent = await self._budgets.spend(context.viewer.account, context.viewer.subject, cost, context.now)
        return msgspec.structs.replace(context, spent=spent)

    async def _result(
        self,
        operation: MeasuredOperation,
        variables: dict[str, Any],
        context: Context,
        *,
        in_turns: bool,
    ) -> ExecutionResult:
        if self._plans is not None and (planned := self._plans.find(operation, variables)):
            plan, values = planned
            found = await plan.execute(Run(context, values, asyncio.Lock() if in_turns else None))
            if found is not None:
                return found
        result = execute(
            self._schema,
            operation.document,
            context_value=context,
            variable_values=variables,
            operation_name=operation.name,
            executor_class=ViewingExecutor,
            hide_suggestions=True,
            view=self._views.of(context.viewer.permissions),
            in_turns=in_turns,
        )
        return await result if isawaitable(result) else result


def _unresolved(operation_name: str | None) -> GraphQLError:
    message = (
        "The document has several operations: operationName must name one."
        if operation_name is None
        else "The document has no operation of the name given as operationName."
    )
    return GraphQLError(message, extensions={"code": ErrorCode.OPERATION_RESOLUTION_FAILURE.value})


def _explained(document: DocumentNode, error: GraphQLError) -> GraphQLError:
    # A GraphQLError with nodes is graphql-core's, about an argument; one without is about a value that cannot be shown.
    if isinstance(error.original_error, GraphQLError) and error.original_error.nodes:
        error.original_error = argument_error(document, error.original_error)
    return error


def _answer(
    data: dict[str, Any], errors: Sequence[GraphQLError], context: Context, operation: MeasuredOperation | None
) -> Answer:
    formatted = [format_error(error, context.request_id) for error in errors[:MAX_ERRORS]] if errors else []
    written = {"errors": formatted, **data} if formatted else data
    if data:
        written["extensions"] = {"cost": cost_extension(context.spent)}
    name, operation_type = (operation.name, operation.type) if operation else (None, None)
    codes = tuple(error["extensions"]["code"] for error in formatted) if formatted else ()
    exceeded = _exceeded(errors) if errors else None
    return Answer(_encoder.encode(written), bool(data), name, codes, operation_type, context.spent.cost, exceeded)


def _exceeded(errors: Sequence[GraphQLError]) -> str | None:
    causes = (error.original_error for error in errors)
    return next((cause.limit for cause in causes if isinstance(cause, ApiError)), None)
