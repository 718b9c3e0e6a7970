"""HTTP: how many connections one address may have open, so that nobody closes the door for all others.

Idle connections are closed first, the oldest before the others: theirs when an address has too many, and when the
process has too many, those of the address that has most. Only who is busy with as many is refused. Our own proxies may
have as many as they like, for all citizens come through them; what they pass on is limited by requests (`rates.py`).
"""

from typing import Protocol

from gateway.core.http.client_ip import network_of
from gateway.core.networks import Networks

# Above what one address may have of open streams of the web chat (`channels.webchat.limits`), as a school has.
OF_ADDRESS = 256
# Open connections of one process, streams of the web chat included.
OF_PROCESS = 4096
_OURS = "proxies"


class Connection(Protocol):
    """What is counted."""

    @property
    def is_idle(self) -> bool:
        """Whether closing it loses nothing."""

    def close_idle(self) -> None:
        """Close it."""


class OpenConnections:
    """The open connections of one listener by the network that they come from."""

    def __init__(
        self, proxies: Networks | None = None, of_address: int = OF_ADDRESS, of_process: int = OF_PROCESS
    ) -> None:
        self._proxies = proxies or Networks()
        self._of_address, self._of_process = of_address, of_process
        self._by_network: dict[str, dict[Connection, None]] = {}
        self._network_of: dict[Connection, str] = {}

    def add(self, connection: Connection, peer: str) -> bool:
        """Count a new connection; False where its address has as many busy ones as it may."""
        network = _OURS if peer in self._proxies else network_of(peer)
        theirs = self._by_network.get(network, {})
        if network != _OURS and len(theirs) >= self._of_address and not self._close_oldest_idle(theirs):
            return False
        self._by_network.setdefault(network, {})[connection] = None
        self._network_of[connection] = network
        if len(self._network_of) > self._of_process:
            self._make_room()
        return True

    def discard(self, connection: Connection) -> None:
        """The connection is closed."""
        network = self._network_of.pop(connection, None)
        if network is None:
            return
        theirs = self._by_network[network]
        del theirs[connection]
        if not theirs:
            del self._by_network[network]

    def _make_room(self) -> None:
        for theirs in sorted(self._by_network.values(), key=len, reverse=True):
            if self._close_oldest_idle(theirs):
                return

    def _close_oldest_idle(self, theirs: dict[Connection, None]) -> bool:
        oldest = next((each for each in theirs if each.is_idle), None)
        if oldest is None:
            return False
        self.discard(oldest)  # at once: the event of its closing comes later
        oldest.close_idle()
        return True
