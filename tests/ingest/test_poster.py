"""The poster: each batch until it is answered, whatever stands in between says."""

import asyncio
import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from database.source_progress import SourceProgress
from ingest import poster
from ingest.delivery_events import MEDIA_TYPE
from ingest.poster import Poster
from ingest.spool import open_spool
from models.event import Removed

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
URL = "https://service.example/ingest/events"
EVENTS = [Removed(relay="relay1", queue_id=f"4F2B31C0A{number}", occurred_at=NOW) for number in range(3)]


def answer(*outcomes: str) -> httpx.Response:
    lines = ({"line": number, "outcome": outcome} for number, outcome in enumerate(outcomes, start=1))
    return httpx.Response(200, text="".join(json.dumps(line) + "\n" for line in lines))


async def post_all(tmp_path: Path, *answers: httpx.Response | Exception) -> list[httpx.Request]:
    """What is asked of a server that answers so, until the spool is empty."""
    asked: list[httpx.Request] = []
    given = iter(answers)

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        answered = next(given)
        if isinstance(answered, Exception):
            raise answered
        return answered

    # A server that says these is not to be had; how a real one is spoken to, tests/cli/test_post.py shows.
    client = httpx.AsyncClient(transport=httpx.MockTransport(handle))
    with open_spool(tmp_path, 10**6) as spool:
        await spool.record(EVENTS, SourceProgress("mail.log", "f", 1), NOW)
        async with client:
            posting = asyncio.create_task(Poster(client, URL, spool).run())
            while spool.waiting():
                await asyncio.sleep(0.01)
                assert not posting.done(), posting.exception()
            posting.cancel()
    return asked


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poster, "_FIRST_WAIT", 0.01)


async def test_a_batch_is_posted_packed_and_as_what_it_is(tmp_path: Path) -> None:
    (asked,) = await post_all(tmp_path, answer("stored", "known", "waiting"))
    assert (str(asked.url), asked.headers["content-type"]) == (URL, MEDIA_TYPE)
    assert len(gzip.decompress(asked.content).splitlines()) == len(EVENTS)
    assert not (tmp_path / "refused.ndjson").exists()


@pytest.mark.parametrize(
    "failure",
    [
        httpx.ConnectError("no"),
        httpx.ReadTimeout("no"),
        httpx.Response(401, json={"errors": []}),
        httpx.Response(429, headers={"Retry-After": "0"}),
        httpx.Response(503, headers={"Retry-After": "soon"}),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, text=""),
        answer("stored", "stored"),
    ],
)
async def test_what_is_not_answered_is_posted_again(tmp_path: Path, failure: httpx.Response | Exception) -> None:
    asked = await post_all(tmp_path, failure, answer("stored", "stored", "stored"))
    assert asked[0].content == asked[1].content


async def test_a_line_that_is_refused_is_kept_with_its_reason(tmp_path: Path) -> None:
    refused = httpx.Response(
        200,
        text='{"line":1,"outcome":"stored"}\n{"line":2,"outcome":"refused","reason":"old"}\n{"line":3,"outcome":"known"}\n',
    )
    await post_all(tmp_path, refused)
    (kept,) = map(json.loads, (tmp_path / "refused.ndjson").read_text().splitlines())
    assert (kept["reason"], kept["event"]["queue_id"]) == ("old", EVENTS[1].queue_id)
