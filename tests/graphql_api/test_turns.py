"""A dear operation gives way to others."""

import asyncio
from typing import Any

from graphql import GraphQLField, GraphQLInt, GraphQLList, GraphQLObjectType, GraphQLSchema, execute, parse

from graphql_api.introspection import ViewingExecutor
from graphql_api.limits import ROWS_IN_ONE_TURN

LISTS, ROWS = 5, ROWS_IN_ONE_TURN * 6


async def test_the_long_lists_of_an_operation_take_one_turn_together() -> None:
    done = 0

    def resolve(row: int, _: Any) -> int:
        nonlocal done
        done += 1
        return row

    row = GraphQLObjectType("Row", {"number": GraphQLField(GraphQLInt, resolve=resolve)})
    rows = GraphQLField(GraphQLList(row), resolve=lambda *_: list(range(ROWS)))
    schema = GraphQLSchema(GraphQLObjectType("Query", {"rows": rows}))
    document = parse("{ " + " ".join(f"a{n}: rows {{ number }}" for n in range(LISTS)) + " }")
    result = execute(schema, document, executor_class=ViewingExecutor, view=schema, in_turns=True)
    working = asyncio.ensure_future(result)  # type: ignore[arg-type]  # It waits for its lists.
    turns = []
    while not working.done():
        before = done
        await asyncio.sleep(0)
        turns.append(done - before)
    assert not (await working).errors
    assert done == LISTS * ROWS
    # All begin at once; after that nobody has more than one turn.
    assert max(sorted(turns)[:-1]) <= ROWS_IN_ONE_TURN
