"""Demo, the staff: what the demonstration people do in it, by the functions that their pages call."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from demo.talks import THANKS, WAVE
from gateway.accounts import audit, people
from gateway.bulletins import service as bulletins
from gateway.bulletins.form import content_of
from gateway.bulletins.models import Bulletin
from gateway.bulletins.scam_draft import scam_fields
from gateway.conversations.kinds import ConversationState, Danger
from gateway.conversations.models import Conversation
from gateway.core.actors import Officer
from gateway.core.audit_context import Actor
from gateway.core.database import now
from gateway.handover import ownership, replies
from gateway.handover.errors import ReplyWindowClosed
from gateway.service import Service

CLOSED = "Demo"  # the reason that an officer has to give


@dataclass(frozen=True)
class Staff:
    """Two officers, so that one can approve what the other has written."""

    writes: Officer
    approves: Officer


async def staff_of(service: Service) -> Staff:
    """The demonstration officers."""
    async with service.database.transaction() as session:
        return Staff(await _officer(session, service, "olivia"), await _officer(session, service, "oskar"))


async def _officer(session: AsyncSession, service: Service, login: str) -> Officer:
    person = await people.by_login(session, service.keyring, login)
    if person is None:
        raise LookupError(f"There is no demonstration person {login!r}: unset NEUVO_DEMONSTRATION.")
    return Officer(person.id, people.open_name(service.keyring, person))


async def answer_waiting(service: Service, staff: Staff) -> int:
    """Take every conversation that waits without danger, answer it and give it back; returns how many those were."""
    async with service.database.transaction() as session:
        waiting = Conversation.state == ConversationState.WAITING, Conversation.urgency.is_(None)
        rows = (await session.execute(select(Conversation.id, Conversation.language).where(*waiting))).all()
    for conversation_id, language in rows:
        await _answer(service, staff.writes, conversation_id, language or "fi")
    service.wake_outbox()
    return len(rows)


async def _answer(service: Service, officer: Officer, conversation_id: uuid.UUID, language: str) -> None:
    async with service.database.transaction() as session:
        await ownership.claim(session, service, officer, conversation_id)
        subject = audit.conversation_subject(service.keyring, conversation_id)
        await audit.record(session, officer.id, "conversation_claimed", subject, {"ground": "waiting"})
    try:
        async with service.database.transaction() as session:
            await replies.reply(session, service, officer, conversation_id, THANKS[language])
    except ReplyWindowClosed:  # whoever did not say whether there is danger comes into the queue by a timer, and late
        async with service.database.transaction() as session:
            await ownership.close(session, service, officer, conversation_id, CLOSED)
        return
    async with service.database.transaction() as session:
        await ownership.give_back(session, service, officer, conversation_id)


async def end_dangers(service: Service, staff: Staff) -> int:
    """Answer and close what waits with danger, as an officer has to before the day is over; returns how many."""
    async with service.database.transaction() as session:
        waiting = Conversation.state == ConversationState.WAITING, Conversation.urgency.in_(tuple(Danger))
        rows = (await session.scalars(select(Conversation.id).where(*waiting))).all()
    for conversation_id in rows:
        async with service.database.transaction() as session:
            await ownership.claim(session, service, staff.writes, conversation_id)
        async with service.database.transaction() as session:
            await ownership.close(session, service, staff.writes, conversation_id, CLOSED)
    return len(rows)


async def publish_wave(service: Service, staff: Staff) -> uuid.UUID:
    """Two people publish the notice that the service itself drafts of the wave."""
    content = content_of(scam_fields(WAVE, service.scam_checks.senders, now()))
    async with service.database.transaction() as session:
        made = await bulletins.create(session, staff.writes, content)
        await bulletins.propose(session, staff.writes, made)
    async with service.database.transaction() as session:
        seen = (await session.scalars(select(Bulletin.changed_at).where(Bulletin.id == made))).one()
        await bulletins.approve(session, staff.approves, made, seen=seen, record=_record)
    service.bulletins.invalidate()
    return made


async def _record(session: AsyncSession, actor: Actor, action: str, subject: str, details: Mapping[str, Any]) -> None:
    await audit.record(session, actor.id, action, subject, details)
