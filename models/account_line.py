"""A line of `account sync`: one account as JSON, with its SMTP user names and domains. Pure; see `AccountLine`."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, TypeVar

import msgspec

from models.account_fields import domain_name, plain_text, plan_end
from models.time_zone import time_zone

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class AccountLine:
    """What a line says of its account; None for user names or domains: they stay as they are."""

    number: int
    external_id: str
    name: str
    time_zone: str
    plan_active_until: datetime | None
    credentials: frozenset[str] | None
    domains: frozenset[str] | None


class LineProblem(NamedTuple):
    """What is wrong with a line; the first one has number 1."""

    line: int
    message: str


class ParsedLines(NamedTuple):
    """The lines' accounts, and all that is wrong; the accounts are of use only when nothing is."""

    accounts: list[AccountLine]
    problems: list[LineProblem]


class _Stated(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    external_id: str
    name: str
    time_zone: str
    plan_active_until: str | None
    credentials: list[str] | None = None
    domains: list[str] | None = None


_DECODER = msgspec.json.Decoder(_Stated)


def parse_lines(lines: Iterable[bytes]) -> ParsedLines:
    """Every line that is not blank, and every problem, in the lines' order."""
    accounts, problems = [], []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                accounts.append(_parse(number, line))
            except ValueError as error:
                problems.append(LineProblem(number, str(error)))
    problems.extend(_repetitions(accounts))
    return ParsedLines(accounts, sorted(problems, key=lambda problem: problem.line))


def _parse(number: int, line: bytes) -> AccountLine:
    stated = _decode(line)
    plan = stated.plan_active_until
    return AccountLine(
        number=number,
        external_id=_field("externalId", plain_text, stated.external_id),
        name=_field("name", plain_text, stated.name),
        time_zone=_field("timeZone", time_zone, stated.time_zone).key,
        plan_active_until=None if plan is None else _field("planActiveUntil", plan_end, plan),
        credentials=_names("credentials", plain_text, stated.credentials),
        domains=_names("domains", domain_name, stated.domains),
    )


def _decode(line: bytes) -> _Stated:
    try:
        return _DECODER.decode(line)
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None
    except msgspec.DecodeError as error:
        # msgspec writes the path last: "Expected `str`, got `int` - at `$.name`".
        message, _, path = str(error).partition(" - at `$.")
        raise ValueError(f"{path.rstrip('`')}: {message}" if path else message) from None


def _field(name: str, rule: Callable[[str], T], value: str) -> T:
    try:
        return rule(value)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def _names(name: str, rule: Callable[[str], str], values: list[str] | None) -> frozenset[str] | None:
    return None if values is None else frozenset(_field(name, rule, value) for value in values)


def _repetitions(accounts: Iterable[AccountLine]) -> Iterator[LineProblem]:
    """An account stands on one line; a user name or a domain belongs to one account."""
    first: dict[tuple[str, str], int] = {}
    for account in accounts:
        named = [("externalId", account.external_id)]
        named += [("credentials", name) for name in sorted(account.credentials or ())]
        named += [("domains", name) for name in sorted(account.domains or ())]
        for field, name in named:
            earlier = first.setdefault((field, name), account.number)
            if earlier != account.number:
                yield LineProblem(account.number, f"{field}: “{name}” stands on line {earlier} already")
