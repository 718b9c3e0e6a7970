"""Under the road: whom our connections to others trust."""

import ssl
from functools import cache

import httpx2


@cache
def trusted() -> ssl.SSLContext:
    """The authorities of this machine, read once a process: each client would read them, and keep them, for itself."""
    return httpx2.create_ssl_context(trust_env=False)
