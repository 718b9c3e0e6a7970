"""Handover: who has a conversation. Each function is one change of `states.py`, made with its event.

Every one of them locks the conversation's row first, except `claim`, which is a single conditional UPDATE: of two
officers who claim at once, exactly one finds the row as they expected it.
"""

import uuid

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.models import Conversation
from gateway.database import now
from gateway.errors import ChangeNotAllowed
from gateway.handover.officers import Officer
from gateway.handover.queue import GATEWAY, add_event, ask_for_officer, locked, open_entry, resolve
from gateway.handover.reasons import with_reason
from gateway.handover.shifts import is_on_duty
from gateway.handover.speaking import drop_replies_of_the_bot, leave_choice, say_line
from gateway.handover.states import ChangeName, Role, decide, roles_of
from gateway.service import Service


async def claim(session: AsyncSession, service: Service, officer: Officer, conversation_id: uuid.UUID) -> None:
    """Take a conversation that waits, or step in where the bot answers; raises `ChangeNotAllowed` for the loser."""
    if not await _take(session, officer, conversation_id):
        conversation = await locked(session, conversation_id)
        if conversation.state != "bot":
            raise ChangeNotAllowed(_taken_by(conversation))
        await ask_for_officer(
            session, conversation, reason="officer", urgency=None, topic=None, by="officer", actor=officer.actor
        )
        await _take(session, officer, conversation_id)
    conversation = await locked(session, conversation_id)
    await drop_replies_of_the_bot(session, conversation_id)
    add_event(session, conversation_id, "claimed", officer.actor, name=officer.name)
    await say_line(session, service, conversation, "handover_joined", choices=leave_choice(service, conversation))
    service.signals.send(session, "conversation", conversation_id.hex)


async def take_over(session: AsyncSession, service: Service, officer: Officer, conversation_id: uuid.UUID) -> None:
    """A supervisor takes a conversation from the officer who has it."""
    conversation = await locked(session, conversation_id)
    if conversation.officer_id == officer.id:
        raise ChangeNotAllowed("You have this conversation already.")
    _decide("take_over", conversation, roles_of(officer, conversation.officer_id))
    add_event(
        session, conversation_id, "taken_over", officer.actor, name=officer.name, before=conversation.officer_name
    )
    _give_to(conversation, officer)
    service.signals.send(session, "conversation", conversation_id.hex)


async def hand_on(
    session: AsyncSession,
    service: Service,
    officer: Officer,
    conversation_id: uuid.UUID,
    colleague: Officer,
    reason: str = "",
) -> None:
    """Give a conversation to a colleague who is on duty: at once, so that there is no moment without an owner.

    The colleague may hand it on, or put it back into the queue. The citizen is not told: the talk goes on.
    """
    conversation = await locked(session, conversation_id)
    _decide("hand_on", conversation, roles_of(officer, conversation.officer_id))
    if conversation.officer_id == colleague.id:
        raise ChangeNotAllowed(f"{colleague.name} has this conversation already.")
    if not await is_on_duty(session, colleague.id, service.settings.officer_lost_seconds):
        raise ChangeNotAllowed(f"{colleague.name} is not on duty; put the conversation back into the queue instead.")
    add_event(
        session, conversation_id, "handed_on", officer.actor,
        name=officer.name, to=colleague.name, to_id=str(colleague.id), **with_reason(service, conversation, reason),
    )  # fmt: skip
    _give_to(conversation, colleague)
    service.signals.send(session, "conversation", conversation_id.hex)


async def release(
    session: AsyncSession, service: Service, officer: Officer | None, conversation_id: uuid.UUID, reason: str
) -> None:
    """Put a conversation back into the queue: by its owner, a supervisor, or, without an officer, by the clock.

    The waiting clock goes on from the first message that no human has answered. The citizen is told only where they
    wait for an answer: then the bot speaks again, and should not seem to be the officer.
    """
    conversation = await locked(session, conversation_id)
    roles = roles_of(officer, conversation.officer_id) if officer else frozenset[Role]({"clock"})
    _decide("release", conversation, roles)
    before = conversation.officer_name
    _end_human_stretch(session, conversation, officer)
    conversation.state = "waiting"
    entry = await open_entry(session, conversation)
    assert entry is not None, "a conversation with an officer has an open entry"
    told = entry.waiting_since is not None and await say_line(
        session, service, conversation, "handover_back_in_queue", choices=leave_choice(service, conversation)
    )
    entry.queued_at = now()
    entry.comforted_at = entry.queued_at if told else None
    entry.waiting_since = entry.waiting_since or conversation.last_citizen_message_at
    add_event(
        session, conversation_id, "released", officer.actor if officer else GATEWAY,
        before=before, **(with_reason(service, conversation, reason) if officer else {"reason": reason}),
    )  # fmt: skip
    service.signals.send(session, "conversation", conversation_id.hex)


