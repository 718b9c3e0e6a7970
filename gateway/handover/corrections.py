"""Handover, corrections: an officer sets right what is known from the citizen's words."""

import uuid
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.kinds import EventKind
from gateway.conversations.models import Conversation
from gateway.conversations.priority import rank_of
from gateway.conversations.repository import add_event, keep_told, locked, open_told
from gateway.conversations.told import FACTS, Consent, DangerState, Told, ToldPart
from gateway.core.actors import Officer
from gateway.handover.errors import HandoverTextRefused
from gateway.handover.queue import find_open_entry
from gateway.outbox.templates import OutboxContext

# What an officer may set each part to. A fact can only be removed: the bot asks, not the officer's page.
OFFERED: Final[Mapping[ToldPart, tuple[str, ...]]] = {
    ToldPart.DANGER: (DangerState.PASSED, DangerState.NONE),
    ToldPart.WATCHED: ("yes", "no"),
    ToldPart.CONSENT: (Consent.NONE,),
    **dict.fromkeys(FACTS, ("none",)),
}


async def correct(
    session: AsyncSession, service: OutboxContext, officer: Officer, conversation_id: uuid.UUID, part: str, value: str
) -> None:
    """Set a part right; raises `HandoverTextRefused` for what is not offered.

    Danger that an officer has looked at and found over is urgent no more in the queue. The event does not say which
    part it was: that stands in the conversation's own sealed column.
    """
    if part not in ToldPart or value not in OFFERED[ToldPart(part)]:
        raise HandoverTextRefused("unknown_correction")
    conversation = await locked(session, conversation_id)
    key = service.keyring.unwrap(conversation.wrapped_key)
    keep_told(key, conversation, _corrected(open_told(key, conversation.told_sealed), ToldPart(part), value, officer))
    if part == ToldPart.DANGER:
        await _calm(session, conversation)
    add_event(session, conversation_id, EventKind.TOLD_CORRECTED, officer.actor, name=officer.name)
    service.signals.send(session, "conversation", conversation_id.hex)


def _corrected(told: Told, part: ToldPart, value: str, officer: Officer) -> Told:
    changes: dict[str, Any] = {"facts": {name: known for name, known in told.facts.items() if name != part}}
    if part == ToldPart.DANGER:
        changes["danger"] = DangerState(value)
    elif part == ToldPart.WATCHED:
        changes["watched"] = value == "yes"
    elif part == ToldPart.CONSENT:
        changes |= {"consent": Consent(value), "request_ended": False}
    return told.model_copy(
        update={
            **changes,
            "sources": {name: source for name, source in told.sources.items() if name != part},
            "corrected_by": {**told.corrected_by, part: officer.name},
        }
    )


async def _calm(session: AsyncSession, conversation: Conversation) -> None:
    conversation.urgency = None
    entry = await find_open_entry(session, conversation)
    if entry is not None:
        entry.urgency = entry.danger_at = None
        entry.rank = rank_of(None, entry.topic, said_under_18=conversation.said_under_18)
