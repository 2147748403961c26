"""Views of a small schema that has what the API's may have one day: unions, interfaces, mutations, deprecations."""
# mypy: allow-untyped-decorators
# As in graphql_api itself: the called form of Strawberry's decorators has no types.

from enum import Enum
from typing import Annotated

import pytest
import strawberry
from graphql import ExecutionResult, GraphQLSchema, execute, parse, print_type

from auth.permissions import Permission
from graphql_api.introspection import ViewingExecutor, build_view
from graphql_api.permission import guarded_field

SCALARS = {"String", "Boolean", "Int"}
NOBODYS = '''\
"""What can be asked."""
type Query {
  """By its name."""
  named: Named
  """Either."""
  found: Found
  """Old."""
  old(
    """How many."""
    limit: Int! = 3
  ): Thing! @deprecated(reason: "Use found.")
}

"""Whatever has a name."""
interface Named {
  """What people call it."""
  name: String!
}

"""What a search finds."""
union Found = Thing | Place

"""A thing."""
type Thing implements Named {
  """What people call it."""
  name: String!
}

"""A place."""
type Place implements Named {
  """What people call it."""
  name: String!
}'''


@strawberry.interface(description="Whatever has a name.")
class Named:
    """An interface that more types implement than are open."""

    name: str = strawberry.field(description="What people call it.")


@strawberry.type(description="A thing.")
class Thing(Named):
    """Open."""


@strawberry.type(description="A place.")
class Place(Named):
    """Reached by a union alone."""


@strawberry.enum(description="How secret.")
class Level(Enum):
    """Reached by a hidden type alone."""

    HIGH = strawberry.enum_value("high", description="Very.")


@strawberry.type(description="A secret.")
class Secret(Named):
    """Reached by a guarded field alone, though it implements an open interface."""

    level: Level = strawberry.field(description="How secret.")


@strawberry.input(description="Which one.")
class Which:
    """Reached by a guarded field's argument alone."""

    level: Level = strawberry.field(description="How secret.")


Found = Annotated[Thing | Place, strawberry.union("Found", description="What a search finds.")]


@strawberry.type(description="What can be asked.")
class Query:
    """Three open fields and a guarded one."""

    named: Named | None = strawberry.field(description="By its name.")
    found: Found | None = strawberry.field(description="Either.")

    @strawberry.field(description="Old.", deprecation_reason="Use found.")
    def old(self, limit: Annotated[int, strawberry.argument(description="How many.")] = 3) -> Thing:
        """Never called."""
        raise NotImplementedError

    @guarded_field(Permission.ACCESS_SMTP_ACTIVITIES, description="A secret. {requires}.")
    async def secret(self, which: Annotated[Which, strawberry.argument(description="Which one.")]) -> Secret | None:
        """Never called."""
        raise NotImplementedError


@strawberry.type(description="What can be changed.")
class Mutation:
    """Nothing but guarded."""

    @guarded_field(Permission.MANAGE_ACCESS_TOKENS, description="Change it. {requires}.")
    async def change(self) -> bool | None:
        """Never called."""
        raise NotImplementedError


@pytest.fixture
def schema() -> GraphQLSchema:
    """All of it."""
    built: GraphQLSchema = strawberry.Schema(Query, Mutation)._schema
    return built


def test_descriptions_deprecations_and_defaults_are_kept_and_the_rest_is_gone(schema: GraphQLSchema) -> None:
    view = build_view(schema, set())
    named = [type_ for name, type_ in view.type_map.items() if not name.startswith("__") and name not in SCALARS]
    # Permission is what the directive's own argument takes.
    assert {type_.name for type_ in named} == {"Query", "Named", "Found", "Thing", "Place", "Permission"}
    printed = "\n\n".join(print_type(type_) for type_ in named if type_.name != "Permission")
    assert printed.replace("\n\n  ", "\n  ") == NOBODYS


def test_a_root_type_is_there_when_one_of_its_fields_is_open(schema: GraphQLSchema) -> None:
    assert build_view(schema, {Permission.ACCESS_SMTP_ACTIVITIES}).mutation_type is None
    mutation = build_view(schema, {Permission.MANAGE_ACCESS_TOKENS}).mutation_type
    assert mutation is not None
    assert mutation.fields.keys() == {"change"}


@pytest.mark.parametrize(
    ("held", "expected"),
    [(set(), {"Thing", "Place"}), ({Permission.ACCESS_SMTP_ACTIVITIES}, {"Thing", "Place", "Secret"})],
)
def test_an_interface_lists_the_possible_types_that_are_reached_otherwise(
    schema: GraphQLSchema, held: set[Permission], expected: set[str]
) -> None:
    document = parse('{ __type(name: "Named") { possibleTypes { name } } }')
    result = execute(schema, document, executor_class=ViewingExecutor, view=build_view(schema, held))
    assert isinstance(result, ExecutionResult)
    assert result.data is not None
    assert {possible["name"] for possible in result.data["__type"]["possibleTypes"]} == expected


def test_a_schema_that_a_permission_would_leave_with_an_empty_type_is_refused() -> None:
    @strawberry.type(description="Nothing but guarded.")
    class Vault:
        @guarded_field(Permission.MANAGE_ACCESS_TOKENS, description="What is in it. {requires}.")
        async def content(self) -> str | None:
            raise NotImplementedError

    @strawberry.type(description="What can be asked.")
    class Asked:
        vault: Vault | None = strawberry.field(description="Open, but leads to nothing.")

    built = strawberry.Schema(Asked)._schema
    assert build_view(built, {Permission.MANAGE_ACCESS_TOKENS}).get_type("Vault") is not None
    with pytest.raises(TypeError, match="Vault must define one or more fields"):
        build_view(built, set())
