"""Global ids: the one scheme by which every type's `id` is made. Opaque to clients, the same at every reading."""

from base64 import urlsafe_b64encode
from urllib.parse import quote

from strawberry import ID


def global_id(type_name: str, *key: str) -> ID:
    """The id of an object: base64url, without padding, of the type's name and its key, each part quoted."""
    # Quoted, so that a colon within a part cannot make two objects' ids the same.
    text = ":".join((type_name, *(quote(part, safe="") for part in key)))
    return ID(urlsafe_b64encode(text.encode()).rstrip(b"=").decode())
