"""Whose request it is, by network address: the peer's or, behind a trusted proxy, the one that the proxy forwards."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from starlette.middleware import Middleware
from starlette.types import Scope
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

Address = IPv4Address | IPv6Address

# How a socket that speaks both versions names an IPv4 peer (RFC 4291, section 2.5.5.2).
_MAPPED_BITS = 96
# A connection asks often.
_KEPT = 10_000


def trusting(proxies: Sequence[IPv4Network | IPv6Network]) -> Middleware:
    """Believes X-Forwarded-Proto, and X-Forwarded-For from its right end to the first address that is no such proxy."""
    mapped = [
        f"::ffff:{network.network_address}/{_MAPPED_BITS + network.prefixlen}"
        for network in proxies
        if isinstance(network, IPv4Network)
    ]
    return Middleware(ProxyHeadersMiddleware, trusted_hosts=[*map(str, proxies), *mapped])


def client_address(scope: Scope) -> Address | None:
    """The client's address; None where there is no network, and for what a client within `trusted_proxies` makes up."""
    host, _ = scope.get("client") or ("", 0)
    return _address(host)


@lru_cache(_KEPT)
def _address(host: str) -> Address | None:
    try:
        address = ip_address(host)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
