"""Which activity a global id points at, in arguments and filters."""

from uuid import UUID

from graphql_api.global_id import uuid_of

ACTIVITY = "SmtpActivity"
"""The type's name, as ids carry it."""

# RFC 9562, section 5.9: no activity has it.
NOBODYS = UUID(int=0)


def activity_uuid(id_: str) -> UUID | None:
    """The UUID in an activity's global id, whether or not there is such an activity; None for every other text."""
    return uuid_of(ACTIVITY, id_)
