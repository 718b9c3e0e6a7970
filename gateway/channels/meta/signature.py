"""Channels, way in: verifies that a webhook body comes from Meta, unchanged."""

import hmac
import re

_FORM = re.compile(rb"sha256=([0-9a-f]{64})")


def signature_of(secret: str, body: bytes) -> str:
    """The value of `X-Hub-Signature-256`: HMAC-SHA256 of the raw bytes under the application's secret."""
    return "sha256=" + hmac.digest(secret.encode(), body, "sha256").hex()


def is_authentic(secret: str, body: bytes, header: str | None) -> bool:
    """Whether the header is the signature of these bytes; always false without a secret.

    Compares in constant time and as bytes: a header with other characters is refused, not an error.
    """
    given = (header or "").encode("latin-1", errors="replace")
    matches = bool(_FORM.fullmatch(given)) and hmac.compare_digest(given, signature_of(secret, body).encode())
    return bool(secret) and matches
