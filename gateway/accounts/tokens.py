"""Under accounts: random tokens for browsers, their hashes for the database, and tokens against forged requests."""

import hashlib
import hmac
import secrets

from gateway.settings import Settings

TOKEN_BYTES = 32


def new_token() -> str:
    """256 random bits, as a browser may hold them."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def token_hash(token: str) -> bytes:
    """How the database knows a token. It is random and long, so one plain hash cannot be guessed back."""
    return hashlib.sha256(token.encode()).digest()


def csrf_token(settings: Settings, browser_token: str) -> str:
    """The word that a form must carry: bound to the browser's own token, so another site cannot know it."""
    key = settings.secret_key.get_secret_value().encode()
    return hmac.new(key, b"csrf\x00" + browser_token.encode(), hashlib.sha256).hexdigest()


def same(given: str, expected: str) -> bool:
    """Compare in a time that does not tell how much was right."""
    return hmac.compare_digest(given.encode(), expected.encode())
