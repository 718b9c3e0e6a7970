"""The web chat: where a request came from, as a keyed hash that nobody can turn back and that lives a day at most."""

import hashlib
import hmac
from collections.abc import Mapping

from gateway.client_address import client_address, network_of
from gateway.database import now


class Addresses:
    """Hashes of addresses under a key that changes each day (UTC); the address itself is never kept."""

    def __init__(self, secret: str, proxies: frozenset[str]) -> None:
        self._key = hmac.digest(secret.encode(), b"web chat address", hashlib.sha256)
        self._proxies = proxies

    def of(self, peer: str, headers: Mapping[str, str]) -> bytes:
        """The hash of the nearest address that is not one of our own proxies."""
        address = client_address(peer, headers.get("x-forwarded-for", ""), self._proxies)
        return hmac.digest(self._key, f"{now():%Y-%m-%d} {network_of(address)}".encode(), hashlib.sha256)[:16]
