"""The command `ingest ndjson`, and what docs/events.md says of it."""

import gzip
import json
import re
from pathlib import Path

import asyncpg
import jsonschema_rs

from tests.cli.commands import Commands
from tests.ingest.test_ndjson import AT, line

DOCS = Path(__file__).parents[2] / "docs"
SCHEMA = json.loads((DOCS / "events.schema.json").read_text())
(EXAMPLES,) = re.findall(r"(?s)```json\n(.+?)```", (DOCS / "events.md").read_text())

TAKEN = line("message", credential="northwind@relay1", recipients=["ana@ok.test"])


def reported(recipient: str, **fields: object) -> bytes:
    return line("recipient", **({"status": "DELIVERED", "recipient": recipient} | AT | fields))


async def rows(connection: asyncpg.Connection) -> list[tuple[str, str]]:
    return [tuple(row) for row in await connection.fetch("select recipient, status from smtp_activity order by 1")]


async def test_the_documented_events_are_of_the_documented_form_and_make_rows(
    northwind: Commands, connection: asyncpg.Connection, tmp_path: Path
) -> None:
    assert [list(jsonschema_rs.iter_errors(SCHEMA, json.loads(each))) for each in EXAMPLES.splitlines()] == [[]] * 5
    file = tmp_path / "events.ndjson.gz"
    file.write_bytes(gzip.compress(EXAMPLES.encode()))
    assert "2 new rows" in await northwind.output("ingest", "ndjson", str(file))
    assert await rows(connection) == [("ana@ok.test", "DELIVERED"), ("bob@full.test", "SOFT_BOUNCE")]
    again = await northwind.output("ingest", "ndjson", "-", given=EXAMPLES.encode())
    assert "0 new rows, 0 changed rows" in again
    backwards = "\n".join(reversed(EXAMPLES.splitlines())).encode()
    assert "0 new rows, 0 changed rows" in await northwind.output("ingest", "ndjson", "-", given=backwards)


async def test_any_order_makes_the_same_rows(northwind: Commands, connection: asyncpg.Connection) -> None:
    lines = [reported("ana@ok.test"), reported("bob@ok.test", status="DEFERRED", response="451 later"), TAKEN]
    for each in lines:
        await northwind.output("ingest", "ndjson", "-", given=each)
    assert await rows(connection) == [("ana@ok.test", "DELIVERED"), ("bob@ok.test", "DEFERRED")]


async def test_a_domain_counts_where_the_listener_is_trusted(
    northwind: Commands, connection: asyncpg.Connection
) -> None:
    by_domain = line("message", envelopeSender="b@northwind.example", recipients=["ana@ok.test"])
    assert "1 unattributed" in await northwind.output("ingest", "ndjson", "-", given=by_domain.replace(b"m-1", b"m-0"))
    northwind.environment["SMTP_ACTIVITY_TRUSTED_SERVICES"] = '["ndjson"]'
    assert "1 new row" in await northwind.output("ingest", "ndjson", "-", given=by_domain)
    assert await rows(connection) == [("ana@ok.test", "ACCEPTED")]


MALFORMED = [
    (b"this is no JSON\n", "JSON is malformed"),
    (b"[]\n", "Expected `object`, got `array`"),
    (b"{}\n", "missing required field `event`"),
    (b"\xff\xfe\n", "JSON is malformed"),
    (b"\0\0\0\n", "JSON is malformed"),
    (TAKEN[:40] + b"\n", "Input data was truncated"),
    (TAKEN[:-1] + TAKEN, "trailing characters"),
    (line("delivered"), "Invalid value 'delivered' - at `$.event`"),
    (line("message", relay=None), "Expected `str`, got `null` - at `$.relay`"),
    (line("message", relay=""), "Expected `str` of length >= 1 - at `$.relay`"),
    (line("message", message=7), "Expected `str`, got `int` - at `$.message`"),
    (line("message", message="m" * 256), "Expected `str` of length <= 255 - at `$.message`"),
    (line("message", arrivedAt="2026-11-23T18:00:00"), "with a timezone component - at `$.arrivedAt`"),
    (line("message", arrivedAt="yesterday"), "Invalid RFC3339 encoded datetime - at `$.arrivedAt`"),
    (line("message", arrivedAt="2026-02-30T00:00:00Z"), "Invalid RFC3339 encoded datetime - at `$.arrivedAt`"),
    (line("message", recipients="ana@ok.test"), "Expected `array`, got `str` - at `$.recipients`"),
    (line("message", recipients=["a@b.test", ""]), "of length >= 1 - at `$.recipients[1]`"),
    (line("message", receipients=[]), "unknown field `receipients`"),
    (line("recipient", recipient="a@b.test", status="DELIVERED"), "missing required field `at`"),
    (reported("a@b.test", status="BOUNCED"), "Invalid enum value 'BOUNCED' - at `$.status`"),
    (reported("a@b.test", status="ACCEPTED"), "Invalid enum value 'ACCEPTED' - at `$.status`"),
    (reported("a@b.test", smtpCode="250"), "Expected `int"),
    (reported("a@b.test", smtpCode=25), "Expected `int` >= 200 - at `$.smtpCode`"),
    (reported("a@b.test", enhancedCode="2.0"), "matching regex"),
    (reported("a@b.test", at="2026-11-23T17:59:59Z"), "`at` is before `arrivedAt`"),
]


async def test_each_malformed_line_is_told_with_its_reason_and_the_others_are_stored(
    northwind: Commands, connection: asyncpg.Connection, tmp_path: Path
) -> None:
    file = tmp_path / "events.ndjson"
    good = [reported(f"{number}@ok.test") for number in range(len(MALFORMED))]
    pairs = zip((bad for bad, _ in MALFORMED), good, strict=True)
    file.write_bytes(TAKEN + b"".join(each for pair in pairs for each in pair))
    result = await northwind.run("ingest", "ndjson", str(file))
    told = result.stderr.splitlines()
    assert [each.split(": ")[0] for each in told] == [f"{file}:{2 * number + 2}" for number in range(len(MALFORMED))]
    assert [reason for (_, reason), each in zip(MALFORMED, told, strict=True) if reason not in each] == []
    assert result.stdout.endswith(f"{len(MALFORMED)} unreadable\n")
    assert dict(await rows(connection)) == dict.fromkeys(
        ["ana@ok.test", *(f"{number}@ok.test" for number in range(len(MALFORMED)))], "DELIVERED"
    ) | {"ana@ok.test": "ACCEPTED"}


async def test_the_json_schema_is_the_one_that_is_printed(commands: Commands) -> None:
    printed = await commands.output("schema", "events")
    assert (DOCS / "events.schema.json").read_text() == printed, "it is stale: run `make schema`"


def test_what_the_schema_refuses_is_refused_and_only_that() -> None:
    def is_json(raw: bytes) -> bool:
        try:
            json.loads(raw)
        except ValueError:
            return False
        return True

    checked = [raw for raw, _ in MALFORMED if is_json(raw)]
    accepted = [raw for raw in checked if jsonschema_rs.is_valid(SCHEMA, json.loads(raw), validate_formats=True)]
    # A schema does not compare fields.
    assert accepted == [reported("a@b.test", at="2026-11-23T17:59:59Z")]
