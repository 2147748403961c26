"""Measures what pages, searches and counts cost PostgreSQL, in the largest account and in a small one, by turns.

They are asked of the service over HTTP; the time is what `pg_stat_statements` says of the service's own statements on
activities: planning and executing, of one request at a time.
"""

import argparse
import asyncio
import http.client
import json
import statistics
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import asyncpg
from data_set import DataSet, data_set, options
from many_accounts import RARE_ROWS, TERMS, name_of
from run import ACCOUNT, issue_token

_PAGE = """
query Page($first: Int, $after: String, $filter: SmtpActivityFilter) {
  smtpActivities(first: $first, after: $after, filter: $filter) {
    edges { cursor node { id sentAt status recipient sender subject messageId } } pageInfo { hasNextPage endCursor }
  }
}"""
_COUNT = "query Count($filter: SmtpActivityFilter) { smtpActivities(first: 0, filter: $filter) { totalCount } }"
_STATUSES = """
query Statuses($filter: SmtpActivityFilter) { smtpActivities(first: 0, filter: $filter) { statusCounts { count } } }"""
# All that was made.
_ALL = {"period": {"lastDays": 366}}
# Addresses that nobody has; of the first, each word is in one row of some 16 or 50.
_OF_COMMON_WORDS = "anna.rossi@mx12.test"
_OTHERS = [f"nobody{number}@mx{number}.test" for number in range(19)]
_SPENT = """
select coalesce(sum(total_plan_time + total_exec_time), 0) from pg_stat_statements
where userid = 'smtp_activity_service'::regrole and query ~ 'FROM \\(*\\s*smtp_activity|smtp_activity\\.'
"""
# What takes longer is asked no more than so often.
_SLOW, _SLOW_ROUNDS = 200.0, 5


@dataclass
class Case:
    """A request, how many rows it must answer (None: as many as there are), and the milliseconds of the database."""

    name: str
    filter: dict[str, Any]
    rows: int | None = None
    document: str = _PAGE
    after: str | None = None
    milliseconds: list[float] = field(default_factory=list)
    out_of_time: int = 0

    @property
    def is_slow(self) -> bool:
        """Whether it was asked often enough for its slowness."""
        times = self.milliseconds
        return self.out_of_time > 1 or (len(times) >= _SLOW_ROUNDS and statistics.median(times) > _SLOW)

    def told(self) -> str:
        """Its median, and within how much 95 % were; or that it was not answered."""
        if self.out_of_time:
            return f"TIMEOUT ({self.out_of_time} of {self.out_of_time + len(self.milliseconds)})"
        within = statistics.quantiles(self.milliseconds, n=20, method="inclusive")[-1]
        return f"{statistics.median(self.milliseconds):,.2f} ({within:,.2f})"


class Asker:
    """One account's caller, and the database that answers it."""

    def __init__(self, url: str, account: str, watching: asyncpg.Connection) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc)
        token = issue_token("regular", account)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._watching = watching

    async def ask(self, case: Case) -> dict[str, Any]:
        """The answer; its time is noted in the case."""
        await self._watching.execute("select pg_stat_statements_reset()")
        answer = self.answer(case.document, {"first": 50, "after": case.after, "filter": case.filter})
        if "errors" in answer:
            if [error["extensions"]["code"] for error in answer["errors"]] != ["TIMEOUT"]:
                raise SystemExit(f"{case.name}: {answer}")
            case.out_of_time += 1
        else:
            case.milliseconds.append(await self._watching.fetchval(_SPENT))
        return answer

    def answer(self, document: str, variables: dict[str, Any]) -> dict[str, Any]:
        """The whole answer."""
        body = json.dumps({"query": document, "variables": variables})
        self._connection.request("POST", "/graphql", body, self._headers)
        answer: dict[str, Any] = json.loads(self._connection.getresponse().read())
        # The service would close one that is idle while others are asked; the next request opens it again.
        self._connection.close()
        return answer


