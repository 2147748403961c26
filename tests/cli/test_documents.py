"""`smtp-activity documents check`, and `serve` with a manifest that it cannot use."""

import json
from pathlib import Path

from tests.cli.commands import Commands


async def test_a_manifest_is_checked_without_a_service(commands: Commands, tmp_path: Path) -> None:
    manifest = tmp_path / "documents.json"
    manifest.write_text(json.dumps({"a": "{ viewer { id } }", "b": "query B { viewer { role } }"}))
    assert await commands.output("documents", "check", str(manifest)) == "2 documents can be executed.\n"


async def test_a_bad_document_is_named_by_its_id(commands: Commands, tmp_path: Path) -> None:
    manifest = tmp_path / "documents.json"
    manifest.write_text(json.dumps({"a": "{ viewer { id } }", "b": "{ nobody }"}))
    assert await commands.failure("documents", "check", str(manifest)) == (
        "The trusted document 'b' cannot be executed: Cannot query field 'nobody' on type 'Query'.\n"
    )


async def test_a_manifest_that_is_not_there_is_named(commands: Commands, tmp_path: Path) -> None:
    missing = tmp_path / "documents.json"
    assert await commands.failure("documents", "check", str(missing)) == (
        f"The trusted documents in {missing} cannot be read: No such file or directory.\n"
    )


async def test_a_service_does_not_start_with_a_document_that_it_could_not_execute(
    commands: Commands, tmp_path: Path
) -> None:
    manifest = tmp_path / "documents.json"
    manifest.write_text(json.dumps({"b": "{ nobody }"}))
    commands.environment |= {
        "SMTP_ACTIVITY_TRUSTED_DOCUMENTS__MANIFEST": str(manifest),
        "SMTP_ACTIVITY_TRUSTED_DOCUMENTS__MODE": "require",
    }
    assert "'b' cannot be executed" in await commands.failure("serve", "--port", "0")
