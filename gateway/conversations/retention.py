"""Beside the road: what is no longer needed is deleted, and its keys with it."""

import asyncio
import datetime as dt

import structlog
from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts.sessions import forget_old
from gateway.bulletins.followers import forget_followers
from gateway.content.inbox import forget_missed
from gateway.conversations.claims import TIDYING, forget_the_dead, take_lock
from gateway.conversations.models import Contact, Conversation, InboxEvent, WebhookDelivery
from gateway.conversations.pacing import forget_full
from gateway.database import now
from gateway.privacy.after_erasure import forget_old_erasures
from gateway.privacy.erased_list import ErasedList
from gateway.privacy.holds import is_held
from gateway.privacy.reports import write_report
from gateway.service import Service

log = structlog.get_logger()

# Meta repeats a delivery for seven days; until then a fingerprint must be there to know it by.
REPEATS_END = dt.timedelta(days=8)


async def tidy(service: Service) -> None:
    """Delete raw bodies that are done or old, texts past their retention, and the keys that opened them.

    One process does so at a time; the others only renew their keys. What it did stands in a row of `retention_run`;
    conversations under a legal hold stay.
    """
    settings = service.settings
    inbox_limit = now() - dt.timedelta(hours=settings.inbox_retention_hours)
    text_limit = now() - dt.timedelta(days=settings.text_retention_days)
    async with service.database.transaction() as session:
        if await take_lock(session, TIDYING):
            await _delete_old(session, inbox_limit, text_limit)
            await forget_missed(session, settings.content_inbox_days)
    async with service.database.transaction() as session:
        await service.keyring.rotate(session, dt.timedelta(hours=settings.inbox_retention_hours))
    await service.database.overwrite_deleted()
    await _tidy_files(service)


async def _delete_old(session: AsyncSession, inbox_limit: dt.datetime, text_limit: dt.datetime) -> None:
    counts = await _tidy_inbox(session, inbox_limit)
    counts |= await _tidy_conversations(session, text_limit)
    await forget_full(session)
    await forget_old(session)
    counts["bulletin_followers"] = await forget_followers(session)
    await forget_old_erasures(session)
    await forget_the_dead(session)
    await write_report(session, counts)


async def _tidy_inbox(session: AsyncSession, limit: dt.datetime) -> dict[str, int]:
    late = (InboxEvent.state == "new") & (InboxEvent.received_at < limit)
    given_up = await session.execute(
        update(InboxEvent)
        .where(late)
        .values(state="failed", reason="too_old", content_sealed=None)
        .returning(InboxEvent.id)
    )
    waits = exists().where(InboxEvent.delivery_id == WebhookDelivery.id, InboxEvent.state == "new")
    bodies = await session.execute(
        delete(WebhookDelivery).where(~waits | (WebhookDelivery.received_at < limit)).returning(WebhookDelivery.id)
    )
    known = await session.execute(
        delete(InboxEvent).where(InboxEvent.received_at < now() - REPEATS_END).returning(InboxEvent.id)
    )
    return {"events_given_up": len(given_up.all()), "bodies": len(bodies.all()), "fingerprints": len(known.all())}


async def _tidy_conversations(session: AsyncSession, limit: dt.datetime) -> dict[str, int]:
    old = Conversation.last_citizen_message_at < limit
    held = await session.scalar(select(func.count()).select_from(Conversation).where(old, is_held()))
    gone = await session.execute(delete(Conversation).where(old, ~is_held()).returning(Conversation.id))
    contacts = await _delete_lonely_contacts(session)
    return {"conversations": len(gone.all()), "contacts": contacts, "kept_for_hold": held or 0}


async def _tidy_files(service: Service) -> None:
    settings = service.settings
    old_lines = dt.timedelta(hours=settings.inbox_retention_hours)
    set_aside = await asyncio.to_thread(service.spool.forget_set_aside, old_lines)
    listed = ErasedList(settings.erased_folder)
    months = await asyncio.to_thread(listed.forget, dt.timedelta(days=settings.erased_list_days))
    if set_aside or months:
        log.info("files_tidied", set_aside=set_aside, erased_lists=months)


async def _delete_lonely_contacts(session: AsyncSession) -> int:
    """Contacts without a conversation, unless another process is beginning one with them just now; returns how many.

    Once a row is locked nobody can begin one, and only then is it looked at again: a conversation that began in
    between would be deleted with its contact.
    """
    lonely = ~exists(select(Conversation.id).where(Conversation.contact_id == Contact.id))
    held = select(Contact.id).where(lonely).with_for_update(skip_locked=True)
    found = list(await session.scalars(held))
    count = 0
    for start in range(0, len(found), 500):
        some = Contact.id.in_(found[start : start + 500])
        gone = await session.execute(delete(Contact).where(some, lonely).returning(Contact.id))
        count += len(gone.all())
    return count