async def give_back(session: AsyncSession, service: Service, officer: Officer, conversation_id: uuid.UUID) -> None:
    """Give a conversation back to the bot, which begins afresh; the citizen is told in their language."""
    conversation = await locked(session, conversation_id)
    _decide("give_back", conversation, roles_of(officer, conversation.officer_id))
    add_event(session, conversation_id, "given_back", officer.actor, name=officer.name)
    _end_human_stretch(session, conversation, officer)
    conversation.state = "bot"
    await resolve(session, conversation)
    await say_line(session, service, conversation, "handover_given_back")
    service.signals.send(session, "conversation", conversation_id.hex)


async def close(
    session: AsyncSession, service: Service, officer: Officer, conversation_id: uuid.UUID, reason: str
) -> None:
    """End a conversation for good, with a reason; the citizen's next message begins a new one with the bot."""
    conversation = await locked(session, conversation_id)
    roles = roles_of(officer, conversation.officer_id)
    _decide("close", conversation, roles)
    if not reason.strip():
        raise ChangeNotAllowed("The conversation was not closed: give a reason.")
    if conversation.state == "officer":
        _end_human_stretch(session, conversation, officer)
    await drop_replies_of_the_bot(session, conversation_id)
    conversation.state = "closed"
    await resolve(session, conversation)
    add_event(
        session, conversation_id, "closed", officer.actor,
        name=officer.name, **with_reason(service, conversation, reason),
    )  # fmt: skip
    service.signals.send(session, "conversation", conversation_id.hex)


async def leave(session: AsyncSession, service: Service, conversation: Conversation) -> None:
    """The citizen wants no human any more; `conversation` is locked by the caller."""
    _decide("leave", conversation, frozenset({"citizen"}))
    if conversation.state == "officer":
        _end_human_stretch(session, conversation, None)
    add_event(session, conversation.id, "left", "citizen", name=conversation.officer_name)
    conversation.state = "bot"
    await resolve(session, conversation)
    await say_line(session, service, conversation, "handover_left")
    service.signals.send(session, "conversation", conversation.id.hex)


async def wait_out(session: AsyncSession, service: Service, conversation: Conversation) -> None:
    """Nobody has come for hours: the bot has the conversation again, and says who else helps."""
    _decide("wait_out", conversation, frozenset({"clock"}))
    conversation.state = "bot"
    await resolve(session, conversation)
    add_event(session, conversation.id, "waited_out", GATEWAY)
    await say_line(session, service, conversation, "handover_nobody_came")
    service.signals.send(session, "conversation", conversation.id.hex)


async def _take(session: AsyncSession, officer: Officer, conversation_id: uuid.UUID) -> bool:
    await session.flush()
    taken = await session.scalar(
        update(Conversation)
        .where(Conversation.id == conversation_id, Conversation.state == "waiting")
        .values(state="officer", officer_id=officer.id, officer_name=officer.name, owner_changed_at=now())
        .returning(Conversation.id)
        .execution_options(synchronize_session=False)
    )
    return taken is not None


def _give_to(conversation: Conversation, officer: Officer) -> None:
    conversation.officer_id, conversation.officer_name = officer.id, officer.name
    conversation.owner_changed_at = now()


def _end_human_stretch(session: AsyncSession, conversation: Conversation, officer: Officer | None) -> None:
    """The bot may speak again, and knows nothing of what was said before: a new name in the dialogue engine."""
    add_event(
        session, conversation.id, "human_stretch_ended", officer.actor if officer else GATEWAY,
        name=conversation.officer_name,
    )  # fmt: skip
    conversation.officer_id = conversation.officer_name = None
    conversation.owner_changed_at = now()
    conversation.dialogue_id = uuid.uuid4()


def _decide(name: ChangeName, conversation: Conversation, roles: frozenset[Role]) -> None:
    try:
        decide(name, conversation.state, roles)
    except ChangeNotAllowed as error:
        owner = f" {conversation.officer_name} has it." if conversation.officer_name else ""
        raise ChangeNotAllowed(f"{error}{owner}") from None


def _taken_by(conversation: Conversation) -> str:
    if conversation.state == "officer":
        return f"{conversation.officer_name} was faster and has this conversation now."
    return f"The conversation cannot be claimed: it is {conversation.state!r} now."
