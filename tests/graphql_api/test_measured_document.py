"""How large documents are found to be, and that nothing makes the measuring slow."""

from typing import Any

import pytest
from graphql import (
    GraphQLError,
    GraphQLObjectType,
    get_introspection_query,
    get_nullable_type,
    is_list_type,
    parse,
)
from hypothesis import given
from hypothesis import strategies as st

from graphql_api.documents import Documents
from graphql_api.limits import Limits
from graphql_api.measured_document import MeasuredDocument, TooComplex
from graphql_api.schema import build_schema


def messages(errors: list[GraphQLError]) -> list[str]:
    """What they say after the words they share; all of them say that the document is too complex."""
    assert all(isinstance(error.original_error, TooComplex) for error in errors)
    return [error.message.removeprefix("The document is too complex: ") for error in errors]


def exceeded(text: str, **limits: int) -> list[str]:
    """What of these limits a document exceeds."""
    return messages(MeasuredDocument(parse(text)).errors(Limits(**limits)))  # type: ignore[arg-type]  # Numbers all.


def cost(text: str, **variables: Any) -> int:
    """What a document's only operation costs."""
    operation = MeasuredDocument(parse(text)).operation(None)
    assert operation
    return operation.cost(variables)


def doubling(fragments: int, last: str, type_: str = "Viewer") -> str:
    """Fragments each of which spreads the next one twice."""
    spreads = "".join(f"fragment F{n} on {type_} {{ ...F{n + 1} ...F{n + 1} }} " for n in range(fragments))
    return f"{spreads} fragment F{fragments} on {type_} {{ {last} }}"


@pytest.mark.parametrize(
    ("text", "limits", "message"),
    [
        ("{ a { b { c } } }", {"depth": 2}, "depth 3, at most 2."),
        ("{ a { ...F } } fragment F on X { b { c } }", {"depth": 2}, "depth 3, at most 2."),
        ("{ a { ... { b { c } } } }", {"depth": 2}, "depth 3, at most 2."),
        ("{ __schema { a { b } } }", {"introspection_depth": 2}, "introspection depth 3, at most 2."),
        (
            "{ __type { ...F } } fragment F on X { a { b } }",
            {"introspection_depth": 2},
            "introspection depth 3, at most 2.",
        ),
        ("{ ...F } fragment F on X { ... { a } }", {"nesting": 2}, "nesting 3, at most 2."),
        ("{ a b { c } }", {"fields": 2}, "fields 3, at most 2."),
        ("{ ...F b { ...F } } fragment F on X { c }", {"fields": 2}, "fields 3, at most 2."),
        ("{ a } fragment F on X { a b }", {"fields": 2}, "fields 3, at most 2."),
        ("{ a } fragment F on X { a b ...F }", {"fields": 2}, "fields 3, at most 2."),
        ("{ a: b c { d: e } }", {"aliases": 1}, "aliases 2, at most 1."),
        ("{ ...F b { ...F } } fragment F on X { a: c }", {"aliases": 1}, "aliases 2, at most 1."),
        ("query @a { b @a }", {"directives": 1}, "directives 2, at most 1."),
        ("{ ...F @a ... @a { b } } fragment F on X { c }", {"directives": 1}, "directives 2, at most 1."),
        ("query ($a: A @b @b) { b } ", {"directives": 1}, "directives 2, at most 1."),
        ("{ ...F } fragment F on X @a @b { c }", {"directives": 1}, "directives 2, at most 1."),
        ("query A { a } query B { b }", {"operations": 1}, "operations 2, at most 1."),
        ("query ($a: A, $b: B) { b }", {"variables": 1}, "variables 2, at most 1."),
        ("{ aaaa: b }", {"name_characters": 3}, "name characters 4, at most 3."),
        ("{ a(b: 12345678901) }", {"digits": 10}, "digits 11, at most 10."),
        ("{ a(bbbb: CCC) }", {"name_characters": 3}, "name characters 4, at most 3."),
        ("query AAAAAA { b }", {"name_characters": 5}, "name characters 6, at most 5."),
    ],
)
def test_what_exceeds_a_limit_is_told_with_the_limit_and_what_reaches_it_is_not(
    text: str, limits: dict[str, int], message: str
) -> None:
    assert exceeded(text, **limits) == [message]
    assert exceeded(text, **{name: limit + 1 for name, limit in limits.items()}) == []


def test_operations_share_a_document_but_not_their_fragments() -> None:
    text = "query A { ...F } query B { ...F } fragment F on Query { a { b } }"
    assert exceeded(text, fields=2) == []


def test_fragments_that_double_are_measured_once_each() -> None:
    document = MeasuredDocument(parse(f"{{ viewer {{ ...F0 }} }} {doubling(80, 'a: id')}"))
    assert messages(document.errors(Limits())) == [
        "fields 1000000, at most 300.",
        "aliases 1000000, at most 15.",
    ]


def test_fragments_that_double_cost_no_time_either() -> None:
    assert cost(f"{{ viewer {{ ...F0 }} }} {doubling(80, 'id')}") == 1 + 2**80


def test_fragments_in_a_cycle_end() -> None:
    assert exceeded("{ ...A } fragment A on X { a ...B } fragment B on X { b ...A }") == []


