"""Recording the events that come by HTTP."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import structlog

from database.errors import DatabaseRoomError
from database.fates import Fate
from database.kept_store import KeptStore
from database.pool import DATABASE_FAILURES
from graphql_api.errors import ApiError, ErrorCode
from graphql_api.settings import Settings
from models.clock import Clock
from models.event import DeliveryEvent
from models.own_rules import OwnRules

_log = structlog.get_logger()


class RecordingUnavailable(ApiError):
    """Nothing can be recorded at the moment. Send it again: what was recorded is known then."""

    code = ErrorCode.INTERNAL_SERVER_ERROR


class Recording:
    """Records for all requests of a worker."""

    def __init__(self, store: KeptStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def record(self, events: Sequence[DeliveryEvent]) -> list[Fate]:
        """What became of each; raises RecordingUnavailable, and then none was recorded."""
        try:
            return await self._store.record_each(events, self._clock())
        except (DatabaseRoomError, *DATABASE_FAILURES) as error:
            _log.error("events could not be recorded", error=type(error).__name__)
            raise RecordingUnavailable from error


@asynccontextmanager
async def open_recording(settings: Settings, own_rules: OwnRules, clock: Clock) -> AsyncIterator[Recording | None]:
    """What records events, which connects when the first come; None where they may not be posted."""
    if not settings.post_events or settings.database_url is None:
        yield None
        return
    retention = timedelta(days=settings.retention_days)
    rules = settings.attribution_rules
    store = KeptStore(settings.database_url, rules=rules, retention=retention, own_rules=own_rules)
    try:
        yield Recording(store, clock)
    finally:
        store.close()
