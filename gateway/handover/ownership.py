"""Handover: the owner of a conversation. Each function makes one change of `states.py` and writes its event.

Each locks the conversation's row first, except `claim`, which is one conditional UPDATE: of two officers who claim at
the same time exactly one succeeds. All raise `HandoverRefused` where the change is not allowed.
"""

import uuid

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.event_reasons import with_reason
from gateway.conversations.kinds import ConversationState, EventKind, HandoverReason, UnaskedKind
from gateway.conversations.models import Conversation, Turn
from gateway.conversations.repository import GATEWAY, add_event, keep_told, locked, open_told
from gateway.conversations.states import WITH_OFFICERS, ActorRole, ChangeName, decide, roles_of
from gateway.conversations.told import Consent
from gateway.core.actors import Officer
from gateway.core.database import now
from gateway.core.errors import ChangeNotAllowed
from gateway.handover.alarms import alert
from gateway.handover.errors import HandoverRefused
from gateway.handover.feedback import say_last_words
from gateway.handover.models import AlertKind, QueueEntry
from gateway.handover.queue import find_open_entry, request_officer, resolve_entry
from gateway.handover.replies import drop_bot_replies, leave_choice, queue_line
from gateway.handover.shifts import is_on_duty
from gateway.outbox.queue import ReplyTo
from gateway.outbox.templates import OutboxContext


async def claim(session: AsyncSession, service: OutboxContext, officer: Officer, conversation_id: uuid.UUID) -> None:
    """Take a waiting conversation, or step in where the bot answers; raises `HandoverRefused` for all but the first."""
    if not await _claim_if_waiting(session, officer, conversation_id):
        conversation = await locked(session, conversation_id)
        if conversation.state != ConversationState.BOT:
            raise _claim_refusal(conversation)
        await request_officer(
            session,
            conversation,
            reason=HandoverReason.OFFICER,
            urgency=None,
            topic=None,
            by=ActorRole.OFFICER,
            actor=officer.actor,
        )
        await _claim_if_waiting(session, officer, conversation_id)
    conversation = await locked(session, conversation_id)
    await drop_bot_replies(session, conversation_id)
    if (entry := await find_open_entry(session, conversation)) is not None:
        entry.snoozed_until = None
    add_event(session, conversation_id, EventKind.CLAIMED, officer.actor, name=officer.name)
    choices = leave_choice(service, conversation)
    await queue_line(session, service, conversation, "handover_joined", UnaskedKind.OFFICER_JOINED, choices=choices)
    service.signals.send(session, "conversation", conversation_id.hex)


async def take_over(
    session: AsyncSession, service: OutboxContext, officer: Officer, conversation_id: uuid.UUID
) -> None:
    """A supervisor takes a conversation from the officer who has it."""
    conversation = await locked(session, conversation_id)
    if conversation.officer_id == officer.id:
        raise HandoverRefused("owned_already")
    _check_change(ChangeName.TAKE_OVER, conversation, roles_of(officer, conversation.officer_id))
    add_event(
        session,
        conversation_id,
        EventKind.TAKEN_OVER,
        officer.actor,
        name=officer.name,
        before=conversation.officer_name,
    )
    _tell_previous(session, service, conversation, officer)
    _set_owner(conversation, officer)
    service.signals.send(session, "conversation", conversation_id.hex)


async def hand_on(
    session: AsyncSession,
    service: OutboxContext,
    officer: Officer,
    conversation_id: uuid.UUID,
    colleague: Officer,
    reason: str = "",
) -> None:
    """Give a conversation to a colleague who is on duty, in one step, so that it is never without an owner.

    The citizen is not told: the conversation continues.
    """
    conversation = await locked(session, conversation_id)
    _check_change(ChangeName.HAND_ON, conversation, roles_of(officer, conversation.officer_id))
    if conversation.officer_id == colleague.id:
        raise HandoverRefused("colleague_owns", name=colleague.name)
    if not await is_on_duty(session, colleague.id, service.settings.officer_lost_seconds):
        raise HandoverRefused("colleague_off_duty", name=colleague.name)
    add_event(
        session, conversation_id, EventKind.HANDED_ON, officer.actor,
        name=officer.name, to=colleague.name, to_id=str(colleague.id), **with_reason(service, conversation, reason),
    )  # fmt: skip
    _tell_previous(session, service, conversation, officer)
    _set_owner(conversation, colleague)
    alert(session, service, colleague.id, AlertKind.HANDED, conversation_id)
    service.signals.send(session, "conversation", conversation_id.hex)


