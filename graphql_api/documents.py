"""Documents: text in, a measured document and its errors out; done once, as long as it is remembered."""

from functools import lru_cache
from typing import NamedTuple

from graphql import (
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    ValuesOfCorrectTypeRule,
    parse,
    specified_rules,
    validate,
)

from graphql_api.arguments import LiteralsRule
from graphql_api.errors import ErrorCode
from graphql_api.limits import MAX_CACHED_DOCUMENTS, MAX_ERRORS, Limits
from graphql_api.measured_document import MeasuredDocument, too_complex

_RULES = tuple(LiteralsRule if rule is ValuesOfCorrectTypeRule else rule for rule in specified_rules)


class Prepared(NamedTuple):
    """A document that may be executed when it has no errors; None when it cannot be read, or is too large to be."""

    measured: MeasuredDocument | None
    errors: list[GraphQLError]


class Documents:
    """The documents of one schema; the least recently used are forgotten."""

    def __init__(self, schema: GraphQLSchema, limits: Limits) -> None:
        self._schema = schema
        self._limits = limits
        # Its `cache_info` is what metrics tell.
        self.prepare = lru_cache(MAX_CACHED_DOCUMENTS)(self.read)

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
        errors = validate(self._schema, measured.document, _RULES, max_errors=MAX_ERRORS, hide_suggestions=True)
        return Prepared(measured, [_coded(error, ErrorCode.GRAPHQL_VALIDATION_FAILED) for error in errors[:MAX_ERRORS]])

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
