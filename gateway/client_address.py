"""Before the road: which address of the net a request comes from; only our own proxies are believed about that."""

import ipaddress
from collections.abc import Collection


def client_address(peer: str, forwarded: str, proxies: Collection[str]) -> str:
    """The nearest address that is not one of our own proxies; `forwarded` is what `X-Forwarded-For` says.

    Read from the right: what stands further left was written by whoever asked.
    """
    if peer not in proxies:
        return peer
    passed = [part.strip() for part in forwarded.split(",") if part.strip()]
    return next((part for part in reversed(passed) if part not in proxies), peer)


def network_of(address: str) -> str:
    """The address, or of IPv6 the network of one household: a flood could come from each of its addresses."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    return str(ipaddress.ip_network((parsed, 64), strict=False)) if parsed.version == 6 else str(parsed)
