"""What the documentation promises by name is there."""

import json
import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from graphql_api.limits import Limits, RateLimits
from graphql_api.settings import Settings
from tests.test_locks import EXTRAS, NPM, RUNTIME

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("benchmarks/*.md")])
COMMANDS = sorted(
    {
        command
        for page in PAGES
        for command in re.findall(r"(?m)^ {4}(?:.*\| )?smtp-activity (.+?)(?: {2,}#.*)?$", page.read_text())
    }
)
OPERATING = (ROOT / "docs" / "operating.md").read_text()
WITHSTOOD = re.findall(r"(?m)^\| [^|]+ \| ([^|]+) \| `(.+)::(.+)` \|$", (ROOT / "docs" / "security.md").read_text())


def test_every_setting_is_documented_and_every_documented_one_exists() -> None:
    documented = set(re.findall(r"(?m)^\| `([A-Z_]+)` \|", OPERATING))
    prefix = Settings.model_config["env_prefix"]
    settings = {
        str(field.validation_alias or f"{prefix}{name.upper()}") for name, field in Settings.model_fields.items()
    }
    assert documented == settings


def test_every_limit_is_documented_and_every_documented_one_exists() -> None:
    (section,) = re.findall(r"(?ms)^## Limits$(.+?)^## ", OPERATING)
    rows = " ".join(re.findall(r"(?m)^\| (`[^|]+) \|", section))
    assert sorted(re.findall(r"`([a-z_]+)`", rows)) == sorted(Limits.model_fields)


def test_every_rate_limit_is_documented_and_every_documented_one_exists() -> None:
    (section,) = re.findall(r"(?ms)^## Rate limit$(.+?)^## ", OPERATING)
    assert sorted(re.findall(r"(?m)^\| `([a-z_]+)` \|", section)) == sorted(RateLimits.model_fields)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_and_its_options_are_there(command: str) -> None:
    assert CliRunner().invoke(app, [*shlex.split(command), "--help"]).exit_code == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_within_the_repository_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!\w+:)([^)#]+)", page.read_text())
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_every_dependency_has_its_line() -> None:
    described = (ROOT / "docs" / "dependencies.md").read_text()
    rows = re.findall(r"[@\w/-]+", " ".join(re.findall(r"(?m)^\| ([^|]+) \|", described)))
    manifests = [json.loads(manifest.read_text()) for manifest in NPM]
    npm = {
        name
        for manifest in manifests
        for kind in ("dependencies", "devDependencies")
        for name in manifest.get(kind, ())
    }
    assert ({requirement.name for requirement in RUNTIME + EXTRAS} | npm) - set(rows) == set()


@pytest.mark.parametrize(("defence", "file", "test"), WITHSTOOD)
def test_a_defence_and_its_test_are_there(defence: str, file: str, test: str) -> None:
    assert f"def {test}(" in (ROOT / file).read_text()
    for place in re.findall(r"`([\w/]+/\w+\.py)`", defence):
        assert (ROOT / place).exists()
