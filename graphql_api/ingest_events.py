"""POST /ingest/events: events as NDJSON, recorded as they come; an answer for each line, as NDJSON (docs/events.md)."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Protocol

import orjson
from starlette.requests import Request
from starlette.responses import Response

from auth.recorder import Recorder
from database.fates import Fate, gravest
from graphql_api.event_lines import event_lines
from graphql_api.http import refuse
from graphql_api.limits import MAX_MESSAGE_CHARACTERS, Limits
from graphql_api.recording import Recording
from graphql_api.refusals import NotEvents
from graphql_api.request_log import record_of
from graphql_api.service import Service
from ingest import delivery_events, kumomta
from ingest.delivery_events import DeliveryEventParser
from ingest.errors import UnreadableLine
from ingest.kumomta import KumoMtaParser
from ingest.ndjson import NdjsonParser
from models.event import DeliveryEvent

LINES_PER_BATCH = 500
# What an operator's relay posts: the neutral events that it has read itself, or KumoMTA's log records.
_OF_RELAYS: dict[str, Callable[[], "_Parser"]] = {
    delivery_events.MEDIA_TYPE: DeliveryEventParser,
    kumomta.MEDIA_TYPE: KumoMtaParser,
}
MEDIA_TYPES = frozenset({"application/x-ndjson", "application/ndjson", "application/jsonl"})

_REFUSED = "refused"
_IGNORED = "ignored"
_OUT_OF_BOUNDS = "It is older than what is kept, or lies more than a day ahead."


class _Parser(Protocol):
    def parse(self, line: bytes) -> Sequence[DeliveryEvent]: ...


async def ingest_events(request: Request) -> Response:
    """Record what comes; a request that is refused in its middle may be sent again whole."""
    try:
        return await _record(request)
    except Exception as error:
        return await refuse(request, error)


async def _record(request: Request) -> Response:
    service: Service = request.app.state.service
    record = record_of(request)
    with service.failed_authentications.of(record.client):
        recorder = await service.authenticator.recorder(request.headers.getlist("authorization"))
    record.caller, record.audit.viewer = recorder.subject, recorder
    if service.recording is None:
        raise ValueError("The endpoint is served where events may be posted.")
    answers = _Answers(recorder, service, service.recording, _parser(request, recorder))
    async for line in event_lines(request, service.limits):
        await answers.take(line)
        record.audit.recorded = answers.recorded
    await answers.record()
    record.audit.recorded = answers.recorded
    return Response(bytes(answers.body), media_type="application/x-ndjson")


def _parser(request: Request, recorder: Recorder) -> _Parser:
    """What reads the lines: those of the documented form, or a relay's own."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type in MEDIA_TYPES:
        return NdjsonParser(recorder.instance)
    of_relays = _OF_RELAYS.get(media_type)
    if of_relays is None or recorder.account is not None:
        raise NotEvents
    return of_relays()


class _Answers:
    """Takes the lines of one request, records them in batches, and gathers what became of each."""

    def __init__(self, recorder: Recorder, service: Service, recording: Recording, parser: _Parser) -> None:
        self.body = bytearray()
        self.recorded = 0
        self._recorder = recorder
        self._service = service
        self._recording = recording
        self._parser = parser
        self._lines = 0
        self._batch: list[tuple[int, Sequence[DeliveryEvent] | str]] = []

    async def take(self, line: bytes) -> None:
        """One more line; a blank one has no answer."""
        self._lines += 1
        if not line.strip():
            return
        self._batch.append((self._lines, _events(self._parser, line, self._service.limits)))
        if len(self._batch) == LINES_PER_BATCH:
            await self.record()

    async def record(self) -> None:
        """Record what has been taken; raises RateLimited, RecordingUnavailable."""
        if not self._batch:
            return
        if self._recorder.account is not None:
            # An operator's relay must not wait for a minute to pass.
            now = self._service.clock()
            await self._service.budgets.spend(self._recorder.account, self._recorder.subject, len(self._batch), now)
        events = [event for _, events in self._batch if not isinstance(events, str) for event in events]
        fates = iter(await self._recording.record(events) if events else [])
        outcomes = Counter[str]()
        for number, read in self._batch:
            outcome, reason = (_REFUSED, read) if isinstance(read, str) else _outcome([next(fates) for _ in read])
            outcomes[outcome] += 1
            answer = {"line": number, "outcome": outcome} | ({"reason": reason} if reason else {})
            self.body += orjson.dumps(answer, option=orjson.OPT_APPEND_NEWLINE)
        for outcome, lines in outcomes.items():
            self._service.metrics.posted(outcome, lines)
        self.recorded += len(self._batch) - outcomes[_REFUSED]
        self._batch.clear()


def _events(parser: _Parser, line: bytes, limits: Limits) -> Sequence[DeliveryEvent] | str:
    """The events of a line, or why it is refused."""
    if len(line) > limits.event_bytes:
        return f"The line is longer than {limits.event_bytes} bytes."
    try:
        return parser.parse(line)
    except UnreadableLine as error:
        return str(error)[:MAX_MESSAGE_CHARACTERS]


def _outcome(fates: Sequence[Fate]) -> tuple[str, str]:
    """What is answered for a line, by what became of its events, and why."""
    if not fates:
        return _IGNORED, ""
    fate = gravest(fates)
    return (_REFUSED, _OUT_OF_BOUNDS) if fate is Fate.OUT_OF_BOUNDS else (fate.value, "")
