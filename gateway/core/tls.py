"""TLS of our outgoing connections."""

import ssl
from functools import cache

import httpx2


@cache
def ssl_context() -> ssl.SSLContext:
    """The context with this machine's certificate authorities, read once a process and shared by all clients."""
    return httpx2.create_ssl_context(trust_env=False)
