"""Logs in pieces, read in any order, side by side and more than once: the rows are those of one undisturbed reading."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC
from itertools import pairwise

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from database.store import Store
from ingest.postfix import PostfixParser
from ingest.syslog import SyslogClock
from models.event import DeliveryEvent
from tests.conftest import NOW
from tests.ingest.test_recorded_logs import everything, forget, lines_of_some_messages, store

__all__ = ["store"]  # a fixture

LINES = lines_of_some_messages()


Piece = tuple[int, int]
"""From this line to before that one."""


def open_after(lines: list[bytes]) -> set[int]:
    """After how many lines a first recipient waits for its message, which the same process names next."""
    parser = PostfixParser(SyslogClock(2026, UTC))
    found = set()
    for number, line in enumerate(lines, start=1):
        parser.parse(line)
        if parser.open_ends():
            found.add(number)
    return found


OPEN = open_after(LINES)


def in_pieces(lines: list[bytes]) -> st.SearchStrategy[list[Piece]]:
    """Up to five, in their order.

    At most one cut parts a first recipient from its message: a piece that begins so and ends so within one second does
    not tell which of the two its message is about.
    """
    cuts = st.sets(st.integers(1, len(lines) - 1), max_size=4).filter(lambda cuts: len(OPEN & cuts) <= 1)
    return cuts.map(lambda cuts: list(pairwise([0, *sorted(cuts), len(lines)])))


@st.composite
def readings(draw: st.DrawFn) -> list[Piece]:
    """Pieces of the log, each read at least once, in any order."""
    pieces = draw(in_pieces(LINES))
    again = draw(st.lists(st.sampled_from(pieces), max_size=2))
    return draw(st.permutations([*pieces, *again]))


def batches(lines: list[bytes], size: int) -> Iterator[list[DeliveryEvent]]:
    """What one reading of these lines brings, a batch at a time."""
    parser = PostfixParser(SyslogClock(2026, UTC))
    for start in range(0, len(lines), size):
        events = [event for line in lines[start : start + size] for event in parser.parse(line)]
        is_last = start + size >= len(lines)
        yield [*events, *parser.open_ends()] if is_last else events


class Rows(list[Sequence[object]]):
    """Rows that do not fill the page on which hypothesis shows its example."""

    def __repr__(self) -> str:
        return f"{len(self)} rows"


@pytest.fixture
async def undisturbed(store: Store, connection: asyncpg.Connection) -> Rows:
    """What the whole log comes to."""
    return await rows_of_whole(LINES, store, connection)


@pytest.fixture
async def undisturbed_short(store: Store, connection: asyncpg.Connection) -> Rows:
    """What it comes to with short queue ids."""
    return await rows_of_whole(SHORT, store, connection)


async def rows_of_whole(lines: list[bytes], store: Store, connection: asyncpg.Connection) -> Rows:
    for batch in batches(lines, len(lines)):
        await store.record(batch, None, NOW)
    rows = Rows(await everything(connection))
    assert len(rows) > 50
    return rows


# Each example reads the log anew.
few = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=settings().max_examples // 5)


@few
@given(readings(), st.integers(1, 40), st.lists(st.integers(0, 9), min_size=1))
async def test_pieces_in_any_order_side_by_side_and_twice_come_to_the_same(
    store: Store,
    connection: asyncpg.Connection,
    undisturbed: Rows,
    pieces: list[Piece],
    size: int,
    turns: list[int],
) -> None:
    await forget(connection)
    reading = [batches(LINES[start:end], size) for start, end in pieces]
    step = 0
    while reading:
        # Two at most are read at once.
        one = reading[turns[step % len(turns)] % min(2, len(reading))]
        step += 1
        batch = next(one, None)
        if batch is None:
            reading.remove(one)
        else:
            await store.record(batch, None, NOW)
    assert await everything(connection) == undisturbed


def with_short_ids(lines: list[bytes]) -> list[bytes]:
    """The same log of a relay without enable_long_queue_ids."""
    long_ids = list(dict.fromkeys(re.findall(rb"\b4j[0-9A-Za-z]{13}\b", b"".join(lines))))
    numbers = {long_id: b"%010X" % number for number, long_id in enumerate(long_ids, start=0x7D06A2CC4D)}
    return [re.sub(rb"\b4j[0-9A-Za-z]{13}\b", lambda match: numbers[match[0]], line) for line in lines]


SHORT = with_short_ids(LINES)
AN_HOUR_LATER = [line.replace(b"Nov 23 18:", b"Nov 23 19:") for line in SHORT]
OTHER_RELAY = [line.replace(b" relay1 ", b" relay2 ") for line in SHORT]


async def record(store: Store, lines: list[bytes]) -> None:
    for batch in batches(lines, 10):
        await store.record(batch, None, NOW)


async def recipients(connection: asyncpg.Connection) -> Counter[tuple[object, ...]]:
    """What became of whom, whatever a message is called and whenever it came."""
    records = await connection.fetch(
        """
        select relay, recipient, delivered_to, sender, envelope_sender, subject, message_id, status, reason_message,
            attempt_count, (select count(*) from smtp_event where (account_id, activity_id) = (a.account_id, a.id))
        from smtp_activity a
        """
    )
    return Counter(map(tuple, records))


@few
@given(in_pieces(SHORT), st.integers(1, 40))
async def test_with_short_queue_ids_pieces_in_their_order_come_to_the_same(
    store: Store,
    connection: asyncpg.Connection,
    undisturbed_short: Rows,
    pieces: list[Piece],
    size: int,
) -> None:
    await forget(connection)
    for start, end in pieces:
        for batch in batches(SHORT[start:end], size):
            await store.record(batch, None, NOW)
    assert await everything(connection) == undisturbed_short


async def test_two_relays_with_the_same_short_queue_ids_do_not_mix(
    store: Store, connection: asyncpg.Connection
) -> None:
    await record(store, SHORT)
    one = await recipients(connection)
    await forget(connection)
    await record(store, [line for pair in zip(SHORT, OTHER_RELAY, strict=True) for line in pair])
    both = await recipients(connection)
    assert both == one + Counter({("relay2", *rest): number for (_, *rest), number in one.items()})


async def test_a_short_queue_id_that_is_used_again_is_a_new_message(
    store: Store, connection: asyncpg.Connection
) -> None:
    await record(store, SHORT)
    one = await recipients(connection)
    await record(store, AN_HOUR_LATER)
    assert await recipients(connection) == one + one
    messages = "select count(distinct arrived_at), count(distinct queue_id) from relay_message where queue_id = $1"
    assert tuple(await connection.fetchrow(messages, "7D06A2CC4D") or ()) == (2, 1)
