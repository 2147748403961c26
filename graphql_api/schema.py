"""The schema: Strawberry's types made one graphql-core schema, and its SDL, of all of it or of a view."""

from collections.abc import Set
from datetime import date, datetime

import strawberry
from graphql import GraphQLInputObjectType, GraphQLSchema
from strawberry.printer import print_schema
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.scalar import ScalarDefinition

from auth.permissions import Permission
from graphql_api.context import Info
from graphql_api.introspection import build_view
from graphql_api.mutation import Mutation
from graphql_api.query import Query
from graphql_api.scalars import DATE, DATE_TIME

DESCRIPTION = """\
Delivery history of an SMTP relay, one row per recipient.
Every error carries `extensions.code`: UNAUTHENTICATED, FORBIDDEN (with `requiredPermissions`), SMTP_PLAN_REQUIRED, \
BAD_USER_INPUT (with `argumentPath`),
GRAPHQL_PARSE_FAILED, GRAPHQL_VALIDATION_FAILED, OPERATION_RESOLUTION_FAILURE, QUERY_TOO_COMPLEX, \
RATE_LIMITED (with `retryAfterSeconds`), TIMEOUT,
PERSISTED_QUERY_NOT_FOUND, PERSISTED_QUERY_REQUIRED, BAD_REQUEST (what is not GraphQL over HTTP), \
INTERNAL_SERVER_ERROR (with `requestId`). Codes are stable; \
messages are for people and may change.
The schema has no versions: it grows, and what goes away is marked @deprecated for at least 6 months first. \
Clients must tolerate enum values they do not know."""

# Strawberry prints a definition of @oneOf, which is GraphQL's own.
_ONE_OF_DEFINITION = "directive @oneOf on INPUT_OBJECT\n\n"

_ALL_PERMISSIONS = frozenset(Permission)


def build_schema() -> GraphQLSchema:
    """The schema that is executed, complete."""
    return _complete(_declared())


def print_sdl(held: Set[Permission] = _ALL_PERMISSIONS) -> str:
    """The schema in the schema definition language, applied directives included; the same at every printing.

    All of it, unless told whose view: that of a caller who holds exactly these permissions.
    """
    declared = _declared()
    # Strawberry's printer is the one that prints applied directives, and it prints the schema that is held here.
    declared._schema = view = build_view(_complete(declared), held)
    definitions = print_schema(declared).replace(_ONE_OF_DEFINITION, "")
    roots = {"query": view.query_type, "mutation": view.mutation_type, "subscription": view.subscription_type}
    operations = "\n".join(f"  {operation}: {type_.name}" for operation, type_ in roots.items() if type_)
    return f'"""\n{view.description}\n"""\nschema {{\n{operations}\n}}\n\n{definitions}\n'


def _declared() -> strawberry.Schema:
    scalars: dict[object, ScalarDefinition] = {datetime: DATE_TIME, date: DATE}
    config = StrawberryConfig(scalar_map=scalars, info_class=Info)
    return strawberry.Schema(query=Query, mutation=Mutation, config=config)


def _complete(declared: strawberry.Schema) -> GraphQLSchema:
    """Add what graphql-core knows and Strawberry cannot say: descriptions of schema and directives, and @oneOf."""
    schema: GraphQLSchema = declared._schema
    schema.description = DESCRIPTION
    for directive in schema.directives:
        if directive.name == "requiresPermission":
            directive.args["permission"].description = "The permission."
    for type_ in schema.type_map.values():
        # Strawberry checks @oneOf by rules of its own, whose errors have no path.
        if isinstance(type_, GraphQLInputObjectType):
            type_.is_one_of = type_.extensions[GraphQLCoreConverter.DEFINITION_BACKREF].is_one_of
    return schema
