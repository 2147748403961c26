"""The headers that every answer carries: it is its caller's alone, and no browser makes more of it than it is."""

from starlette.datastructures import MutableHeaders

# A year (RFC 6797). Other names of the same domain are their owner's business: no includeSubDomains.
_OVER_TLS_ONLY = "max-age=31536000"
# Nothing may be loaded, and nobody may frame it; a page that needs more brings its own policy.
_POLICY = "default-src 'none'; frame-ancestors 'none'"


def mark_answer(headers: MutableHeaders, request_id: str, *, over_tls: bool) -> None:
    """Add them to what the answer has already."""
    headers["x-request-id"] = request_id
    # Only the pages and their scripts, the same for everybody, say otherwise.
    if "Cache-Control" not in headers:
        headers["Cache-Control"] = "private, no-store"
        headers.add_vary_header("Accept, Authorization")
    headers["X-Content-Type-Options"] = "nosniff"
    headers.setdefault("Content-Security-Policy", _POLICY)
    if over_tls:
        headers["Strict-Transport-Security"] = _OVER_TLS_ONLY
