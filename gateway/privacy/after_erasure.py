"""Privacy, after an erasure: what lies outside the database is forgotten too, and the last line goes once it is said.

Each step is noted, and repeated until it succeeds; two processes that do the same do no harm.
"""

import asyncio
import datetime as dt

import structlog
from sqlalchemy import delete, exists, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.dialogue import DialogueUnavailable
from gateway.conversations.models import Contact, Conversation, Message, OutboxItem
from gateway.conversations.spool import Spooled
from gateway.database import now
from gateway.privacy.erased_list import ErasedList
from gateway.privacy.erasing import forget_finished_bodies
from gateway.privacy.models import ErasedAddress, Erasure
from gateway.service import Service

log = structlog.get_logger()

# The engine forgets an idle talk by itself after an hour (bot/tracker_store.py): no need to ask much longer.
ENGINE_FORGETS = dt.timedelta(hours=2)
# A last line that cannot be sent for so long (a stopped number, a blocked phone) is not worth keeping an address for.
LAST_LINE_LIFE = dt.timedelta(hours=1)
# Statuses of the last line carry the number once more: until then they are looked for each second, later with the rest.
STATUSES_COME = dt.timedelta(minutes=1)
# Meta repeats a delivery for seven days.
ADDRESS_LIFE = dt.timedelta(days=8)


async def finish_erasures(service: Service) -> bool:
    """One look at what erasures have left to do; always false: the loop looks again in a second."""
    async with service.database.transaction() as session:
        open_ones = list(await session.scalars(select(Erasure).where(Erasure.done_at.is_(None))))
    for erasure in open_ones:
        try:
            await _go_on(service, erasure)
        except Exception as error:
            if isinstance(error, SQLAlchemyError):
                raise
            # A disk that does not take it, say: those behind it go on, and this one is tried again.
            log.error("erasure_not_finished", erasure=str(erasure.id), exc_info=error)
    return False


async def _go_on(service: Service, erasure: Erasure) -> None:
    if erasure.listed_at is None:
        await _list(service, erasure)
    if erasure.forgotten_at is None:
        await _forget(service, erasure)
    async with service.database.transaction() as session:
        await _end_farewell(session, await session.get_one(Erasure, erasure.id, with_for_update=True))


async def forget_old_erasures(session: AsyncSession) -> None:
    """Rows that have served; the list outside the database has a life of its own."""
    limit = now() - ADDRESS_LIFE
    await session.execute(delete(ErasedAddress).where(ErasedAddress.before < limit))
    await session.execute(delete(Erasure).where(Erasure.erased_at < limit, Erasure.done_at.is_not(None)))


async def _list(service: Service, erasure: Erasure) -> None:
    """Write down what must stay erased when a backup is restored."""
    erased = ErasedList(service.settings.erased_folder)
    try:
        await asyncio.to_thread(erased.append, erasure.contact_id.hex, erasure.conversations)
    except OSError as error:
        log.error("erasure_not_listed", error=type(error).__name__, code=error.errno)
        return
    async with service.database.transaction() as session:
        (await session.get_one(Erasure, erasure.id, with_for_update=True)).listed_at = now()


async def _forget(service: Service, erasure: Erasure) -> None:
    try:
        for dialogue in erasure.dialogues:
            await service.engine.forget(dialogue)
    except DialogueUnavailable as error:
        if now() - erasure.erased_at < ENGINE_FORGETS:
            log.warning("engine_has_not_forgotten_yet", why=str(error))
            return
    async with service.database.transaction() as session:
        rows = await session.execute(select(ErasedAddress.fingerprint, ErasedAddress.before))
        before = {row.fingerprint: row.before for row in rows}
    await asyncio.to_thread(service.spool.forget, lambda spooled: _is_erased(service, spooled, before))
    async with service.database.transaction() as session:
        row = await session.get_one(Erasure, erasure.id, with_for_update=True)
        row.forgotten_at, row.dialogues = now(), []
    await service.database.overwrite_deleted()


def _is_erased(service: Service, spooled: Spooled, before: dict[bytes, dt.datetime]) -> bool:
    """Whether a delivery on disk has nothing but words of people who have wished them erased."""
    channel = service.channels.get(spooled.channel)
    messages = [event.message for event in channel.read(spooled.body)] if channel is not None else []
    if not messages:
        return False
    for message in messages:
        if message is None:
            return False
        prints = [
            service.keyring.fingerprint(f"{spooled.channel} {kind}", value)
            for kind, value in (("phone", message.phone), ("user_id", message.user_id))
            if value
        ]
        if not any(print_ in before and message.sent_at < before[print_] for print_ in prints):
            return False
    return True


async def _end_farewell(session: AsyncSession, erasure: Erasure) -> None:
    """Delete the last line with its key, and the contact with theirs, unless the citizen has begun to write again."""
    if erasure.done_at is not None or erasure.listed_at is None:
        return
    farewell = erasure.farewell_id
    unsent = select(OutboxItem.id).where(
        OutboxItem.conversation_id == farewell, OutboxItem.state.in_(("queued", "sending", "unknown"))
    )
    waits = (await session.scalars(unsent.limit(1))).first() is not None
    if waits and now() - erasure.erased_at < LAST_LINE_LIFE:
        return
    await session.get(Conversation, farewell, with_for_update=True)  # nobody adds a message from here on
    writes_again = exists().where(Message.conversation_id == farewell)
    await session.execute(
        delete(Conversation).where(Conversation.id == farewell, ~writes_again),
        execution_options={"synchronize_session": False},
    )
    await session.get(Contact, erasure.contact_id, with_for_update=True)  # nor a conversation
    await session.execute(
        delete(Contact).where(Contact.id == erasure.contact_id, ~exists().where(Conversation.contact_id == Contact.id)),
        execution_options={"synchronize_session": False},
    )
    await forget_finished_bodies(session)
    if erasure.forgotten_at is not None and now() - erasure.erased_at > STATUSES_COME:
        erasure.done_at = now()
