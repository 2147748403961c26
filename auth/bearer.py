"""The Authorization header in, a bearer token out (RFC 6750, RFC 9110 section 11.4). The token is not read here."""

import re
from collections.abc import Sequence

from auth.errors import Unauthenticated

_TOKEN68 = re.compile(r"[A-Za-z0-9\-._~+/]+=*")
_HOW = "send “Authorization: Bearer TOKEN”"


def bearer_token(headers: Sequence[str]) -> str:
    """The token in the values of a request's Authorization headers; raises Unauthenticated unless there is just one."""
    if not headers:
        raise Unauthenticated(f"The request has no Authorization header: {_HOW}.")
    if len(headers) > 1:
        raise Unauthenticated("The request has several Authorization headers: send one.")
    scheme, _, credentials = headers[0].strip(" \t").partition(" ")
    token = credentials.lstrip(" ")
    if scheme.casefold() != "bearer":
        raise Unauthenticated(f"The Authorization header's scheme is not Bearer: {_HOW}.")
    if not token:
        raise Unauthenticated(f"The Authorization header has no token: {_HOW}.")
    if not _TOKEN68.fullmatch(token):
        raise Unauthenticated("The Authorization header does not hold exactly one token after “Bearer”.")
    return token
