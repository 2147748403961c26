"""Content negotiation: the media types of GraphQL over HTTP (RFC 9110 sections 8.3 and 12.5.1)."""

import re
from collections.abc import Iterator
from email.message import Message
from functools import lru_cache

GRAPHQL_RESPONSE = "application/graphql-response+json"
JSON = "application/json"

_QUALITY = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?")


# Clients say the same again and again.
_KEPT = 100


@lru_cache(_KEPT)
def negotiate(accept: str) -> str | None:
    """The media type to answer with; None when the client takes neither.

    Who names none gets application/json; who takes both alike gets the one made for GraphQL.
    """
    wanted = dict(_ranges(accept or "*/*"))
    graphql = wanted.get(GRAPHQL_RESPONSE, 0)
    json = next((wanted[range_] for range_ in (JSON, "application/*", "*/*") if range_ in wanted), 0)
    if not graphql and not json:
        return None
    return GRAPHQL_RESPONSE if graphql >= json else JSON


@lru_cache(_KEPT)
def is_json(content_type: str | None) -> bool:
    """Whether a Content-Type says JSON, in the only charset that JSON has (RFC 8259 section 8.1)."""
    header = _header(content_type or "")
    return header.get_content_type() == JSON and header.get_content_charset("utf-8") == "utf-8"


def _ranges(accept: str) -> Iterator[tuple[str, float]]:
    """Each media range and how much it is wanted; one whose quality is malformed is not wanted at all."""
    for range_ in accept.split(","):
        header = _header(range_)
        quality = str(header.get_param("q", "1"))
        name, _, _ = range_.partition(";")
        yield name.strip().lower(), float(quality) if _QUALITY.fullmatch(quality) else 0.0


def _header(value: str) -> Message:
    # The standard library's parser of MIME headers, parameters and quotes included.
    message = Message()
    message["Content-Type"] = value
    return message
