"""TLS of our outgoing connections."""

import ssl
from functools import cache

import httpx2


@cache
def ssl_context() -> ssl.SSLContext:
    """The context with this machine's certificate authorities, read once a process and shared by all clients.

    `SSL_CERT_FILE` and `SSL_CERT_DIR` name others, as for every program: an identity provider of a force may have a
    certificate of the force's own authority.
    """
    return httpx2.create_ssl_context()
