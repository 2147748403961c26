"""The manifest of trusted documents: Relay's map of ids to texts, or Apollo's list of operations (JSON). Pure."""

from typing import Any, Literal

import msgspec


class UnusableManifest(Exception):
    """The trusted documents cannot be used."""

    # For operators: one line that names the manifest and the document.
    code = "UNUSABLE_MANIFEST"

    def __str__(self) -> str:
        """What was given when raising, else the class's docstring."""
        return super().__str__() or (self.__class__.__doc__ or "")


class _Operation(msgspec.Struct, frozen=True):
    id: str
    body: str


class _ApolloManifest(msgspec.Struct, frozen=True):
    format: Literal["apollo-persisted-query-manifest"]
    version: Literal[1]
    operations: list[_Operation]


def parse_manifest(document: bytes, source: str) -> dict[str, str]:
    """The texts by their ids; raises UnusableManifest, which names `source`.

    Relay's is written by relay-compiler's `persistConfig`, Apollo's by `@apollo/generate-persisted-query-manifest`.
    """
    try:
        manifest = msgspec.json.decode(document, type=dict[str, Any])
        is_apollos = isinstance(manifest.get("operations"), list)
        texts = _apollos(manifest, source) if is_apollos else msgspec.convert(manifest, dict[str, str])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnusableManifest(
            f"{source} is neither Relay's map of documents nor Apollo's manifest: {error}."
        ) from None
    if not texts:
        raise UnusableManifest(f"{source} holds no document.")
    return texts


def _apollos(manifest: dict[str, Any], source: str) -> dict[str, str]:
    texts: dict[str, str] = {}
    for operation in msgspec.convert(manifest, _ApolloManifest).operations:
        if texts.setdefault(operation.id, operation.body) != operation.body:
            raise UnusableManifest(f"{source} holds two documents with the id {operation.id!r}.")
    return texts
