"""The command `ingest kumomta`, on segments as KumoMTA writes them."""

import asyncio
import random
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import zstandard

from cli.follow import Follower
from cli.ingest_kumomta import KumoMtaLog
from models.clock import utc_now
from tests.cli.commands import Commands
from tests.cli.following import SETTINGS, become, following
from tests.conftest import NOW
from tests.ingest.kumomta_lines import SAMPLES, like, samples

ROWS = [
    # Delivered, and bounced an hour later.
    ("ana@ok.test", "HARD_BOUNCE", "MAILBOX_FULL", 2, "Your order"),
    ("bob@gone.test", "HARD_BOUNCE", "INVALID_ADDRESS", 1, "Réservation"),
    ("cid@full.test", "SOFT_BOUNCE", "MAILBOX_FULL", 1, "Réservation"),
    ("dan@ok.test", "HARD_BOUNCE", "CANCELLED", 0, None),
    ("eve@ok.test", "REJECTED", "UNAUTHENTICATED_DOMAIN", 0, None),
    ("fay@ok.test", "DELIVERED", None, 1, None),
]


@pytest.fixture
async def tenant(northwind: Commands) -> Commands:
    """The account `northwind`, to which the tenant of that name belongs; refusals count by the sender's domain."""
    await northwind.output("credential", "add", "northwind", "--account", "northwind")
    northwind.environment["SMTP_ACTIVITY_TRUSTED_NETWORKS"] = '["198.51.100.0/24"]'
    return northwind


async def rows(connection: asyncpg.Connection) -> list[tuple[object, ...]]:
    return [
        tuple(row)
        for row in await connection.fetch(
            "select recipient, status, reason_category, attempt_count, subject from smtp_activity order by recipient"
        )
    ]


def write_segments(directory: Path, *contents: bytes) -> list[Path]:
    segments = [directory / f"20261123-18{number:04d}" for number in range(len(contents))]
    for segment, content in zip(segments, contents, strict=True):
        segment.write_bytes(zstandard.ZstdCompressor().compress(content))
    return segments


async def test_a_directory_makes_a_row_for_each_recipient_and_a_second_reading_nothing(
    tenant: Commands, connection: asyncpg.Connection, tmp_path: Path
) -> None:
    write_segments(tmp_path, b"".join(SAMPLES[:7]), b"".join(SAMPLES[7:]))
    assert "6 new rows" in await tenant.output("ingest", "kumomta", str(tmp_path))
    assert await rows(connection) == ROWS
    assert (await tenant.output("ingest", "kumomta", str(tmp_path))).startswith("0 lines")


async def test_any_order_and_any_number_of_readings_make_the_same_rows(
    tenant: Commands, connection: asyncpg.Connection, tmp_path: Path
) -> None:
    shuffled = random.Random(7).sample([*SAMPLES, *SAMPLES], 2 * len(SAMPLES))  # noqa: S311  # An order, no secret.
    contents = (b"".join(shuffled[start : start + 9]) for start in range(0, len(shuffled), 9))
    await tenant.output("ingest", "kumomta", *map(str, reversed(write_segments(tmp_path, *contents))))
    assert await rows(connection) == ROWS


async def test_a_bounce_out_of_band_waits_for_its_delivery_and_is_shown(
    tenant: Commands, connection: asyncpg.Connection, tmp_path: Path
) -> None:
    now = int(utc_now().timestamp())
    message: dict[str, Any] = {"created": now, "timestamp": now, "id": "a" * 32, "recipient": "gus@ok.test"}
    contents = like("OOB", **message), like("Reception", **message) + like("Delivery", **message)
    first, second = write_segments(tmp_path, *contents)
    assert "1 waiting" in await tenant.output("ingest", "kumomta", str(first))
    assert "1 changed row, 0 waiting" in await tenant.output("ingest", "kumomta", str(second))
    events = "select status, out_of_band, tied from smtp_event order by out_of_band, status"
    assert [tuple(event) for event in await connection.fetch(events)] == [
        ("ACCEPTED", False, True),
        ("DELIVERED", False, True),
        ("HARD_BOUNCE", True, True),
    ]


