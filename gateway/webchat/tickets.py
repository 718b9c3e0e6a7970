"""Web chat: the signed session ticket in a browser's cookie, which can be checked without the database."""

import datetime as dt
import hashlib
import hmac
import re
import uuid
from dataclasses import dataclass

from gateway.core.database import now

_FORM = re.compile(r"([0-9a-f]{32})\.([0-9]{1,12})\.([a-z0-9-]{0,32})\.([0-9a-f]{64})")
_SOURCE = re.compile(r"[a-z0-9-]{1,32}")


@dataclass(frozen=True)
class Ticket:
    """A browser's session, when it began, and the referral code or page it came by."""

    session: uuid.UUID
    begun_at: dt.datetime
    source: str = ""


class Tickets:
    """Makes and checks tickets: a random id, the time and the source, signed."""

    def __init__(self, secret: str, life: dt.timedelta) -> None:
        # A key of its own: what is signed here is good for nothing else.
        self._key = hmac.digest(secret.encode(), b"web chat ticket", hashlib.sha256)
        self._life = life

    def new(self, source: str = "") -> Ticket:
        """A new session; a source that is not a plain name is left out."""
        return Ticket(uuid.uuid4(), now().replace(microsecond=0), source if _SOURCE.fullmatch(source) else "")

    def write(self, ticket: Ticket) -> str:
        """The cookie's value."""
        plain = f"{ticket.session.hex}.{int(ticket.begun_at.timestamp())}.{ticket.source}"
        return f"{plain}.{self._sign(plain)}"

    def read(self, value: str | None) -> Ticket | None:
        """The ticket of a cookie; `None` when it was not made here or has expired."""
        match = _FORM.fullmatch(value or "")
        if match is None:
            return None
        plain = match.group(0).rpartition(".")[0]
        if not hmac.compare_digest(self._sign(plain), match.group(4)):
            return None
        begun_at = dt.datetime.fromtimestamp(int(match.group(2)), dt.UTC)
        return Ticket(uuid.UUID(match.group(1)), begun_at, match.group(3)) if now() < begun_at + self._life else None

    def ends_at(self, ticket: Ticket) -> dt.datetime:
        """When the session expires at the latest."""
        return ticket.begun_at + self._life

    def _sign(self, plain: str) -> str:
        return hmac.new(self._key, plain.encode(), hashlib.sha256).hexdigest()
