"""A port for a server of one test."""

import secrets
import socket

# Below those that the system hands out to whoever opens a connection: one of them could be taken before it is used.
_PORTS = range(20_000, 32_000)


def free_port() -> int:
    """A port of this machine that nothing holds."""
    while True:
        port = secrets.choice(_PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
