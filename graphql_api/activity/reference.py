"""Which activity a global id points at, in a filter."""

from base64 import urlsafe_b64decode
from uuid import UUID

from graphql_api.global_id import global_id

# RFC 9562, section 5.9: no activity has it.
_NOBODYS = UUID(int=0)


def activity_of(id_: str) -> UUID:
    """The activity's id, whether or not there is one; for a malformed id, one that no activity has."""
    try:
        text = urlsafe_b64decode(id_ + "=" * (-len(id_) % 4)).decode()
        found = UUID(text.rpartition(":")[2])
    except ValueError:
        return _NOBODYS
    # The decoders take more than one spelling: only what would be handed out counts.
    return found if id_ == global_id("SmtpActivity", str(found)) else _NOBODYS
