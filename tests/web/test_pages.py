"""The pages in a real browser, on the real service: the tests stand in web/browser/, what they look at in conftest."""

import asyncio
import json
from datetime import datetime
from os import environ
from pathlib import Path

WEB = Path(__file__).parents[2] / "web"


async def test_the_pages_in_a_browser(
    address: str, host_address: str, page_tokens: dict[str, str], now: datetime
) -> None:
    given = {
        "PAGES_ADDRESS": address,
        "PAGES_HOST": host_address,
        "PAGES_NOW": now.isoformat(),
        "PAGES_TOKENS": json.dumps(page_tokens),
    }
    process = await asyncio.create_subprocess_exec(
        *("npm", "run", "--silent", "test:browser"),
        cwd=WEB,
        env=environ | given,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
