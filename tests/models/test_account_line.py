"""Lines of `account sync`: what they say, and what is wrong with them."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.account_fields import FOREVER
from models.account_line import AccountLine, LineProblem, parse_lines

NORTHWIND: dict[str, object] = {
    "externalId": "northwind",
    "name": "Northwind",
    "timeZone": "America/Toronto",
    "planActiveUntil": "2027-01-01T00:00:00-05:00",
    "credentials": ["northwind@relay1.example.net"],
    "domains": ["Northwind.example"],
}


def line(**changes: object) -> bytes:
    return json.dumps({name: value for name, value in (NORTHWIND | changes).items() if value is not ...}).encode()


def test_a_line_says_what_an_account_is() -> None:
    assert parse_lines([line() + b"\n"]) == (
        [
            AccountLine(
                number=1,
                external_id="northwind",
                name="Northwind",
                time_zone="America/Toronto",
                plan_active_until=datetime(2027, 1, 1, 5, tzinfo=UTC),
                credentials=frozenset({"northwind@relay1.example.net"}),
                domains=frozenset({"northwind.example"}),
            )
        ],
        [],
    )


@pytest.mark.parametrize("value", [..., None])
def test_names_that_are_not_given_stay(value: object) -> None:
    ((account,), problems) = parse_lines([line(credentials=value, domains=value)])
    assert (account.credentials, account.domains, problems) == (None, None, [])


def test_an_empty_list_takes_all_names_away() -> None:
    ((account,), _) = parse_lines([line(credentials=[], domains=[])])
    assert (account.credentials, account.domains) == (frozenset(), frozenset())


@pytest.mark.parametrize(("value", "plan"), [(None, None), ("forever", FOREVER)])
def test_a_plan_may_be_missing_or_endless(value: object, plan: datetime | None) -> None:
    ((account,), _) = parse_lines([line(planActiveUntil=value)])
    assert account.plan_active_until == plan


def test_blank_lines_count_but_say_nothing() -> None:
    accounts, problems = parse_lines([b"\n", b"", line(), b"  \r\n", line(externalId="")])
    assert [account.number for account in accounts] == [3]
    assert problems == [(5, "externalId: must not be blank")]


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (b"northwind", "JSON is malformed: "),
        (b"[]", "Expected `object`, got `array`"),
        (b'{"externalId": "\xff"}', "it is not UTF-8"),
        (line(externalId=...), "Object missing required field `externalId`"),
        (line(planActiveUntil=...), "Object missing required field `planActiveUntil`"),
        (line(plan="forever"), "Object contains unknown field `plan`"),
        (line(name=7), "name: Expected `str`, got `int`"),
        (line(credentials="a"), "credentials: Expected `array | null`, got `str`"),
        (line(domains=["a", 7]), "domains[1]: Expected `str`, got `int`"),
        (line(externalId=" northwind"), "externalId: “northwind” has spaces around it"),
        (line(name="a\x00"), "name: must not hold control characters"),
        (line(timeZone="Toronto"), "timeZone: “Toronto” is no IANA time zone; the nearest are America/Toronto"),
        (line(planActiveUntil="2027-01-01"), "planActiveUntil: “2027-01-01” has no UTC offset"),
        (line(planActiveUntil="2027-01-01T00:00:00"), "planActiveUntil: “2027-01-01T00:00:00” has no UTC offset"),
        (line(planActiveUntil=1798779600), "planActiveUntil: Expected `str | null`, got `int`"),
        (line(credentials=["a", ""]), "credentials: must not be blank"),
        (line(domains=["a@northwind.example"]), "domains: “a@northwind.example” is no domain"),
    ],
)
def test_a_bad_line_is_named_with_its_field_and_does_not_hide_others(bad: bytes, message: str) -> None:
    other = line(externalId="acme", credentials=[], domains=[])
    accounts, problems = parse_lines([other, bad, b"}"])
    assert [account.external_id for account in accounts] == ["acme"]
    assert [problem.line for problem in problems] == [2, 3]
    assert problems[0].message.startswith(message)


def test_what_stands_twice_is_named_with_both_lines() -> None:
    acme = line(externalId="acme")
    twice = line(credentials=[], domains=["else.example"])
    assert parse_lines([line(), acme, twice]).problems == [
        LineProblem(2, "credentials: “northwind@relay1.example.net” stands on line 1 already"),
        LineProblem(2, "domains: “northwind.example” stands on line 1 already"),
        LineProblem(3, "externalId: “northwind” stands on line 1 already"),
    ]


def test_a_name_may_stand_twice_on_its_own_line() -> None:
    ((account,), problems) = parse_lines([line(domains=["a.example", "A.example"])])
    assert (account.domains, problems) == (frozenset({"a.example"}), [])


@given(st.lists(st.binary(max_size=40) | st.just(line()), max_size=6))
def test_every_line_that_is_not_blank_is_an_account_or_a_problem(lines: list[bytes]) -> None:
    accounts, problems = parse_lines(lines)
    named = {account.number for account in accounts} | {problem.line for problem in problems}
    assert named == {number for number, content in enumerate(lines, 1) if content.strip()}
    assert problems == sorted(problems, key=lambda problem: problem.line)
