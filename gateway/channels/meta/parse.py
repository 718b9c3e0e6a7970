"""Messenger and Instagram, way in: one item of a webhook body with citizen, account and time, and its inbox event."""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from gateway.channels.meta import limits
from gateway.channels.meta.json import get, plausible_timestamp, text_or_number
from gateway.conversations.kinds import InboxEventKind
from gateway.conversations.messages import IncomingEvent, IncomingMessage, IncomingStatus, PlatformEvent
from gateway.core.database import now

_EARLIEST = dt.datetime(2011, 1, 1, tzinfo=dt.UTC)  # Messenger began in 2011
_REFERRAL = re.compile(rf"[A-Za-z0-9_.=-]{{1,{limits.REFERRAL}}}")


@dataclass(frozen=True)
class Account:
    """Our Page or Instagram account, and our application, by which our own echoes are known; empty when not set."""

    id: str
    app_id: str = ""


@dataclass(frozen=True)
class Item:
    """One update: the citizen it is about, our Page or account, and when it happened.

    `person` is `None` where Meta names nobody, or only a `user_ref`.
    """

    raw: dict[str, Any]
    person: str | None
    account_id: str
    occurred_at: dt.datetime
    is_from_us: bool
    app_id: str

    def address(self, external_id: str) -> dict[str, Any]:
        """The fields of an `IncomingMessage` that say who wrote to which account, and when."""
        return {
            "external_id": external_id,
            "business_number": self.account_id,
            "sent_at": self.occurred_at,
            "user_id": self.person,
        }


def item_of(raw: dict[str, Any], entry: dict[str, Any], account: Account) -> Item:
    """An item; echoes have our account as the sender, everything else has it as the recipient."""
    sender, recipient = text_or_number(get(raw.get("sender"), "id")), text_or_number(get(raw.get("recipient"), "id"))
    is_echo = get(raw.get("message"), "is_echo") is True
    is_from_us = is_echo or (sender is not None and sender == account.id)
    account_id, person = (sender, recipient) if is_from_us else (recipient, sender)
    return Item(
        raw=raw,
        person=person,
        account_id=account_id or text_or_number(entry.get("id")) or "",
        occurred_at=plausible_timestamp(raw.get("timestamp"), entry.get("time"), earliest=_EARLIEST),
        is_from_us=is_from_us,
        app_id=account.app_id,
    )


def event_of(content: IncomingMessage | PlatformEvent | IncomingStatus, unique_id: str | None = None) -> IncomingEvent:
    """The inbox event of a message, status or platform event, unique by `unique_id` or its own id."""
    unique = unique_id or content.external_id
    if isinstance(content, IncomingMessage):
        return IncomingEvent(
            kind=InboxEventKind.MESSAGE, unique_id=unique, occurred_at=content.sent_at, message=content
        )
    if isinstance(content, PlatformEvent):
        return IncomingEvent(
            kind=InboxEventKind.PLATFORM_EVENT,
            unique_id=unique,
            occurred_at=content.occurred_at,
            platform_event=content,
        )
    return IncomingEvent(kind=InboxEventKind.STATUS, unique_id=unique, occurred_at=content.occurred_at, status=content)


def other(name: str, unique_id: str) -> IncomingEvent:
    """The inbox event of an update that is stored and not processed."""
    return IncomingEvent(
        kind=InboxEventKind.OTHER, unique_id=f"{name[:64]} {unique_id}", occurred_at=now(), name=name[:64]
    )


def referral_of(referral: Any) -> str | None:
    """The code in a link of ours, or `None`: another form was not made by us and is not kept."""
    name = text_or_number(get(referral, "ref"))
    return name if name is not None and _REFERRAL.fullmatch(name) else None
