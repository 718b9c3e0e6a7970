"""Console: signed links to a citizen's file: this session gave a reason for it within `LIFETIME`."""

import hashlib
import hmac
import time

from gateway.core.config.settings import Settings

LIFETIME = 300  # seconds; a provider's own URL of a file is valid no longer


def issue(settings: Settings, session_token: str, message_id: int) -> str:
    """The signature for one file, in this session only."""
    expires = int(time.time()) + LIFETIME
    return f"{expires}.{_signature(settings, session_token, message_id, expires)}"


def is_valid(settings: Settings, session_token: str, message_id: int, permit: str) -> bool:
    """Whether a signature is ours, for this file and session, and not expired."""
    expires, _, signature = permit.partition(".")
    if not expires.isascii() or not expires.isdigit() or len(expires) > 12 or int(expires) < time.time():
        return False
    return hmac.compare_digest(
        signature.encode(), _signature(settings, session_token, message_id, int(expires)).encode()
    )


def _signature(settings: Settings, session_token: str, message_id: int, expires: int) -> str:
    content = f"media\x00{session_token}\x00{message_id}\x00{expires}".encode()
    return hmac.new(settings.secret_key.get_secret_value().encode(), content, hashlib.sha256).hexdigest()
