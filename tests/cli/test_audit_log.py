"""`serve` with an audit log that it cannot write."""

from pathlib import Path

from tests.cli.commands import Commands


async def test_a_service_does_not_start_without_its_audit_log(commands: Commands, tmp_path: Path) -> None:
    commands.environment["SMTP_ACTIVITY_AUDIT_LOG"] = str(tmp_path / "nowhere" / "audit.log")
    assert await commands.failure("serve", "--port", "0") == (
        f"The audit log {tmp_path}/nowhere/audit.log cannot be written: No such file or directory.\n"
    )
