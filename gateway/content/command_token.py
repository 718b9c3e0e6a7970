"""Content, a token for the command line: who holds it acts there as the person who made it, for a working day.

It is an HMAC over the person and the time at which it ends, made on a page by somebody who is signed in; that the
person may still edit is looked up at each use.
"""

import base64
import binascii
import datetime as dt
import hashlib
import hmac
import uuid
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts.models import StaffPerson
from gateway.accounts.people import open_name
from gateway.content.errors import ContentRefused
from gateway.content.repository.git import Editor
from gateway.core.actors import Role
from gateway.core.config.settings import Settings
from gateway.core.database import now
from gateway.core.keyring import Keyring

LIFETIME: Final = dt.timedelta(hours=8)
# Who has no token is the machine's operator, who may do everything but stand for an editor.
OPERATOR: Final = Editor("Operator", "operator")
_PURPOSE: Final = b"neuvo editor at the command line 1"


def make_token(settings: Settings, person: uuid.UUID) -> str:
    """A token of this person, valid for `LIFETIME` from now."""
    ends = int((now() + LIFETIME).timestamp())
    body = person.bytes + ends.to_bytes(8, "big")
    return base64.urlsafe_b64encode(body + _seal(settings, body)).decode()


async def editor_of(settings: Settings, session: AsyncSession, keyring: Keyring, token: str) -> Editor:
    """The person of a token. Raises `ContentRefused` for a wrong or old one, and for who may not edit any more."""
    try:
        raw = base64.urlsafe_b64decode(token.strip().encode())
    except (binascii.Error, ValueError):
        raise ContentRefused("token_refused") from None
    body, seal = raw[:24], raw[24:]
    if len(body) != 24 or not hmac.compare_digest(seal, _seal(settings, body)):
        raise ContentRefused("token_refused")
    if int.from_bytes(body[16:], "big") < now().timestamp():
        raise ContentRefused("token_refused")
    person = await session.get(StaffPerson, uuid.UUID(bytes=body[:16]))
    if person is None or person.blocked_at is not None or Role.EDITOR not in person.roles:
        raise ContentRefused("token_refused")
    return Editor(open_name(keyring, person), str(person.id))


def _seal(settings: Settings, body: bytes) -> bytes:
    key = settings.secret_key.get_secret_value().encode()
    return hmac.new(key, _PURPOSE + body, hashlib.sha256).digest()
