"""What is set of trusted documents; apart from `graphql_api.trusted_documents`, which needs GraphQL's library."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, model_validator


class Mode(StrEnum):
    """What the manifest's documents are for."""

    OFF = "off"
    ALLOW = "allow"
    REQUIRE = "require"


class TrustedDocumentsSettings(BaseModel):
    """Where the manifest is, and whether anything else may be asked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    manifest: Path | None = None
    mode: Mode = Mode.OFF

    @model_validator(mode="after")
    def _both_or_neither(self) -> "TrustedDocumentsSettings":
        if self.manifest is not None and self.mode is Mode.OFF:
            raise ValueError(
                "a manifest takes effect with the mode “allow” or “require”: set it, or take the manifest out"
            )
        if self.manifest is None and self.mode is not Mode.OFF:
            raise ValueError(f"the mode “{self.mode}” needs a manifest: name its file, or set the mode to “off”")
        return self


class Trust(NamedTuple):
    """A mode, and the texts of the manifest by their ids."""

    mode: Mode
    texts: Mapping[str, str]


NO_TRUST = Trust(Mode.OFF, {})
