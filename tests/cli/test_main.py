"""What the command says of settings that cannot be used."""

import sys

import pytest

from cli.main import main


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        (
            "SMTP_ACTIVITY_POOL_SIZE",
            "many",
            "SMTP_ACTIVITY_POOL_SIZE: Input should be a valid integer, unable to parse string as an integer.",
        ),
        (
            "SMTP_ACTIVITY_CORS_ORIGINS",
            "http://localhost",
            "Lists and maps are written as JSON:"
            ' error parsing value for field "cors_origins" from source "EnvSettingsSource".',
        ),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_in_one_line(
    variable: str, value: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    monkeypatch.setattr(sys, "argv", ["smtp-activity", "account", "list"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == message


def test_a_command_that_succeeds_ends_with_0(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["smtp-activity", "schema", "print"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    assert "type Query {" in capsys.readouterr().out
