"""The command `smtp-activity` as tests run it: in this process, against their database, never against `.data`."""

import asyncio
import re
from pathlib import Path

from typer.testing import CliRunner, Result

from cli.main import app


class Commands:
    """Runs commands with DATABASE_URL and a data directory of the test's own."""

    def __init__(self, database_url: str, data_directory: Path) -> None:
        self.environment = {"DATABASE_URL": database_url, "SMTP_ACTIVITY_DATA_DIRECTORY": str(data_directory)}

    async def run(self, *arguments: str, given: bytes | None = None) -> Result:
        """The result, whatever the exit code; in a thread, because a command has an event loop of its own."""
        runner = CliRunner(env=self.environment)
        return await asyncio.to_thread(runner.invoke, app, arguments, input=given, catch_exceptions=False)

    async def output(self, *arguments: str, given: bytes | None = None) -> str:
        """What a command that succeeds prints; it says nothing on standard error."""
        result = await self.run(*arguments, given=given)
        assert (result.exit_code, result.stderr) == (0, "")
        return result.stdout

    async def failure(self, *arguments: str, given: bytes | None = None) -> str:
        """What a command that cannot do it says, on standard error, with exit code 1."""
        result = await self.run(*arguments, given=given)
        assert (result.exit_code, result.stdout) == (1, "")
        return result.stderr

    async def misuse(self, *arguments: str) -> str:
        """What a command says of its arguments, with exit code 2, without the frame and the line breaks."""
        result = await self.run(*arguments)
        assert (result.exit_code, result.stdout) == (2, "")
        return re.sub(r"[\s│]+", " ", result.stderr)