async def test_following_reads_what_is_written_and_goes_on_in_new_segments(
    tenant: Commands, connection: asyncpg.Connection, database_url: str, tmp_path: Path
) -> None:
    source = KumoMtaLog(str(tmp_path), machine=None, waits=True).to_follow()
    follower = Follower(database_url, SETTINGS, [source], lambda: NOW, seconds_between_looks=0.01)
    delivered = "select count(*) from smtp_activity where status = 'DELIVERED'"
    async with following(follower):
        await asyncio.sleep(0.05)
        write_segments(tmp_path, b"".join(samples("Reception")))
        await become(connection, "select count(*) from smtp_activity", value=5)
        (tmp_path / "20261123-190000").write_bytes(b"".join(samples("Delivery")))
        await become(connection, delivered, value=1)
    with (tmp_path / "20261123-190000").open("ab") as writing:
        writing.write(like("Delivery", id="1d98076abbbc11ed940250ebf67f9304", recipient="fay@ok.test",
                           created=1795456840, timestamp=1795456841))  # fmt: skip
    async with following(follower):
        await become(connection, delivered, value=2)
    # The first position was not begun at again.
    assert await connection.fetchval("select sum(attempt_count) from smtp_activity") == 2


MALFORMED = [
    (b"what is this\n", "JSON is malformed"),
    (b"2026-11-23 18:00:00 Delivery ana@ok.test 250 OK\n", "Expected `object`, got `int`"),
    (b'{"type":"Delivery"\n', "truncated"),
    (b"[]\n", "got `array`"),
    (b"{}\n", "missing required field `type`"),
    (b"\0\0\n", "JSON is malformed"),
    (b"\xff\xfe\n", "JSON is malformed"),
    (like("Delivery")[:-1] + like("Delivery"), "trailing characters"),
    (like("Delivery", type="Any"), "Invalid enum value 'Any' - at `$.type`"),
    (like("Delivery", type=None), "got `null` - at `$.type`"),
    (like("Delivery", id=""), "The Delivery has no id"),
    (like("Delivery", id=7), "got `int` - at `$.id`"),
    (like("Delivery", id="x" * 256), "length <= 255 - at `$.id`"),
    (like("Delivery", recipient=""), "The Delivery has no recipient"),
    (like("Reception", recipient=[]), "The Reception has no recipient"),
    (like("Delivery", recipient=None), "got `null` - at `$.recipient`"),
    (like("Delivery", recipient=[1]), "got `int` - at `$.recipient[0]`"),
    (like("Delivery", without="sender"), "missing required field `sender`"),
    (like("Delivery", without="response"), "missing required field `response`"),
    (like("Delivery", response={"code": "250", "content": ""}), "got `str` - at `$.response.code`"),
    (like("Delivery", response={"code": 250}), "missing required field `content` - at `$.response`"),
    (like("Delivery", response={"code": 250, "content": "", "enhanced_code": "2.0.0"}), "`$.response.enhanced_code`"),
    (like("Delivery", timestamp="2026-11-23T18:00:00Z"), "got `str` - at `$.timestamp`"),
    (like("Delivery", timestamp=-1), ">= 0 - at `$.timestamp`"),
    (like("Delivery", created=10**12), "<= 253402300799 - at `$.created`"),
    (like("Delivery", without="nodeid"), "missing required field `nodeid`"),
    (like("Delivery", peer_address="192.0.2.27"), "got `str` - at `$.peer_address`"),
    (like("Reception", meta={"tenant": {"name": "northwind"}}), "The record's tenant is no text"),
    (like("Reception", meta=[]), "got `array` - at `$.meta`"),
]  # fmt: skip


async def test_each_malformed_line_is_told_with_its_reason_and_the_others_are_stored(
    tenant: Commands, connection: asyncpg.Connection, tmp_path: Path
) -> None:
    good = [like("Delivery", recipient=f"{number}@ok.test") for number in range(len(MALFORMED))]
    pairs = zip((bad for bad, _ in MALFORMED), good, strict=True)
    write_segments(tmp_path, samples("Reception")[0], b"".join(each for pair in pairs for each in pair))
    result = await tenant.run("ingest", "kumomta", str(tmp_path))
    told = result.stderr.splitlines()
    file = tmp_path / "20261123-180001"
    assert [each.split(": ")[0] for each in told] == [f"{file}:{2 * number + 1}" for number in range(len(MALFORMED))]
    assert [reason for (_, reason), each in zip(MALFORMED, told, strict=True) if reason not in each] == []
    recipients = {recipient for recipient, status, *_ in await rows(connection) if status == "DELIVERED"}
    assert recipients == {f"{number}@ok.test" for number in range(len(MALFORMED))}


async def test_a_damaged_segment_and_one_that_is_not_there_are_told(northwind: Commands, tmp_path: Path) -> None:
    (tmp_path / "20261123-180000").write_bytes(b"\x28\xb5\x2f\xfd" + b"\xff" * 80)
    assert "is damaged" in await northwind.failure("ingest", "kumomta", str(tmp_path))
    assert "there is no such file" in await northwind.failure("ingest", "kumomta", str(tmp_path / "none"))
