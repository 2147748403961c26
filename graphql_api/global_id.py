"""Global ids: the one scheme by which every type's `id` is made. Opaque to clients, the same at every reading."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import b2a_base64
from collections.abc import Callable, Sequence
from typing import cast
from urllib.parse import quote, unquote
from uuid import UUID

from strawberry import ID

_UUID_CHARACTERS = 36
# By how many bytes are missing. The first bits are those that base64 puts in place of missing ones: zeros.
_FILLINGS = ("\xff\xff\xff", "\x3f", "\x0f\xff")


def global_id(type_name: str, *key: str) -> ID:
    """The id of an object: base64url, without padding, of the type's name and its key, each part quoted."""
    # Quoted, so that a colon within a part cannot make two objects' ids the same.
    text = ":".join((type_name, *(quote(part, safe="") for part in key)))
    return ID(urlsafe_b64encode(text.encode()).rstrip(b"=").decode())


def uuid_global_ids(type_name: str) -> Callable[[Sequence[str]], list[ID]]:
    """The same for a type that is known by a UUID alone, for the texts of many of them at once."""
    prefix = f"{quote(type_name, safe='')}:"
    # All are encoded as one text. In theirs base64 has neither of the signs by which it differs from base64url: what
    # fills each up to whole groups of three bytes becomes a few of one of these signs, and there the text comes apart.
    filling = _FILLINGS[-(len(prefix) + _UUID_CHARACTERS) % 3]
    mark = "/" * len(filling) if len(filling) < 3 else "////"

    def of(uuids: Sequence[str]) -> list[ID]:
        if not uuids:
            return []
        texts = prefix + (filling + prefix).join(uuids)
        encoded = b2a_base64(texts.encode("latin-1"), newline=False).decode().rstrip("=")
        # Calling the type for each would be the larger part.
        return cast("list[ID]", encoded.split(mark))

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
