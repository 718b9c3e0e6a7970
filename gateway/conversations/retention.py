"""Beside the road: what is no longer needed is deleted, and its keys with it."""

import asyncio
import datetime as dt

import structlog
from sqlalchemy import delete, exists, select, update

from gateway.accounts.sessions import forget_old
from gateway.bulletins.followers import forget_followers
from gateway.conversations.models import Contact, Conversation, InboxEvent, WebhookDelivery
from gateway.conversations.pacing import forget_full
from gateway.database import now
from gateway.service import Service

log = structlog.get_logger()

# Meta repeats a delivery for seven days; until then a fingerprint must be there to know it by.
REPEATS_END = dt.timedelta(days=8)


async def tidy(service: Service) -> None:
    """Delete raw bodies that are done or old, texts past their retention, and the keys that opened them."""
    settings = service.settings
    inbox_limit = now() - dt.timedelta(hours=settings.inbox_retention_hours)
    text_limit = now() - dt.timedelta(days=settings.text_retention_days)
    async with service.database.transaction() as session:
        late = (InboxEvent.state == "new") & (InboxEvent.received_at < inbox_limit)
        await session.execute(
            update(InboxEvent).where(late).values(state="failed", reason="too_old", content_sealed=None)
        )
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
        await session.execute(
            delete(Contact).where(~exists(select(Conversation.id).where(Conversation.contact_id == Contact.id)))
        )
        await forget_full(session)
        await forget_old(session)
        await forget_followers(session)
        await service.keyring.rotate(session, dt.timedelta(hours=settings.inbox_retention_hours))
        counts = {"bodies": len(bodies.all()), "conversations": len(old.all())}
    old_lines = dt.timedelta(hours=settings.inbox_retention_hours)
    counts["set_aside"] = await asyncio.to_thread(service.spool.forget_set_aside, old_lines)
    if any(counts.values()):
        log.info("tidied", **counts)
