"""Accounts: browsers in which a person has signed in before, so that wrong tries of others do not keep them out.

A cookie names the people of a browser, each with a signature; it proves nothing but that, and opens nothing.
OWASP calls it a device cookie.
"""

import hashlib
import hmac
import secrets

from fastapi import Request, Response

from gateway.accounts import sessions
from gateway.accounts.models import StaffPerson
from gateway.core.config.settings import Settings

LIFETIME = 180 * 24 * 3600  # seconds, from the last sign-in
MAX_PEOPLE = 12  # of one browser: a desk is shared


def cookie_name(settings: Settings) -> str:
    """The name of the cookie."""
    return "__Host-neuvo_devices" if settings.secure_cookies else "neuvo_devices"


def device_of(request: Request, settings: Settings, person: StaffPerson | None) -> str | None:
    """The name of this browser where the person has signed in in it, else None."""
    if person is None:
        return None
    for mark in _marks(request, settings):
        owner, _, rest = mark.partition(".")
        nonce, _, signature = rest.partition(".")
        if owner == person.id.hex and hmac.compare_digest(signature.encode(), _sign(settings, person, nonce).encode()):
            return nonce
    return None


def remember(request: Request, response: Response, settings: Settings, person: StaffPerson) -> None:
    """Let the browser know that the person has signed in in it."""
    nonce = secrets.token_urlsafe(12)
    others = [mark for mark in _marks(request, settings) if not mark.startswith(f"{person.id.hex}.")]
    marks = [f"{person.id.hex}.{nonce}.{_sign(settings, person, nonce)}", *others][:MAX_PEOPLE]
    sessions.set_cookie(response, settings, cookie_name(settings), "~".join(marks), LIFETIME)


def _marks(request: Request, settings: Settings) -> list[str]:
    return request.cookies.get(cookie_name(settings), "").split("~")[:MAX_PEOPLE]


def _sign(settings: Settings, person: StaffPerson, nonce: str) -> str:
    # Recovering or unlocking the account begins a new epoch, and forgets every browser.
    content = f"device\x00{person.id.hex}\x00{person.sign_in_epoch}\x00{nonce}".encode()
    return hmac.new(settings.secret_key.get_secret_value().encode(), content, hashlib.sha256).hexdigest()
