"""The web chat: where a request came from, as a keyed hash that nobody can turn back and that lives a day at most."""

import hashlib
import hmac
import ipaddress
from collections.abc import Mapping

from gateway.database import now


class Addresses:
    """Hashes of addresses under a key that changes each day (UTC); the address itself is never kept."""

    def __init__(self, secret: str, proxies: frozenset[str]) -> None:
        self._key = hmac.digest(secret.encode(), b"web chat address", hashlib.sha256)
        self._proxies = proxies

    def of(self, peer: str, headers: Mapping[str, str]) -> bytes:
        """The hash of the nearest address that is not one of our own proxies."""
        address = peer
        if peer in self._proxies:
            passed = [part.strip() for part in headers.get("x-forwarded-for", "").split(",") if part.strip()]
            # From the right: what stands further left was written by whoever asked.
            address = next((part for part in reversed(passed) if part not in self._proxies), peer)
        return hmac.digest(self._key, f"{now():%Y-%m-%d} {_network(address)}".encode(), hashlib.sha256)[:16]


def _network(address: str) -> str:
    """The address, or of IPv6 the network of one household: a flood could come from each of its addresses."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    return str(ipaddress.ip_network((parsed, 64), strict=False)) if parsed.version == 6 else str(parsed)
