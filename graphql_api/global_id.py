"""Global ids: the one scheme by which every type's `id` is made. Opaque to clients, the same at every reading."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import b2a_base64
from collections.abc import Callable, Sequence
from typing import cast
from urllib.parse import quote, unquote
from uuid import UUID

from strawberry import ID

_UUID_CHARACTERS = 36


def global_id(type_name: str, *key: str) -> ID:
    """The id of an object: base64url, without padding, of the type's name and its key, each part quoted."""
    # Quoted, so that a colon within a part cannot make two objects' ids the same.
    text = ":".join((type_name, *(quote(part, safe="") for part in key)))
    return ID(urlsafe_b64encode(text.encode()).rstrip(b"=").decode())


def uuid_global_ids(type_name: str) -> Callable[[Sequence[UUID]], list[ID]]:
    """The same for a type that is known by a UUID alone, for many of them at once."""
    # Of these texts base64 has neither of the two signs that differ in base64url. Filled up to whole groups of three
    # bytes, all of them are encoded as one, and each ends where the filling begins.
    prefix = f"{quote(type_name, safe='')}:"
    filling = -(len(prefix) + _UUID_CHARACTERS) % 3
    between, length = "\0" * filling + prefix, (len(prefix) + _UUID_CHARACTERS + filling) // 3 * 4

    def of(uuids: Sequence[UUID]) -> list[ID]:
        if not uuids:
            return []
        texts = prefix + between.join(map(str, uuids)) + "\0" * filling
        encoded = b2a_base64(texts.encode(), newline=False).decode()
        ids = [encoded[start : start + length - filling] for start in range(0, len(encoded), length)]
        # Calling the type for each would be the larger part.
        return cast("list[ID]", ids)

    return of


def parse_global_id(text: str) -> tuple[str, ...] | None:
    """The type's name and the key's parts; None for what `global_id` never makes."""
    try:
        parts = tuple(map(unquote, urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().split(":")))
    except ValueError:
        return None
    # The decoder skips foreign characters and reads several spellings of the same bytes: only one was handed out.
    return parts if global_id(*parts) == text else None


def uuid_of(type_name: str, text: str) -> UUID | None:
    """The UUID in a global id of a type that is known by one, whether or not it exists; None for every other text."""
    parts = parse_global_id(text)
    if parts is None or len(parts) != 2 or parts[0] != type_name:
        return None
    try:
        uuid = UUID(parts[1])
    except ValueError:
        return None
    return uuid if str(uuid) == parts[1] else None
