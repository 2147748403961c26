"""A page of docs/clients in a directory of its own: its blocks as the files they name, its commands to be run."""

import asyncio
import os
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent.parent
NODE_MODULES = Path(__file__).parent / "node_modules"
# ```js walk.mjs: the block is that file; ```sh: what the reader types.
_BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Result(NamedTuple):
    """How a command ended."""

    exit_code: int
    output: str
    complaint: str


@dataclass(frozen=True)
class Page:
    """A page laid out: what it shows is what runs."""

    directory: Path
    commands: frozenset[str]
    environment: dict[str, str]

    async def result(self, command: str, **environment: str) -> Result:
        """How a command that the page shows ends."""
        assert command in self.commands
        process = await asyncio.create_subprocess_shell(
            command,
            cwd=self.directory,
            env=os.environ | self.environment | environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        output, complaint = await process.communicate()
        assert process.returncode is not None
        return Result(process.returncode, output.decode(), complaint.decode())

    async def output(self, command: str, **environment: str) -> str:
        """What a command that succeeds prints."""
        result = await self.result(command, **environment)
        assert result.exit_code == 0, result
        return result.output


def lay_out(name: str, directory: Path, environment: dict[str, str]) -> Page:
    """The page's files in the directory, beside the printed schema and the installed packages."""
    assert (NODE_MODULES / ".installed").exists(), "run `make tests/clients/node_modules/.installed`"
    blocks = _BLOCK.findall((ROOT / "docs" / "clients" / f"{name}.md").read_text())
    for _, path, text in blocks:
        if path:
            (directory / path).parent.mkdir(exist_ok=True)
            (directory / path).write_text(text)
    shutil.copy(ROOT / "schema.graphql", directory)
    (directory / "node_modules").symlink_to(NODE_MODULES)
    return Page(
        directory,
        frozenset(line for language, _, text in blocks if language == "sh" for line in text.splitlines()),
        environment | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
    )
