"""Nightly maintenance: at its time, by one worker, and without an end to the service when it fails."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta, timezone

import asyncpg
import pytest
from pydantic import ValidationError
from structlog.testing import capture_logs

from database.maintenance import Maintenance
from database.partitions import existing_months
from database.pool import connect
from database.retention import Retention
from graphql_api.app import create_app
from graphql_api.metrics import Metrics
from graphql_api.quiet_time import QuietTime, next_at
from graphql_api.settings import Settings
from models.clock import utc_now
from tests.conftest import NOW

MAINTENANCE = Maintenance(Retention(timedelta(days=400)), memory=timedelta(days=14))
AT = time(3, 30)


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (datetime(2026, 11, 23, 19, 0, tzinfo=UTC), datetime(2026, 11, 24, 3, 30, tzinfo=UTC)),
        (datetime(2026, 11, 24, 3, 29, 59, tzinfo=UTC), datetime(2026, 11, 24, 3, 30, tzinfo=UTC)),
        (datetime(2026, 11, 24, 3, 30, tzinfo=UTC), datetime(2026, 11, 25, 3, 30, tzinfo=UTC)),
        # 00:30 UTC of the 24th.
        (
            datetime(2026, 11, 23, 19, 30, tzinfo=timezone(timedelta(hours=-5))),
            datetime(2026, 11, 24, 3, 30, tzinfo=UTC),
        ),
    ],
)
def test_the_next_time_is_the_first_one_after_now(now: datetime, due: datetime) -> None:
    assert next_at(AT, now) == due


class Days:
    """A clock that is put forward by whoever sleeps; after some sleeps it stands still."""

    def __init__(self, sleeps: int, *, too_short: timedelta = timedelta()) -> None:
        self.now = NOW
        self.slept: list[timedelta] = []
        self.over = asyncio.Event()
        self._sleeps = sleeps
        self._too_short = too_short

    def clock(self) -> datetime:
        return self.now

    async def sleep(self, seconds: float) -> None:
        if len(self.slept) == self._sleeps:
            self.over.set()
            await asyncio.Event().wait()
        self.slept.append(timedelta(seconds=seconds))
        self.now += timedelta(seconds=seconds) - self._too_short
        self._too_short = timedelta()


def runs(metrics: Metrics) -> Callable[[str], float | None]:
    return lambda outcome: metrics.registry.get_sample_value(
        "smtp_activity_maintenance_runs_total", {"outcome": outcome}
    )


async def test_it_runs_once_a_day(migrated_database_url: str) -> None:
    days, metrics = Days(sleeps=3), Metrics()
    quiet = QuietTime(migrated_database_url, MAINTENANCE, days.clock, metrics, days.sleep)
    async with quiet.maintained_at(AT):
        await days.over.wait()
    assert days.slept == [timedelta(hours=8, minutes=30), timedelta(days=1), timedelta(days=1)]
    assert runs(metrics)("ok") == 3


async def test_a_sleep_that_was_too_short_is_gone_on_with(migrated_database_url: str) -> None:
    days, metrics = Days(sleeps=2, too_short=timedelta(minutes=1)), Metrics()
    async with QuietTime(migrated_database_url, MAINTENANCE, days.clock, metrics, days.sleep).maintained_at(AT):
        await days.over.wait()
    assert days.slept == [timedelta(hours=8, minutes=30), timedelta(minutes=1)]
    assert runs(metrics)("ok") == 1


async def test_it_makes_months_and_logs_what_it_did(migrated_database_url: str) -> None:
    later = datetime(2027, 2, 1, 3, 30, tzinfo=UTC)
    with capture_logs() as log:
        await QuietTime(migrated_database_url, MAINTENANCE, lambda: later, Metrics()).maintain()
    assert [(entry["event"], entry["months_made"]) for entry in log] == [
        ("the database was maintained", ["2027-02", "2027-03", "2027-04"])
    ]
    connection = await connect(migrated_database_url)
    try:
        assert later.date() in await existing_months(connection)
    finally:
        await connection.close()


async def test_while_another_worker_is_at_it_there_is_nothing_to_do(
    database_url: str, connection: asyncpg.Connection
) -> None:
    metrics = Metrics()
    await connection.execute("select pg_advisory_lock(hashtext('smtp-activity'), hashtext('maintain'))")
    with capture_logs() as log:
        await QuietTime(database_url, MAINTENANCE, lambda: NOW, metrics).maintain()
    assert log == []
    assert (runs(metrics)("busy"), runs(metrics)("failed")) == (1, None)


async def test_a_failure_is_logged_and_counted_and_the_next_day_is_waited_for() -> None:
    days, metrics = Days(sleeps=2), Metrics()
    url = "postgresql://u:secret@127.0.0.1:1/d"
    with capture_logs() as log:
        async with QuietTime(url, MAINTENANCE, days.clock, metrics, days.sleep).maintained_at(AT):
            await days.over.wait()
    assert runs(metrics)("failed") == 2
    assert [entry["log_level"] for entry in log] == ["error", "error"]
    assert "secret" not in str(log)


async def test_the_application_maintains_by_itself(connection: asyncpg.Connection, settings: Settings) -> None:
    soon = (utc_now() + timedelta(seconds=1)).time()
    # The clock is the real one, and other tests need the months around NOW.
    app = create_app(settings.model_copy(update={"maintain_at": soon, "retention_days": 36_500}), clock=utc_now)
    async with app.router.lifespan_context(app):
        done = runs(app.state.service.metrics)
        for _ in range(300):
            if done("ok") is not None:
                break
            await asyncio.sleep(0.1)
        assert done("ok") == 1


async def test_never_is_never() -> None:
    days = Days(sleeps=0)
    async with QuietTime("", MAINTENANCE, days.clock, Metrics(), days.sleep).maintained_at("never"):
        await asyncio.sleep(0)
    assert not days.over.is_set()


@pytest.mark.parametrize(("given", "at"), [("03:30", AT), ("never", "never"), ("23:59", time(23, 59))])
def test_the_time_is_a_setting(monkeypatch: pytest.MonkeyPatch, given: str, at: object) -> None:
    monkeypatch.setenv("SMTP_ACTIVITY_MAINTAIN_AT", given)
    assert Settings().maintain_at == at


@pytest.mark.parametrize("given", ["", "24:00", "tonight"])
def test_what_is_no_time_stops_the_start(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("SMTP_ACTIVITY_MAINTAIN_AT", given)
    with pytest.raises(ValidationError):
        Settings()


def test_what_is_kept_for_how_long_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTP_ACTIVITY_RETENTION_DAYS", "90")
    monkeypatch.setenv("SMTP_ACTIVITY_MEMORY_DAYS", "3")
    assert Settings().maintenance == Maintenance(Retention(timedelta(days=90)), memory=timedelta(days=3))
