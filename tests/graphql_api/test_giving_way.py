"""While one document is read, others are answered: it is read in a thread, which pauses, and one at a time."""

import asyncio
import threading
import time

import pytest

from graphql_api.documents import Documents, Prepared
from graphql_api.giving_way import PAUSE, STRETCH
from graphql_api.limits import Limits
from graphql_api.schema import build_schema


def test_validating_pauses_after_each_stretch_of_work(monkeypatch: pytest.MonkeyPatch) -> None:
    instants = iter(number * STRETCH / 2 for number in range(10_000))
    pauses: list[float] = []
    monkeypatch.setattr(time, "perf_counter", lambda: next(instants))
    monkeypatch.setattr(time, "sleep", pauses.append)
    Documents(build_schema(), Limits()).read("{ viewer { " + "id " * 40 + "} }")
    # Each field and its name are a node, each node takes half a stretch, and the third ends one.
    assert len(pauses) >= 2 * 40 // 3
    assert set(pauses) == {PAUSE}


async def test_documents_are_read_one_at_a_time_and_off_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    documents = Documents(build_schema(), Limits())
    read, threads, at_work, most = documents.read, set[int](), 0, 0

    def watched(text: str) -> Prepared:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        threads.add(threading.get_ident())
        try:
            return read(text)
        finally:
            at_work -= 1

    monkeypatch.setattr(documents, "read", watched)
    await asyncio.gather(*(documents.prepare(f"{{ a{n}: viewer {{ {'id ' * 40} }} }}") for n in range(5)))
    assert most == 1
    assert threads.isdisjoint({threading.get_ident()})
    assert len(threads) == 1
