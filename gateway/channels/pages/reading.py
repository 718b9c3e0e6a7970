"""Messenger and Instagram, on the way in: one item of a body with its ends named, and careful looks into JSON."""

import datetime as dt
import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

from gateway.channels.base import IncomingEvent, IncomingMessage, IncomingNotice, IncomingStatus
from gateway.channels.pages import limits
from gateway.database import now

_MILLISECONDS_FROM = 10**11  # seconds reach this in the year 5138; samples of the dashboard have seconds
# Messenger began in 2011, and a clock may be a little ahead; a moment outside of this is nobody's.
_EARLIEST = dt.datetime(2011, 1, 1, tzinfo=dt.UTC)
_CLOCKS_DIFFER = dt.timedelta(minutes=10)
_REFERRAL = re.compile(rf"[A-Za-z0-9_.=-]{{1,{limits.REFERRAL}}}")


@dataclass(frozen=True)
class Account:
    """Our Page or account, and our application, so that our own echoes are known; empty when it was not told."""

    id: str
    app_id: str = ""


@dataclass(frozen=True)
class Item:
    """One update: who is the person in it, which place of ours it concerns, and when it happened.

    `person` is missing where Meta names nobody, or only a `user_ref`.
    """

    raw: dict[str, Any]
    person: str | None
    place: str
    moment: dt.datetime
    is_from_us: bool
    app_id: str

    def address(self, external_id: str) -> dict[str, Any]:
        """The ends of a message, a status or a notice of this item."""
        return {
            "external_id": external_id,
            "business_number": self.place,
            "sent_at": self.moment,
            "user_id": self.person,
        }


def item_of(raw: dict[str, Any], entry: dict[str, Any], account: Account) -> Item:
    """An item with its ends: echoes have our place as the sender, everything else as the recipient."""
    sender, recipient = text(get(raw.get("sender"), "id")), text(get(raw.get("recipient"), "id"))
    is_echo = get(raw.get("message"), "is_echo") is True
    is_from_us = is_echo or (sender is not None and sender == account.id)
    place, person = (sender, recipient) if is_from_us else (recipient, sender)
    return Item(
        raw=raw,
        person=person,
        place=place or text(entry.get("id")) or "",
        moment=_moment(raw.get("timestamp"), entry.get("time")),
        is_from_us=is_from_us,
        app_id=account.app_id,
    )


def event_of(content: IncomingMessage | IncomingNotice | IncomingStatus, unique_id: str | None = None) -> IncomingEvent:
    """The event that carries it, unique by its id."""
    unique = unique_id or content.external_id
    if isinstance(content, IncomingMessage):
        return IncomingEvent(kind="message", unique_id=unique, occurred_at=content.sent_at, message=content)
    if isinstance(content, IncomingNotice):
        return IncomingEvent(kind="notice", unique_id=unique, occurred_at=content.occurred_at, notice=content)
    return IncomingEvent(kind="status", unique_id=unique, occurred_at=content.occurred_at, status=content)


def other(name: str, unique_id: str) -> IncomingEvent:
    """Kept, answered 200, and looked at by nobody."""
    return IncomingEvent(kind="other", unique_id=f"{name[:64]} {unique_id}", occurred_at=now(), name=name[:64])


def referral_of(referral: Any) -> str | None:
    """The name in a link of ours; another form was not made by us and is not kept."""
    name = text(get(referral, "ref"))
    return name if name is not None and _REFERRAL.fullmatch(name) else None


def moment_of(stamp: Any) -> dt.datetime | None:
    """A moment in milliseconds or seconds, as a number or digits; nothing when it is none."""
    try:
        seconds = float(stamp)
        seconds = seconds / 1000 if seconds >= _MILLISECONDS_FROM else seconds
        return dt.datetime.fromtimestamp(seconds, dt.UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def _moment(*stamps: Any) -> dt.datetime:
    at = now()
    found = (moment_of(stamp) for stamp in stamps)
    # A far future would keep the window open and the words stored for ever.
    return next((each for each in found if each is not None and _EARLIEST <= each <= at + _CLOCKS_DIFFER), at)


def digest(content: Any) -> str:
    """A name for what has none."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def dicts(content: Any) -> list[dict[str, Any]]:
    """The objects of a list; nothing of anything else."""
    return [item for item in content if isinstance(item, dict)] if isinstance(content, list) else []


def get(content: Any, key: str) -> Any:
    """The value of a key, when it is an object that has it."""
    return content.get(key) if isinstance(content, dict) else None


def text(content: Any) -> str | None:
    """A string that can be stored; Meta writes some ids as numbers."""
    if isinstance(content, int) and not isinstance(content, bool) and 0 <= content < 10**20:
        content = str(content)
    if not isinstance(content, str):
        return None
    # PostgreSQL cannot hold NUL, and half a surrogate pair cannot be encoded: neither is a word of anybody.
    clean = content.replace("\x00", "").encode("utf-8", errors="replace").decode()
    return clean or None