async def release(
    session: AsyncSession, service: OutboxContext, officer: Officer | None, conversation_id: uuid.UUID, reason: str
) -> None:
    """Put a conversation back into the queue: by its owner, a supervisor, or, without an officer, by a timer.

    The waiting time continues from the first message that no officer has answered. The citizen is told only while they
    wait for an answer: the bot answers again then, and must not seem to be the officer.
    """
    conversation = await locked(session, conversation_id)
    roles = roles_of(officer, conversation.officer_id) if officer else frozenset({ActorRole.CLOCK})
    _check_change(ChangeName.RELEASE, conversation, roles)
    previous = conversation.officer_name
    _tell_previous(session, service, conversation, officer)
    _end_officer_period(session, conversation, officer)
    conversation.state = ConversationState.WAITING
    entry = await find_open_entry(session, conversation)
    assert entry is not None, "a conversation with an officer has an open entry"
    citizen_told = entry.waiting_since is not None and await queue_line(
        session,
        service,
        conversation,
        "handover_back_in_queue",
        UnaskedKind.OFFICER_LEFT,
        choices=leave_choice(service, conversation),
    )
    entry.queued_at = now()
    if officer is None and entry.snoozed_until is not None:
        entry.reassured_at = entry.queued_at  # it rests on: nobody waits
    else:
        entry.snoozed_until = None
        entry.alarm(entry.queued_at)
        entry.reassured_at = entry.queued_at if citizen_told else None
        entry.waiting_since = entry.waiting_since or conversation.last_citizen_message_at
    add_event(
        session, conversation_id, EventKind.RELEASED, officer.actor if officer else GATEWAY,
        before=previous, **(with_reason(service, conversation, reason) if officer else {"reason": reason}),
    )  # fmt: skip
    service.signals.send(session, "conversation", conversation_id.hex)


async def give_back(
    session: AsyncSession, service: OutboxContext, officer: Officer, conversation_id: uuid.UUID
) -> None:
    """Give a conversation back to the bot with a new dialogue; the citizen is told in their language."""
    conversation = await locked(session, conversation_id)
    _check_change(ChangeName.GIVE_BACK, conversation, roles_of(officer, conversation.officer_id))
    add_event(session, conversation_id, EventKind.GIVEN_BACK, officer.actor, name=officer.name)
    _tell_previous(session, service, conversation, officer)
    _end_officer_period(session, conversation, officer)
    conversation.state = ConversationState.BOT
    _end_request(service, conversation)
    await say_last_words(session, service, conversation, "handover_given_back")
    await resolve_entry(session, conversation)
    service.signals.send(session, "conversation", conversation_id.hex)


async def close(
    session: AsyncSession, service: OutboxContext, officer: Officer, conversation_id: uuid.UUID, reason: str, *,
    asks: bool = True,
) -> None:  # fmt: skip
    """Close a conversation, with a reason; the citizen's next message begins a new one with the bot.

    Whoever has or awaits an officer, and asked for one, is told and, where `asks` and it may be, asked if it helped.
    """
    conversation = await locked(session, conversation_id)
    roles = roles_of(officer, conversation.officer_id)
    _check_change(ChangeName.CLOSE, conversation, roles)
    if not reason.strip():
        raise HandoverRefused("reason_missing")
    if conversation.state == ConversationState.OFFICER:
        _tell_previous(session, service, conversation, officer)
        _end_officer_period(session, conversation, officer)
    if conversation.state in WITH_OFFICERS:
        await say_last_words(session, service, conversation, "handover_closed", asks=asks)
    await drop_bot_replies(session, conversation_id)
    conversation.state = ConversationState.CLOSED
    await resolve_entry(session, conversation)
    add_event(
        session, conversation_id, EventKind.CLOSED, officer.actor,
        name=officer.name, **with_reason(service, conversation, reason),
    )  # fmt: skip
    service.signals.send(session, "conversation", conversation_id.hex)


