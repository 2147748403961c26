"""Documents: text in, a valid document or its errors out; parsed and validated once, as long as it is remembered."""

from functools import lru_cache

from graphql import (
    DocumentNode,
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
from graphql_api.limits import MAX_CACHED_DOCUMENTS, MAX_ERRORS, MAX_TOKENS

_RULES = tuple(LiteralsRule if rule is ValuesOfCorrectTypeRule else rule for rule in specified_rules)


class Documents:
    """The documents of one schema; the least recently used are forgotten."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        # Its `cache_info` is what metrics tell.
        self.prepare = lru_cache(MAX_CACHED_DOCUMENTS)(self._prepare)

    def _prepare(self, text: str) -> DocumentNode | list[GraphQLError]:
        try:
            document = parse(text, max_tokens=MAX_TOKENS)
        except GraphQLSyntaxError as error:
            return [_coded(error, _syntax_code(error))]
        errors = validate(self._schema, document, _RULES, max_errors=MAX_ERRORS, hide_suggestions=True)
        return [_coded(error, ErrorCode.GRAPHQL_VALIDATION_FAILED) for error in errors[:MAX_ERRORS]] or document


def _syntax_code(error: GraphQLSyntaxError) -> ErrorCode:
    # graphql-core has no error of its own for this.
    too_long = f"more than {MAX_TOKENS} tokens" in error.message
    return ErrorCode.QUERY_TOO_COMPLEX if too_long else ErrorCode.GRAPHQL_PARSE_FAILED


def _coded(error: GraphQLError, code: ErrorCode) -> GraphQLError:
    error.extensions = {"code": code.value} | (error.extensions or {})
    return error
