"""Station 3, danger line: a message in which the screen suspects danger is answered with 112 when the engine is late.

Officers are alarmed at the same time; the engine's verdict then confirms or lifts it. Due times follow from columns, so
that any process does what another, paused or dead, has left.
"""

import datetime as dt
import json
import uuid
from collections.abc import Sequence

import structlog
from sqlalchemy import bindparam, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.kinds import ConversationState, Danger, EventKind, HandoverReason, Priority, UnaskedKind
from gateway.conversations.models import Conversation, Message
from gateway.conversations.repository import GATEWAY, add_event, is_externally_controlled, locked
from gateway.conversations.states import bot_may_answer
from gateway.core import crypto
from gateway.core.compiled import prepare
from gateway.core.database import now
from gateway.core.db_errors import is_database_fault
from gateway.core.errors import ConversationMissing
from gateway.core.locale import Language
from gateway.dialogue.compose import FIRST_LINES
from gateway.handover.queue import find_open_entry, request_officer
from gateway.handover.replies import queue_line
from gateway.outbox.queue import ReplyTo
from gateway.turns.turn_input import TurnsContext
from screening.danger.screen import language_of

log = structlog.get_logger()

# An engine that is well answers within a third of this; of what is left of two seconds in an overload a look at the
# tables and the sending have their part.
LATE = dt.timedelta(milliseconds=750)
# Whoever writes on in fear has the number before their eyes.
REPEATED_AFTER = dt.timedelta(minutes=1)
BATCH = 50
SUSPECTED = (Message.turn_id.is_(None), Message.suspected.is_not(None), Message.warned_at.is_(None))
_LATE = prepare(
    select(Message.conversation_id)
    .where(*SUSPECTED, Message.received_at <= bindparam("late"))
    .group_by(Message.conversation_id)
    .limit(BATCH)
)


async def warn_late(service: TurnsContext) -> bool:
    """Say whom to call in every conversation that has waited for `LATE`; returns whether more may wait."""
    found = await service.database.execute_autocommit(_LATE, {"late": now() - LATE})
    for row in found:
        try:
            async with service.database.transaction() as session:
                await _warn(session, service, row.conversation_id)
        except ConversationMissing:
            continue  # erased since the query
        except Exception as error:  # one whose key is gone, say, must not keep 112 from those behind it
            if is_database_fault(error):
                raise
            log.error("danger_line_failed", conversation=row.conversation_id.hex, exc_info=error)
    if found:
        service.wake_outbox()
    return len(found) == BATCH


async def _warn(session: AsyncSession, service: TurnsContext, conversation_id: uuid.UUID) -> None:
    conversation = await locked(session, conversation_id)
    pending = select(Message).where(Message.conversation_id == conversation_id, *SUSPECTED).with_for_update()
    messages = (await session.scalars(pending)).all()
    if not messages or conversation.state == ConversationState.CLOSED:
        return  # judged since the query; or its messages are about to move to the next conversation
    at = now()
    just_said = select(Message.id).where(
        Message.conversation_id == conversation_id, Message.warned_at > at - REPEATED_AFTER
    )
    say = not await session.scalar(select(exists(just_said)))
    for message in messages:
        message.warned_at = at
    danger = next(each for each in Danger if any(message.suspected == each for message in messages))
    if conversation.language is None:  # until the engine knows better
        conversation.language = _language_of(service.keyring.unwrap(conversation.wrapped_key), messages[-1])
    await request_officer(session, conversation, reason=HandoverReason.SUSPECTED, urgency=danger, topic=None)
    ours = conversation.channel in service.channels and not is_externally_controlled(conversation)
    if not (ours and bot_may_answer(conversation.state)):
        await _start_clock(session, conversation, messages)
    elif say:
        # Out of an outage it may come too late to be a reply; then the gate decides, as over any late danger line.
        origin = ReplyTo.danger(max(message.sent_at for message in messages)) or UnaskedKind.LATE_DANGER_LINE
        line = FIRST_LINES[danger]
        said = await queue_line(session, service, conversation, line, origin, priority=Priority.URGENT)
        add_event(session, conversation_id, EventKind.DANGER_LINE, GATEWAY, said=said)
    service.signals.send(session, "conversation", conversation_id.hex)
    log.warning("danger_not_judged_in_time", conversation=conversation_id.hex)


def _language_of(key: bytes, message: Message) -> Language | None:
    content = (
        json.loads(crypto.unseal(key, message.content_sealed, "message.content")) if message.content_sealed else {}
    )
    found = language_of(content.get("text") or "")
    return Language(found) if found is not None else None


async def _start_clock(session: AsyncSession, conversation: Conversation, messages: Sequence[Message]) -> None:
    """An officer has the talk, and time to answer before the line goes out all the same."""
    entry = await find_open_entry(session, conversation)
    if entry is not None and entry.danger_at is None:
        entry.danger_at = min(message.sent_at for message in messages)
