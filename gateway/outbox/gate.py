"""Station 5, gate: decides over everything that goes to a citizen and is no reply to them.

Only to who said yes to it, or asked for the officer it is about, and never where somebody else may read the phone. It
is asked when an entry is queued and, because a phone may be watched since, once more before it is sent.
"""

import uuid
from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar, Final, Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.kinds import EventKind, Permission, UnaskedKind
from gateway.conversations.models import Conversation, OutboxItem
from gateway.conversations.repository import GATEWAY, add_event, open_told
from gateway.conversations.states import request_is_open
from gateway.conversations.told import Consent, DangerState, Told
from gateway.core.context import Context
from gateway.core.errors import GatewayError
from gateway.core.keyring import Keyring

NEEDS: Final[Mapping[UnaskedKind, Permission]] = {
    UnaskedKind.OFFICER_JOINED: Permission.ASKED,
    UnaskedKind.OFFICER_LEFT: Permission.ASKED,
    UnaskedKind.GIVEN_BACK: Permission.ASKED,
    UnaskedKind.STILL_WAITING: Permission.ASKED,
    UnaskedKind.NOBODY_CAME: Permission.ASKED,
    UnaskedKind.LATE_DANGER_LINE: Permission.ASKED,
    UnaskedKind.ANSWER_WAITS: Permission.ASKED,
    UnaskedKind.INVITED: Permission.ASKED,
    UnaskedKind.OFFICER_FEEDBACK: Permission.ASKED,
    UnaskedKind.BULLETIN_UPDATE: Permission.FOLLOWED,
}
# Said about a request that has just ended; all others that need one, only while it is open.
_AFTER_REQUEST: Final = frozenset({UnaskedKind.GIVEN_BACK, UnaskedKind.NOBODY_CAME, UnaskedKind.OFFICER_FEEDBACK})
# What would be an insult to whoever is or was in danger.
_NOT_AFTER_DANGER: Final = frozenset({UnaskedKind.OFFICER_FEEDBACK})
_PROOF: Final = object()


class Refusal(StrEnum):
    """Why the gate is shut; officers read it as a sentence."""

    PHONE_WATCHED = "phone_watched"
    NOT_ASKED = "not_asked"
    DANGER = "danger"


class HeldBack(GatewayError):
    """An officer wanted to send what is no reply and may not be pushed to this citizen."""

    status = 409
    texts: ClassVar[Mapping[str, str]] = {
        "held_back": "This cannot be sent: the citizen has not asked for an officer, or somebody may read the phone.",
    }


class Agreement(Protocol):
    """A row that holds a citizen's yes to something else than an officer, such as following a bulletin."""

    @property
    def contact_id(self) -> uuid.UUID:
        """Whose yes it is."""


class Permit:
    """The gate's permission for one unasked entry of one conversation; only the gate can make one."""

    __slots__ = ("conversation_id", "kind", "permission")

    def __init__(self, proof: object, conversation_id: uuid.UUID, kind: UnaskedKind) -> None:
        if proof is not _PROOF:
            raise TypeError("Only the gate of the outbox gives permits: call gateway.outbox.gate.permit.")
        self.conversation_id = conversation_id
        self.kind = kind
        self.permission = NEEDS[kind]


def permit(
    session: AsyncSession,
    service: Context,
    conversation: Conversation,
    kind: UnaskedKind,
    agreement: Agreement | None = None,
) -> Permit | None:
    """The permission to queue such an entry; None, with an event that officers see, where the gate is shut.

    `agreement` is the citizen's yes where the kind is not about an officer.
    """
    told = open_told(service.keyring.unwrap(conversation.wrapped_key), conversation.told_sealed)
    agreed = agreement is not None and agreement.contact_id == conversation.contact_id
    if refusal_of(told, kind, agreed=agreed) is None:
        return Permit(_PROOF, conversation.id, kind)
    # Not why: events stand in clear, and what the citizen has told does not.
    add_event(session, conversation.id, EventKind.HELD_BACK, GATEWAY, entry=kind)
    return None


def refusal_of(told: Told, kind: UnaskedKind, *, agreed: bool) -> Refusal | None:
    """Why this may not be said unasked to whoever has told that, or None where it may."""
    if told.watched:
        return Refusal.PHONE_WATCHED
    if kind in _NOT_AFTER_DANGER and told.danger != DangerState.NONE:
        return Refusal.DANGER
    if NEEDS[kind] == Permission.FOLLOWED:
        return None if agreed else Refusal.NOT_ASKED
    has_asked = told.consent == Consent.ASKED if kind in _AFTER_REQUEST else request_is_open(told)
    return None if has_asked else Refusal.NOT_ASKED


def is_still_permitted(keyring: Keyring, item: OutboxItem, conversation: Conversation) -> bool:
    """Whether an entry that waits may go out now; a reply always may. Following is not taken back by words."""
    if item.unasked_kind is None:
        return True
    try:
        told = open_told(keyring.unwrap(conversation.wrapped_key), conversation.told_sealed)
    except ValueError:
        return False  # what the citizen has told cannot be read, so nothing is pushed; replies are not held up by it
    return refusal_of(told, item.unasked_kind, agreed=True) is None
