"""Documents: text in, a measured document and its errors out; done once, as long as it is remembered."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from graphql import (
    ASTValidationRule,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OverlappingFieldsCanBeMergedRule,
    ValuesOfCorrectTypeRule,
    parse,
    specified_rules,
    validate,
)
from graphql.validation.validate import ValidationAbortedError

from database.accounts import Lookups
from graphql_api.arguments import LiteralsRule
from graphql_api.errors import ErrorCode
from graphql_api.giving_way import GivingWayRule
from graphql_api.limits import MAX_CACHED_DOCUMENTS, MAX_ERRORS, Limits
from graphql_api.measured_document import MeasuredDocument, too_complex
from graphql_api.overlap import bounded_overlap_rule


class Prepared(NamedTuple):
    """A document that may be executed when it has no errors; None when it cannot be read, or is too large to be."""

    measured: MeasuredDocument | None
    errors: list[GraphQLError]


class Documents:
    """The documents of one schema; the least recently used are forgotten."""

    def __init__(self, schema: GraphQLSchema, limits: Limits) -> None:
        self._schema = schema
        self._limits = limits
        ours: dict[type[ASTValidationRule], type[ASTValidationRule]] = {
            ValuesOfCorrectTypeRule: LiteralsRule,
            OverlappingFieldsCanBeMergedRule: bounded_overlap_rule(limits.comparisons),
        }
        self._rules = [*(ours.get(rule, rule) for rule in specified_rules), GivingWayRule]
        # In the order of use, so that the one to forget stands first.
        self._known: dict[str, Prepared] = {}
        # Of one thread: what a caller who went away has left running keeps the next one waiting, not the machine busy.
        self._thread = ThreadPoolExecutor(1)
        self._one_at_a_time = asyncio.Lock()
        self._hits = self._misses = 0

    @property
    def lookups(self) -> Lookups:
        """How often a document was known already."""
        return Lookups(self._hits, self._misses)

    def known(self, text: str) -> Prepared | None:
        """The document, if it is remembered."""
        prepared = self._known.pop(text, None)
        if prepared is not None:
            self._known[text] = prepared
            self._hits += 1
        return prepared

    async def prepare(self, text: str) -> Prepared:
        """One that is not known, made in a thread: others are answered meanwhile, and new ones wait in a row."""
        self._misses += 1
        async with self._one_at_a_time:
            prepared = self._known.get(text)
            # Who asked for the same meanwhile may have made it.
            if prepared is None:
                prepared = await asyncio.get_running_loop().run_in_executor(self._thread, self.read, text)
                self._known[text] = prepared
                if len(self._known) > MAX_CACHED_DOCUMENTS:
                    del self._known[next(iter(self._known))]
        return prepared

    def read(self, text: str) -> Prepared:
        """Parse, measure and validate, whether or not that was done before."""
        try:
            measured = MeasuredDocument(parse(text, max_tokens=self._limits.tokens))
        except GraphQLSyntaxError as error:
            return Prepared(None, [self._unread(error)])
        except RecursionError:
            return Prepared(None, [too_complex("nesting", "of hundreds of levels", self._limits.nesting)])
        if errors := measured.errors(self._limits):
            return Prepared(None, errors)
        errors = validate(self._schema, measured.document, self._rules, max_errors=MAX_ERRORS, hide_suggestions=True)
        return Prepared(measured, [self._invalid(error) for error in errors[:MAX_ERRORS]])

    def _invalid(self, error: GraphQLError) -> GraphQLError:
        # The one for too many errors stands behind those that are told.
        if isinstance(error, ValidationAbortedError):
            return too_complex("comparisons", "more", self._limits.comparisons)
        return _coded(error, ErrorCode.GRAPHQL_VALIDATION_FAILED)

    def _unread(self, error: GraphQLSyntaxError) -> GraphQLError:
        # graphql-core has no errors of their own for these.
        if error.message.endswith("tokens. Parsing aborted."):
            return too_complex("tokens", "more", self._limits.tokens)
        if error.message.endswith("nested too deeply. Parsing aborted."):
            return too_complex("nesting", "of hundreds of levels", self._limits.nesting)
        return _coded(error, ErrorCode.GRAPHQL_PARSE_FAILED)


def _coded(error: GraphQLError, code: ErrorCode) -> GraphQLError:
    error.extensions = {"code": code.value} | (error.extensions or {})
    return error