async def test_a_document_that_is_nested_without_end_is_too_complex() -> None:
    documents = Documents(build_schema(), Limits())
    chain = "".join(f"fragment F{n} on Query {{ ...F{n + 1} }} " for n in range(240))
    for text in ("{ a " * 450 + "}" * 450, "{ viewer { id(a: " + "[" * 900 + "]" * 900 + ") } }", "{ ...F0 } " + chain):
        prepared = await documents.prepare(text)
        assert prepared.measured is None
        (message,) = messages(prepared.errors)
        assert message.startswith("nesting ")
        assert message.endswith(", at most 100.")


async def test_the_standard_introspection_query_passes_and_reaches_its_bound() -> None:
    query = get_introspection_query(
        specified_by_url=True, directive_is_repeatable=True, schema_description=True, input_value_deprecation=True
    )
    prepared = await Documents(build_schema(), Limits()).prepare(query)
    assert prepared.errors == []
    assert exceeded(query, introspection_depth=14) == ["introspection depth 15, at most 14."]


@pytest.mark.parametrize(
    ("text", "variables", "expected"),
    [
        ("{ viewer { id role } }", {}, 3),
        ("{ c(first: 10) { nodes { id } } }", {}, 1 + 10 * 2),
        ("{ c(first: 10) { edges { node { id } } totalCount pageInfo { endCursor } } }", {}, 1 + 10 * 3 + 3),
        ("{ c { nodes { id } } }", {}, 1 + 50 * 2),
        ("{ c(last: 10) { nodes { id } } }", {}, 1 + 10 * 2),
        ("{ c(first: 10, last: 5) { nodes { id } } }", {}, 1 + 10 * 2),
        ("{ c(first: null, last: 5) { nodes { id } } }", {}, 1 + 5 * 2),
        ("{ c(first: 0) { nodes { id } } }", {}, 1),
        ("{ c(first: 10) { ...F } } fragment F on C { ... { nodes { id } } }", {}, 1 + 10 * 2),
        ("{ c(first: 10) { nodes { d(first: 10) { nodes { id } } } } }", {}, 1 + 10 * (1 + 1 + 10 * 2)),
        ("{ c(first: 10) { nodes { events(last: 200) { status } } } }", {}, 1 + 10 * (1 + 5 + 1)),
        ("{ a: c(first: 10) { nodes { id } } b: c(first: 10) { nodes { id } } }", {}, 2 * (1 + 10 * 2)),
        ('{ nodes(ids: ["a", "b", "c"]) { id } }', {}, 1 + 3),
        ("query ($n: Int) { c(first: $n) { nodes { id } } }", {"n": 10}, 1 + 10 * 2),
        ("query ($n: Int) { c(first: $n) { nodes { id } } }", {"n": 10.0}, 1 + 10 * 2),
        ("query ($n: Int) { c(first: $n) { nodes { id } } }", {"n": None}, 1 + 50 * 2),
        ("query ($n: Int) { c(first: $n) { nodes { id } } }", {}, 1 + 50 * 2),
        ("query ($n: Int = 20) { c(first: $n) { nodes { id } } }", {}, 1 + 20 * 2),
        # What will be refused, for its type or its bound, costs no more than the bound.
        ("query ($n: Int) { c(first: $n) { nodes { id } } }", {"n": "1"}, 1 + 100 * 2),
        ("query ($n: Int) { c(first: $n) { nodes { id } } }", {"n": 10**19}, 1 + 100 * 2),
        ("query ($n: Int) { c(first: $n) { nodes { id } } }", {"n": -1}, 1),
        ("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ["a", "b"]}, 1 + 2),
        ("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": "a"}, 1 + 1),
        ("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ["a"] * 1_000}, 1 + 100),
    ],
)
def test_a_cost_is_the_number_of_fields_that_may_be_answered(
    text: str, variables: dict[str, Any], expected: int
) -> None:
    assert cost(text, **variables) == expected


def test_every_list_of_the_schema_is_counted_somehow() -> None:
    """Rows are multiplied, `events` weighs more; the others are short by their nature."""
    lists = {
        f"{type_.name}.{name}"
        for type_ in build_schema().type_map.values()
        if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__")
        for name, field in type_.fields.items()
        if is_list_type(get_nullable_type(field.type)) and name not in {"edges", "nodes"}
    }
    assert lists == {
        "AccessToken.permissions",
        "AccessTokenIssuePayload.userErrors",
        "AccessTokenRevokePayload.userErrors",
        "SmtpActivity.events",
        "SmtpActivityConnection.statusCounts",
        "UserError.field",
        "Viewer.permissions",
    }


_SIZED = parse("""query Q($n: Int, $m: Int = 7, $ids: [ID!]!, $id: ID!) {
    a: smtpActivities(first: $n) { nodes { id ...F } } nodes(ids: $ids) { id } both: nodes(ids: [$id, "x"]) { id }
} fragment F on SmtpActivity { events(last: $m) { status } }""")
_VALUES = st.none() | st.integers(-5, 200) | st.floats(0, 200) | st.booleans() | st.text(max_size=2)


@given(
    st.lists(
        st.fixed_dictionaries({}, optional={"n": _VALUES, "m": _VALUES, "ids": st.lists(st.text()) | _VALUES}),
        min_size=2,
        max_size=9,
    )
)
def test_a_cost_that_is_remembered_is_that_of_its_variables(asked: list[dict[str, Any]]) -> None:
    remembering = MeasuredDocument(_SIZED)

    def cost_by(document: MeasuredDocument, variables: dict[str, Any]) -> int:
        operation = document.operation(None)
        assert operation
        return operation.cost(variables)

    assert [cost_by(remembering, variables) for variables in asked] == [
        cost_by(MeasuredDocument(_SIZED), variables) for variables in asked
    ]