async def leave(
    session: AsyncSession, service: OutboxContext, conversation: Conversation, turn: Turn, *, by_button: bool
) -> bool:
    """The citizen needs no officer any more, as `turn` says; returns whether it is answered with that.

    Where officers must look all the same, because there is danger or nobody has read a message, only the request is
    undone; the entry stays, of which the citizen knows nothing. `by_button`: by our button or closed words, to which no
    engine has an answer. `conversation` is locked by the caller.
    """
    entry = await find_open_entry(session, conversation)
    if entry is not None and conversation.state == ConversationState.WAITING and _is_needed_unasked(entry):
        if entry.reason == HandoverReason.ASKED:
            entry.reason = HandoverReason.DANGER
        add_event(session, conversation.id, EventKind.REQUEST_CANCELLED, ActorRole.CITIZEN)
        service.signals.send(session, "conversation", conversation.id.hex)
        if by_button:
            await queue_line(session, service, conversation, "handover_cancelled", ReplyTo.turn(turn))
        return by_button
    _check_change(ChangeName.LEAVE, conversation, frozenset({ActorRole.CITIZEN}))
    if conversation.state == ConversationState.OFFICER:
        _end_officer_period(session, conversation, None)
    add_event(session, conversation.id, EventKind.LEFT, ActorRole.CITIZEN, name=conversation.officer_name)
    conversation.state = ConversationState.BOT
    await resolve_entry(session, conversation)
    await queue_line(session, service, conversation, "handover_left", ReplyTo.turn(turn))
    service.signals.send(session, "conversation", conversation.id.hex)
    return True


def _is_needed_unasked(entry: QueueEntry) -> bool:
    return entry.urgency is not None or entry.reason != HandoverReason.ASKED


async def wait_out(session: AsyncSession, service: OutboxContext, conversation: Conversation) -> None:
    """End the waiting after `NEUVO_WAITING_ENDS_HOURS` without an officer: the bot has the conversation again."""
    _check_change(ChangeName.WAIT_OUT, conversation, frozenset({ActorRole.CLOCK}))
    conversation.state = ConversationState.BOT
    entry = await find_open_entry(session, conversation)
    _end_request(service, conversation)
    await resolve_entry(session, conversation)
    add_event(session, conversation.id, EventKind.WAITED_OUT, GATEWAY)
    if entry is None or entry.waiting_since is not None:  # of a follow-up the citizen knows nothing
        await queue_line(session, service, conversation, "handover_nobody_came", UnaskedKind.NOBODY_CAME)
    service.signals.send(session, "conversation", conversation.id.hex)


def _end_request(service: OutboxContext, conversation: Conversation) -> None:
    """The request that the citizen made has ended; their yes is kept, and a new one begins a new request."""
    key = service.keyring.unwrap(conversation.wrapped_key)
    told = open_told(key, conversation.told_sealed)
    if told.consent == Consent.ASKED:
        keep_told(key, conversation, told.model_copy(update={"request_ended": True}))


async def _claim_if_waiting(session: AsyncSession, officer: Officer, conversation_id: uuid.UUID) -> bool:
    await session.flush()
    claimed = await session.scalar(
        update(Conversation)
        .where(Conversation.id == conversation_id, Conversation.state == ConversationState.WAITING)
        .values(
            state=ConversationState.OFFICER, officer_id=officer.id, officer_name=officer.name, owner_changed_at=now()
        )
        .returning(Conversation.id)
        .execution_options(synchronize_session=False)
    )
    return claimed is not None


def _tell_previous(
    session: AsyncSession, service: OutboxContext, conversation: Conversation, by: Officer | None
) -> None:
    """Let the owner hear that somebody else, or a timer, has taken the conversation from them."""
    if conversation.officer_id is not None and (by is None or by.id != conversation.officer_id):
        alert(session, service, conversation.officer_id, AlertKind.TAKEN, conversation.id)


def _set_owner(conversation: Conversation, officer: Officer) -> None:
    conversation.officer_id, conversation.officer_name = officer.id, officer.name
    conversation.owner_changed_at = now()


def _end_officer_period(session: AsyncSession, conversation: Conversation, officer: Officer | None) -> None:
    """Clear the owner; the bot answers again under a new dialogue id, without what was said to the officer."""
    add_event(
        session, conversation.id, EventKind.HUMAN_STRETCH_ENDED, officer.actor if officer else GATEWAY,
        name=conversation.officer_name,
    )  # fmt: skip
    conversation.officer_id = conversation.officer_name = None
    conversation.owner_changed_at = now()
    conversation.dialogue_id = uuid.uuid4()


def _check_change(name: ChangeName, conversation: Conversation, roles: frozenset[ActorRole]) -> None:
    try:
        decide(name, conversation.state, roles)
    except ChangeNotAllowed as error:
        owner = conversation.officer_name
        code = f"{error.code}_owned" if owner else error.code
        raise HandoverRefused(code, **error.fields, owner=owner) from None


def _claim_refusal(conversation: Conversation) -> HandoverRefused:
    if conversation.state == ConversationState.OFFICER:
        return HandoverRefused("claimed_by_other", owner=conversation.officer_name)
    return HandoverRefused("not_claimable", state=conversation.state.value)
