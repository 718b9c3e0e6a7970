"""Beside the road, the console: a word in an address that says: this session gave a reason for this file, just now."""

import hashlib
import hmac
import time

from gateway.settings import Settings

LASTS = 300  # seconds; a provider's address of a file lives no longer


def issue(settings: Settings, session_token: str, message_id: int) -> str:
    """A permit for one file, in this session only."""
    ends = int(time.time()) + LASTS
    return f"{ends}.{_mark(settings, session_token, message_id, ends)}"


def holds(settings: Settings, session_token: str, message_id: int, permit: str) -> bool:
    """Whether a permit is ours, for this file and session, and not over."""
    ends, _, mark = permit.partition(".")
    if not ends.isascii() or not ends.isdigit() or len(ends) > 12 or int(ends) < time.time():
        return False
    return hmac.compare_digest(mark.encode(), _mark(settings, session_token, message_id, int(ends)).encode())


def _mark(settings: Settings, session_token: str, message_id: int, ends: int) -> str:
    content = f"media\x00{session_token}\x00{message_id}\x00{ends}".encode()
    return hmac.new(settings.secret_key.get_secret_value().encode(), content, hashlib.sha256).hexdigest()
