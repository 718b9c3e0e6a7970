"""Accounts: random tokens of browsers, their hashes for the database, and CSRF tokens."""

import hashlib
import hmac
import secrets

from gateway.core.config.settings import Settings

TOKEN_BYTES = 32


def new_token() -> str:
    """A new token: 256 random bits, URL-safe."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def token_hash(token: str) -> bytes:
    """The SHA-256 of a token, as the database stores it; the token is random and long, so no salt is needed."""
    return hashlib.sha256(token.encode()).digest()


def csrf_token(settings: Settings, browser_token: str) -> str:
    """The CSRF token of a form: an HMAC of the browser's own token, which another site cannot know."""
    key = settings.secret_key.get_secret_value().encode()
    return hmac.new(key, b"csrf\x00" + browser_token.encode(), hashlib.sha256).hexdigest()


def same(given: str, expected: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(given.encode(), expected.encode())
