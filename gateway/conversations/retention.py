"""Beside the road: what is no longer needed is deleted, and its keys with it."""

import asyncio
import datetime as dt

import structlog
from sqlalchemy import delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts.sessions import forget_old
from gateway.bulletins.followers import forget_followers
from gateway.content.inbox import forget_missed
from gateway.conversations.claims import TIDYING, forget_the_dead, take_lock
from gateway.conversations.models import Contact, Conversation, InboxEvent, WebhookDelivery
from gateway.conversations.pacing import forget_full
from gateway.database import now
from gateway.service import Service

log = structlog.get_logger()

# Meta repeats a delivery for seven days; until then a fingerprint must be there to know it by.
REPEATS_END = dt.timedelta(days=8)


async def tidy(service: Service) -> None:
    """Delete raw bodies that are done or old, texts past their retention, and the keys that opened them.

    One process does so at a time; the others only renew their keys.
    """
    settings = service.settings
    inbox_limit = now() - dt.timedelta(hours=settings.inbox_retention_hours)
    text_limit = now() - dt.timedelta(days=settings.text_retention_days)
    counts = {"bodies": 0, "conversations": 0}
    async with service.database.transaction() as session:
        if await take_lock(session, TIDYING):
            counts = await _delete_old(session, inbox_limit, text_limit)
            await forget_missed(session, settings.content_inbox_days)
    async with service.database.transaction() as session:
        await service.keyring.rotate(session, dt.timedelta(hours=settings.inbox_retention_hours))
    old_lines = dt.timedelta(hours=settings.inbox_retention_hours)
    counts["set_aside"] = await asyncio.to_thread(service.spool.forget_set_aside, old_lines)
    if any(counts.values()):
        log.info("tidied", **counts)


async def _delete_old(session: AsyncSession, inbox_limit: dt.datetime, text_limit: dt.datetime) -> dict[str, int]:
    late = (InboxEvent.state == "new") & (InboxEvent.received_at < inbox_limit)
    await session.execute(update(InboxEvent).where(late).values(state="failed", reason="too_old", content_sealed=None))
    waits = exists().where(InboxEvent.delivery_id == WebhookDelivery.id, InboxEvent.state == "new")
    bodies = await session.execute(
        delete(WebhookDelivery)
        .where(~waits | (WebhookDelivery.received_at < inbox_limit))
        .returning(WebhookDelivery.id)
    )
    await session.execute(delete(InboxEvent).where(InboxEvent.received_at < now() - REPEATS_END))
    old = await session.execute(
        delete(Conversation).where(Conversation.last_citizen_message_at < text_limit).returning(Conversation.id)
    )
    await _delete_lonely_contacts(session)
    await forget_full(session)
    await forget_old(session)
    await forget_followers(session)
    await forget_the_dead(session)
    return {"bodies": len(bodies.all()), "conversations": len(old.all())}


async def _delete_lonely_contacts(session: AsyncSession) -> None:
    """Contacts without a conversation, unless another process is beginning one with them just now.

    Once a row is locked nobody can begin one, and only then is it looked at again: a conversation that began in
    between would be deleted with its contact.
    """
    lonely = ~exists(select(Conversation.id).where(Conversation.contact_id == Contact.id))
    held = select(Contact.id).where(lonely).with_for_update(skip_locked=True)
    found = list(await session.scalars(held))
    for start in range(0, len(found), 500):
        await session.execute(delete(Contact).where(Contact.id.in_(found[start : start + 500]), lonely))
