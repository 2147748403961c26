"""The command `token issue`: a token that verifies, alone on standard output."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import jwt
import pytest

from auth.claims import Claims
from auth.permissions import Permission, Role
from auth.tokens import TokenVerifier
from graphql_api.settings import Settings
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
