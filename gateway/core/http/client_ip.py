"""HTTP: the client's IP address; `X-Forwarded-For` is trusted from our own proxies only."""

import ipaddress

from gateway.core.networks import Networks, parse_address


def client_address(peer: str, forwarded: str, proxies: Networks) -> str:
    """The nearest address that is not one of our own proxies; `forwarded` is what `X-Forwarded-For` says.

    Read from the right: entries further left may be forged by the client.
    """
    if peer not in proxies:
        return peer
    passed = [part.strip() for part in forwarded.split(",") if part.strip()]
    return next((part for part in reversed(passed) if part not in proxies), peer)


def network_of(address: str) -> str:
    """The address, or of IPv6 its /64 network: a flood could come from each address of it."""
    parsed = parse_address(address)
    if parsed is None:
        return "unknown"
    return str(ipaddress.ip_network((parsed, 64), strict=False)) if parsed.version == 6 else str(parsed)
