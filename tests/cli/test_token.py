"""The command `token issue`: a token that verifies, alone on standard output."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import jwt
import pytest

from auth.claims import Claims
from auth.permissions import Permission, Role
from auth.tokens import TokenVerifier
from graphql_api.settings import Settings
from models.access_token import new_token_id
from models.clock import utc_now
from tests.auth import jwks
from tests.cli.commands import Commands

ISSUE = ("token", "issue", "--account", "northwind")
ACCESS = Permission.ACCESS_SMTP_ACTIVITIES


@pytest.fixture(autouse=True)
async def northwind(commands: Commands) -> None:
    """There is one account."""
    await commands.output("account", "create", "northwind", "--name", "Northwind", "--time-zone", "America/Toronto")


def verifier(commands: Commands, monkeypatch: pytest.MonkeyPatch) -> TokenVerifier:
    """What the service verifies with under the same settings."""
    for name, value in commands.environment.items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    return TokenVerifier(settings.load_token_keys(), settings.token_dialect, settings.token_leeway)


def said(subject: str, role: Role, *permissions: Permission) -> Claims:
    """What a token says, its times left aside."""
    return Claims(subject, "northwind", role, frozenset(permissions), expires_at=0)


@pytest.mark.parametrize(
    ("arguments", "claims"),
    [
        (
            ["--role", "administrator"],
            said("operator", Role.ADMINISTRATOR, ACCESS, Permission.MANAGE_ACCESS_TOKENS),
        ),
        (
            ["--role", "administrator", "--actor", "bob@staff"],
            replace(said("operator", Role.ADMINISTRATOR, ACCESS), actor="bob@staff"),
        ),
        (["--role", "regular"], said("operator", Role.REGULAR, ACCESS)),
        (["--role", "custom"], said("operator", Role.CUSTOM)),
        (
            ["--role", "CUSTOM", "--permission", "smtp_activities:access", "--subject", "alice"],
            said("alice", Role.CUSTOM, ACCESS),
        ),
        (
            ["--role", "custom", "--permission", "smtp_activities:access", "--permission", "smtp_events:record"],
            said("operator", Role.CUSTOM, ACCESS, Permission.RECORD_SMTP_EVENTS),
        ),
    ],
)
async def test_a_token_says_what_was_asked_for(
    commands: Commands, monkeypatch: pytest.MonkeyPatch, arguments: list[str], claims: Claims
) -> None:
    output = await commands.output(*ISSUE, *arguments)
    token = output.removesuffix("\n")
    verified = verifier(commands, monkeypatch).verify(token, utc_now())
    assert replace(verified, expires_at=0, issued_at=None) == claims


@pytest.mark.parametrize(("settings", "longest"), [({}, 3600), ({"SMTP_ACTIVITY_ACTOR_TOKEN_LIFETIME": "PT5M"}, 300)])
async def test_a_token_of_support_staff_is_short_lived(
    commands: Commands, settings: dict[str, str], longest: int
) -> None:
    commands.environment |= settings
    acting = (*ISSUE, "--role", "regular", "--actor", "bob@staff")
    await commands.output(*acting, "--lifetime", f"{longest // 60}m")
    message = await commands.failure(*acting, "--lifetime", f"{longest // 60 + 1}m")
    assert message == f"A token with the claim “act” may live for {longest} seconds at most.\n"


@pytest.mark.parametrize(
    ("arguments", "lifetime"),
    [
        ([], timedelta(hours=1)),
        (["--lifetime", "15m"], timedelta(minutes=15)),
        (["--lifetime", "8h"], timedelta(hours=8)),
        (["--lifetime", "366d"], timedelta(days=366)),
    ],
)
async def test_a_token_lives_as_long_as_was_asked_for(
    commands: Commands, arguments: list[str], lifetime: timedelta
) -> None:
    token = await commands.output(*ISSUE, "--role", "regular", *arguments)
    payload = jwt.decode(token.strip(), options={"verify_signature": False})
    assert payload["exp"] - payload["iat"] == lifetime.total_seconds()
    assert abs(payload["iat"] - utc_now().timestamp()) < 60


@pytest.mark.parametrize("lifetime", ["0m", "367d", "1", "h", "1w", "-1h", "1.5h", "1h30m", "9999999d", "", "٣h"])
async def test_a_lifetime_is_refused(commands: Commands, lifetime: str) -> None:
    text = await commands.misuse(*ISSUE, "--role", "regular", f"--lifetime={lifetime}")
    assert f"“{lifetime}” is no lifetime, such as 15m, 1h or 30d, of at most 366 days." in text


@pytest.mark.parametrize("role", ["administrator", "regular"])
async def test_a_permission_is_only_for_custom_users(commands: Commands, role: str) -> None:
    text = await commands.misuse(*ISSUE, "--role", role, "--permission", "smtp_activities:access")
    assert f"The role {role} holds its permissions by itself: --permission is for --role custom." in text


@pytest.mark.parametrize("permission", ["MANAGE_ACCESS_TOKENS", "smtp_activities", ""])
async def test_an_unknown_permission_is_refused(commands: Commands, permission: str) -> None:
    text = await commands.misuse(*ISSUE, "--role", "custom", "--permission", permission)
    assert "a token can grant: smtp_activities:access, smtp_events:record." in text


async def test_an_unknown_role_is_refused(commands: Commands) -> None:
    assert "--role" in await commands.misuse(*ISSUE, "--role", "owner")


async def test_an_unknown_account_is_refused(commands: Commands) -> None:
    message = await commands.failure("token", "issue", "--account", "nobody", "--role", "regular")
    assert message == "There is no account “nobody”: see `smtp-activity account list`.\n"


async def test_a_subject_that_no_token_can_have_is_refused(commands: Commands) -> None:
    message = await commands.failure(*ISSUE, "--role", "regular", "--subject", " ")
    assert message == "The token's claim “sub” must be a printable text of 1 to 255 characters.\n"


async def test_public_keys_alone_cannot_issue(commands: Commands, tmp_path: Path) -> None:
    file = tmp_path / "jwks.json"
    file.write_bytes(jwks.document(jwks.public(jwks.eddsa())))
    commands.environment["SMTP_ACTIVITY_TOKEN_KEYS_FILE"] = str(file)
    assert "The token keys are public ones" in await commands.failure(*ISSUE, "--role", "regular")


async def test_configured_keys_and_names_are_used(commands: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    commands.environment |= {
        "SMTP_ACTIVITY_TOKEN_KEYS": jwks.document(jwks.eddsa("host")).decode(),
        "SMTP_ACTIVITY_TOKEN_ISSUER": "https://relay.example",
        "SMTP_ACTIVITY_CLAIM_ACCOUNT": "customer",
        "SMTP_ACTIVITY_ROLE_NAMES": '{"owner": "ADMINISTRATOR"}',
    }
    token = (await commands.output(*ISSUE, "--role", "administrator")).strip()
    assert jwt.get_unverified_header(token) == {"alg": "EdDSA", "typ": "JWT", "kid": "host"}
    payload = jwt.decode(token, options={"verify_signature": False})
    assert (payload["iss"], payload["customer"], payload["role"]) == ("https://relay.example", "northwind", "owner")
    assert verifier(commands, monkeypatch).verify(token, utc_now()).account == "northwind"
    assert "role names have none for REGULAR" in await commands.failure(*ISSUE, "--role", "regular")


async def access_token(connection: asyncpg.Connection, name: str, **columns: object) -> UUID:
    """A token of northwind that holds for a day, unless the columns say otherwise; its id."""
    now = utc_now()
    row = {
        "id": new_token_id(now),
        "name": name,
        "permissions": ["ACCESS_SMTP_ACTIVITIES"],
        "created_at": now.replace(microsecond=0),
        "expires_at": now + timedelta(days=1),
        **columns,
    }
    values = ", ".join(f"${number}" for number in range(1, len(row) + 1))
    await connection.execute(
        f"insert into access_token (account_id, {', '.join(row)}) select id, {values} from account",  # noqa: S608 - names of columns
        *row.values(),
    )
    return UUID(str(row["id"]))


async def test_tokens_that_hold_are_listed(commands: Commands, connection: asyncpg.Connection) -> None:
    used = await access_token(connection, "CRM", last_used_at=utc_now().replace(minute=0, second=0, microsecond=0))
    await access_token(connection, "old", expires_at=utc_now() - timedelta(seconds=1))
    await access_token(connection, "ended", revoked_at=utc_now())
    header, row = (await commands.output("token", "list")).splitlines()
    assert header.split("\t") == ["id", "account", "name", "permissions", "created", "expires", "last used"]
    assert row.split("\t")[:4] == [str(used), "northwind", "CRM", "Access SMTP activities"]
    assert row.endswith(":00:00+00:00")


async def test_a_token_is_revoked_by_its_id(commands: Commands, connection: asyncpg.Connection) -> None:
    one, other = await access_token(connection, "one"), await access_token(connection, "other")
    assert await commands.output("token", "revoke", str(one)) == f"Access token {one} was revoked.\n"
    rows = await connection.fetch("select id from access_token where revoked_at is not null")
    assert [id_ for (id_,) in rows] == [one]
    assert str(other) in await commands.output("token", "list")


async def test_an_unknown_token_cannot_be_revoked(commands: Commands) -> None:
    message = await commands.failure("token", "revoke", str(UUID(int=1)))
    assert message == f"There is no access token {UUID(int=1)}: see `smtp-activity token list`.\n"


async def test_a_subjects_tokens_are_revoked_up_to_an_instant(
    commands: Commands, connection: asyncpg.Connection
) -> None:
    commands.environment["SMTP_ACTIVITY_TOKEN_ISSUER"] = "https://relay.example"
    output = await commands.output(
        "token", "revoke", "--subject", "alice", "--issued-before", "2026-11-01T12:00:00+01:00"
    )
    assert output == "The tokens of alice that were issued before 2026-11-01T11:00:00+00:00 were revoked.\n"
    rows = await connection.fetch(
        "select issuer, subject, extract(epoch from issued_before)::bigint from token_revocation"
    )
    assert [tuple(row) for row in rows] == [("https://relay.example", "alice", 1793530800)]


async def test_without_an_instant_all_of_a_subjects_tokens_so_far_are_revoked(
    commands: Commands, connection: asyncpg.Connection
) -> None:
    before = utc_now()
    await commands.output("token", "revoke", "--subject", "alice")
    assert before <= await connection.fetchval("select issued_before from token_revocation") <= utc_now()


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        [str(UUID(int=1)), "--subject", "alice"],
        [str(UUID(int=1)), "--issued-before", "2026-11-01T12:00:00Z"],
        ["--issued-before", "2026-11-01T12:00:00Z"],
    ],
)
async def test_either_a_token_or_a_subject_is_revoked(commands: Commands, arguments: list[str]) -> None:
    text = await commands.misuse("token", "revoke", *arguments)
    assert "Give the ID of an access token, or --subject, with --issued-before or without." in text


@pytest.mark.parametrize(
    ("time", "said"),
    [
        ("9999-12-31T00:00:00Z", "That lies ahead, and would end tokens yet to be issued."),
        ("2026-11-01T12:00:00", "an instant needs its offset from UTC"),
        ("yesterday", "an instant is written"),
    ],
)
async def test_an_instant_is_refused(commands: Commands, time: str, said: str) -> None:
    assert said in await commands.misuse("token", "revoke", "--subject", "alice", "--issued-before", time)


async def test_an_operators_token_has_no_account_and_records(
    commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = ("--role", "custom", "--permission", "smtp_events:record")
    token = (await commands.output("token", "issue", *records, "--subject", "relay1")).strip()
    claims = verifier(commands, monkeypatch).verify(token, utc_now())
    assert (claims.subject, claims.account, claims.permissions) == (
        "relay1",
        None,
        frozenset({Permission.RECORD_SMTP_EVENTS}),
    )
    for others in (("--role", "regular"), (*records, "--permission", "smtp_activities:access")):
        assert "has no account" in await commands.misuse("token", "issue", *others)
