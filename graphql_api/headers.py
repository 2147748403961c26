"""The headers that every answer carries: it is its caller's alone, and no browser makes more of it than it is."""

from starlette.datastructures import MutableHeaders

RawHeaders = list[tuple[bytes, bytes]]
"""Headers as ASGI has them: names in lower case."""

_VARY = "Accept, Authorization"
_PRIVATE = (b"cache-control", b"private, no-store")
_UNSNIFFED = (b"x-content-type-options", b"nosniff")
# A year (RFC 6797). Other names of the same domain are their owner's business: no includeSubDomains.
_OVER_TLS_ONLY = (b"strict-transport-security", b"max-age=31536000")
# Nothing may be loaded, and nobody may frame it; a page that needs more brings its own policy.
_POLICY = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")


def mark_answer(headers: RawHeaders, request_id: str, *, over_tls: bool) -> None:
    """Add them to what the answer has already."""
    names = {name for name, _ in headers}
    # Only the pages and their scripts, the same for everybody, say otherwise.
    if b"cache-control" not in names:
        headers.append(_PRIVATE)
        if b"vary" in names:
            MutableHeaders(raw=headers).add_vary_header(_VARY)
        else:
            headers.append((b"vary", _VARY.encode()))
    if b"content-security-policy" not in names:
        headers.append(_POLICY)
    headers += (_UNSNIFFED, (b"x-request-id", request_id.encode()))
    if over_tls:
        headers.append(_OVER_TLS_ONLY)