def cases(asker: Asker, rare_rows: int) -> list[Case]:
    """What is measured; the deep page's cursor and a recipient are looked up."""
    to = datetime.now(UTC) - timedelta(days=60)
    half = {"period": {"instants": {"from": (to - timedelta(days=400)).isoformat(), "to": to.isoformat()}}}
    edge = asker.answer(_PAGE, {"first": 1, "filter": half})["data"]["smtpActivities"]["edges"][-1]
    recipient, in_sender = edge["node"]["recipient"], TERMS.in_every_sender
    return [
        Case("first page, last 30 days", {}),
        Case("first page", _ALL),
        Case("page half the way down", _ALL, after=edge["cursor"]),
        Case("one status", _ALL | {"status": ["HARD_BOUNCE"]}),
        Case("two statuses", _ALL | {"status": ["HARD_BOUNCE", "DEFERRED"]}),
        Case("rare term anywhere", _ALL | {"search": TERMS.rare_subject}, rare_rows),
        Case("rare term in the subject", _ALL | {"subject": {"contains": TERMS.rare_subject}}, rare_rows),
        Case("rare term in the recipient", _ALL | {"recipient": {"contains": TERMS.rare_recipient}}, rare_rows),
        Case("one recipient, whole address", _ALL | {"recipient": {"equals": recipient}}),
        Case("twenty recipients, whole addresses", _ALL | {"recipient": {"in": [*_OTHERS, recipient]}}),
        Case("the address anywhere", _ALL | {"search": recipient}),
        Case("the same, last 30 days", {"search": recipient}),
        Case("the address in the recipient", _ALL | {"recipient": {"contains": recipient}}),
        Case("an address of common words that does not occur", _ALL | {"search": _OF_COMMON_WORDS}, 0),
        Case("a sender that does not occur", _ALL | {"sender": {"equals": _OF_COMMON_WORDS}}, 0),
        Case("recipients of a domain", _ALL | {"recipient": {"domain": "mx123.test"}}),
        Case("nothing that occurs", _ALL | {"search": "xylophone"}, 0),
        Case("common term anywhere", _ALL | {"search": TERMS.common_subject}),
        Case("common term, last 30 days", {"search": TERMS.common_subject}),
        Case("two characters that occur", _ALL | {"search": "re"}),
        Case("two characters that do not", _ALL | {"search": "qx"}, 0),
        Case("the same, last 30 days", {"search": "qx"}, 0),
        Case("term common only in another column", _ALL | {"subject": {"contains": in_sender}}, 0),
        Case("the same, last 30 days", {"subject": {"contains": in_sender}}, 0),
        Case("term common only in other accounts", _ALL | {"search": TERMS.only_of_others}, 0),
        Case("the same, last 30 days", {"search": TERMS.only_of_others}, 0),
        Case("totalCount, last 30 days", {}, document=_COUNT),
        Case("totalCount", _ALL, document=_COUNT),
        Case("totalCount of a rare term", _ALL | {"search": TERMS.rare_subject}, document=_COUNT),
        Case("totalCount of one recipient", _ALL | {"recipient": {"equals": recipient}}, document=_COUNT),
        Case("totalCount of the address anywhere", _ALL | {"search": recipient}, document=_COUNT),
        Case("totalCount of a common term", _ALL | {"search": TERMS.common_subject}, document=_COUNT),
        Case("the same, last 30 days", {"search": TERMS.common_subject}, document=_COUNT),
        Case("statusCounts", _ALL, document=_STATUSES),
        Case("statusCounts of a common term", _ALL | {"search": TERMS.common_subject}, document=_STATUSES),
    ]


async def measure(data: DataSet, rounds: int) -> tuple[list[Case], list[Case]]:
    """Each round asks every case of both accounts in turn."""
    watching = await asyncpg.connect(data.database)
    await watching.execute("create extension if not exists pg_stat_statements")
    askers = [Asker(data.service, name_of(ACCOUNT, rank), watching) for rank in (1, data.plan.small_rank)]
    rare = min(RARE_ROWS, data.plan.activities)
    measured = [(asker, case) for asker in askers for case in cases(asker, rare)]
    for number in range(rounds + 1):
        for asker, case in measured:
            if case.is_slow:
                continue
            answer = await asker.ask(case)
            if case.rows is not None and "errors" not in answer:
                found = len(answer["data"]["smtpActivities"]["edges"])
                if found != case.rows:
                    raise SystemExit(f"{case.name}: {found} rows, {case.rows} expected")
            if number == 0 and case.milliseconds and case.milliseconds[-1] < _SLOW:
                case.milliseconds.clear()  # the first plans, and fills caches
    await watching.close()
    largest, small = ([case for asker, case in measured if asker is each] for each in askers)
    return largest, small


def main() -> None:
    """Measure, as the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__)
    options(parser)
    parser.add_argument("--rounds", type=int, default=25)
    given = parser.parse_args()
    with data_set(given) as data:
        began = time.perf_counter()
        largest, small = asyncio.run(measure(data, given.rounds))
        print(f"\n{data.plan.activities:,} activities; milliseconds of the database: median (95 % within).\n")
        print("| request | largest account | small account |\n|---|---|---|")
        for one, other in zip(largest, small, strict=True):
            print(f"| {one.name} | {one.told()} | {other.told()} |")
        print(f"\n{time.perf_counter() - began:.0f} s.")


if __name__ == "__main__":
    main()
