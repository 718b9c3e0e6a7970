"""Privacy, after an erasure: data outside the database is deleted too, and the confirmation once it is sent.

Each step is retried until it succeeds and is recorded; all are idempotent, so two processes may run them.
"""

import asyncio
import datetime as dt
import uuid

import structlog
from sqlalchemy import delete, exists, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.kinds import AddressKind, OutboxState
from gateway.conversations.models import Contact, Conversation, ErasedAddress, Message, OutboxItem
from gateway.core.context import SpooledDelivery
from gateway.core.database import now
from gateway.dialogue.engine import DialogueUnavailable
from gateway.outbox.templates import OutboxContext
from gateway.privacy.erased_list import ErasedList
from gateway.privacy.erasure import delete_processed_bodies
from gateway.privacy.models import Erasure

log = structlog.get_logger()

# The engine deletes an idle dialogue after an hour by itself (bot/tracker_store.py): no retry is needed later.
ENGINE_RETENTION = dt.timedelta(hours=2)
# A confirmation that cannot be sent for so long (a suspended number, a blocked phone) is dropped with the address.
FAREWELL_LIFETIME = dt.timedelta(hours=1)
# Statuses of the confirmation carry the phone number: until then bodies are deleted each second, then by retention.
STATUS_DELAY = dt.timedelta(minutes=1)
# Meta repeats a delivery for seven days.
ADDRESS_RETENTION = dt.timedelta(days=8)


async def finish_erasures(service: OutboxContext) -> bool:
    """Run the remaining steps of all erasures; always returns false: the loop calls again after a second."""
    async with service.database.transaction() as session:
        unfinished = list(await session.scalars(select(Erasure).where(Erasure.done_at.is_(None))))
    for erasure in unfinished:
        try:
            await _continue(service, erasure)
        except Exception as error:
            if isinstance(error, SQLAlchemyError):
                raise
            # A full disk, for example: the other erasures continue, and this one is retried.
            log.error("erasure_not_finished", erasure=str(erasure.id), exc_info=error)
    return False


async def _continue(service: OutboxContext, erasure: Erasure) -> None:
    if erasure.listed_at is None:
        await _add_to_list(service, erasure)
    if erasure.forgotten_at is None:
        await _delete_outside_database(service, erasure)
    async with service.database.transaction() as session:
        await _delete_farewell(session, await session.get_one(Erasure, erasure.id, with_for_update=True))


async def delete_old_erasures(session: AsyncSession) -> None:
    """Delete rows past `ADDRESS_RETENTION`; the list outside the database is kept longer."""
    limit = now() - ADDRESS_RETENTION
    await session.execute(delete(ErasedAddress).where(ErasedAddress.before < limit))
    await session.execute(delete(Erasure).where(Erasure.erased_at < limit, Erasure.done_at.is_not(None)))


async def _add_to_list(service: OutboxContext, erasure: Erasure) -> None:
    """Write what must stay erased when a backup is restored."""
    erased = ErasedList(service.settings.erased_folder)
    try:
        await asyncio.to_thread(erased.append, erasure.contact_id.hex, erasure.conversations)
    except OSError as error:
        log.error("erasure_not_listed", code=error.errno, exc_info=error)
        return
    async with service.database.transaction() as session:
        (await session.get_one(Erasure, erasure.id, with_for_update=True)).listed_at = now()


async def _delete_outside_database(service: OutboxContext, erasure: Erasure) -> None:
    try:
        for dialogue in erasure.dialogues:
            await service.engine.forget(dialogue)
    except DialogueUnavailable as error:
        if now() - erasure.erased_at < ENGINE_RETENTION:
            log.warning("engine_erasure_pending", why=str(error))
            return
    async with service.database.transaction() as session:
        rows = await session.execute(select(ErasedAddress.fingerprint, ErasedAddress.before))
        before = {row.fingerprint: row.before for row in rows}
    await asyncio.to_thread(service.spool.forget, lambda spooled: _is_erased(service, spooled, before))
    async with service.database.transaction() as session:
        row = await session.get_one(Erasure, erasure.id, with_for_update=True)
        row.forgotten_at, row.dialogues = now(), []
    await service.database.truncate_wal()


def _is_erased(service: OutboxContext, spooled: SpooledDelivery, before: dict[bytes, dt.datetime]) -> bool:
    """Whether every event of a delivery on disk is a message from before its sender's erasure."""
    channel = service.channels.get(spooled.channel)
    messages = [event.message for event in channel.read(spooled.body)] if channel is not None else []
    if not messages:
        return False
    for message in messages:
        if message is None:
            return False
        fingerprints = [
            service.keyring.fingerprint(f"{spooled.channel} {kind}", value)
            for kind, value in ((AddressKind.PHONE, message.phone), (AddressKind.USER_ID, message.user_id))
            if value
        ]
        if not any(each in before and message.sent_at < before[each] for each in fingerprints):
            return False
    return True


async def _delete_farewell(session: AsyncSession, erasure: Erasure) -> None:
    """Delete the confirmation's conversation and the contact, with their keys, unless the citizen has written again."""
    if erasure.done_at is not None or erasure.listed_at is None:
        return
    if erasure.farewell_id is not None and not await _farewell_is_gone(session, erasure, erasure.farewell_id):
        return
    await session.get(Contact, erasure.contact_id, with_for_update=True)  # so that none gets a conversation
    await session.execute(
        delete(Contact).where(Contact.id == erasure.contact_id, ~exists().where(Conversation.contact_id == Contact.id)),
        execution_options={"synchronize_session": False},
    )
    await delete_processed_bodies(session)
    if erasure.forgotten_at is not None and now() - erasure.erased_at > STATUS_DELAY:
        erasure.done_at = now()


async def _farewell_is_gone(session: AsyncSession, erasure: Erasure, farewell: uuid.UUID) -> bool:
    """Delete the confirmation's conversation, unless the citizen has written there; false while it is to be sent."""
    unsent = select(OutboxItem.id).where(
        OutboxItem.conversation_id == farewell,
        OutboxItem.state.in_((OutboxState.QUEUED, OutboxState.SENDING, OutboxState.UNKNOWN)),
    )
    is_unsent = (await session.scalars(unsent.limit(1))).first() is not None
    if is_unsent and now() - erasure.erased_at < FAREWELL_LIFETIME:
        return False
    await session.get(Conversation, farewell, with_for_update=True)  # from here on no message can be added
    has_message = exists().where(Message.conversation_id == farewell)
    await session.execute(
        delete(Conversation).where(Conversation.id == farewell, ~has_message),
        execution_options={"synchronize_session": False},
    )
    return True
