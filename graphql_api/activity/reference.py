"""Which activity a global id points at, in arguments and filters."""

from uuid import UUID

from graphql_api.global_id import parse_global_id

ACTIVITY = "SmtpActivity"
"""The type's name, as ids carry it."""

# RFC 9562, section 5.9: no activity has it.
NOBODYS = UUID(int=0)


def activity_uuid(id_: str) -> UUID | None:
    """The UUID in an activity's global id, whether or not there is such an activity; None for every other text."""
    match parse_global_id(id_):
        case (type_name, text) if type_name == ACTIVITY:
            return _uuid(text)
    return None


def _uuid(text: str) -> UUID | None:
    try:
        uuid = UUID(text)
    except ValueError:
        return None
    return uuid if str(uuid) == text else None
