"""Operations, retention: raw bodies, conversations and keys are deleted when their retention periods end."""

import asyncio
import datetime as dt
import uuid
from collections.abc import Sequence

import structlog
from sqlalchemy import ColumnElement, delete, exists, func, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts.approvals import delete_old_approvals
from gateway.accounts.audit_anchor import write_anchor
from gateway.accounts.audit_chain import prune
from gateway.accounts.sessions import delete_expired_sessions
from gateway.bulletins.followers import delete_old_followers
from gateway.content.editing.feedback_inbox import forget_missed
from gateway.content.editing.unsaved import forget_old
from gateway.content.publishing import comments
from gateway.conversations.kinds import InboxState
from gateway.conversations.models import Contact, Conversation, InboxEvent, WebhookDelivery
from gateway.core.database import now
from gateway.core.leases import RETENTION, delete_expired, try_lock
from gateway.core.rate_limit import delete_full
from gateway.handover.alarms import delete_old_alerts
from gateway.handover.blocking import end_old_blocks
from gateway.handover.push_alarms import delete_gone_browsers
from gateway.inbox.context import InboxContext
from gateway.privacy.after_erasure import delete_old_erasures
from gateway.privacy.erased_list import ErasedList
from gateway.privacy.legal_holds import is_held
from gateway.privacy.reports import write_report

log = structlog.get_logger()

# Meta repeats a delivery for seven days; until then its fingerprint identifies the repeat.
REDELIVERY_PERIOD = dt.timedelta(days=8)
# What goes in one transaction, about a second on a busy core: nobody waits longer for a row that is on its way out, and
# whoever stops the process loses no more. A month that waited was one transaction of which nobody saw the end.
TALKS, FINGERPRINTS = 1000, 20_000
LOOKED_UP = 20 * TALKS  # at once: no index finds what is old, because each message would pay for it


async def run_retention(service: InboxContext) -> None:
    """Delete raw bodies that are processed or old, conversations past their retention, and their keys.

    One process does so at a time; the others only rotate the inbox key. It goes in pieces, each a transaction with its
    row of `retention_run`; conversations under a legal hold stay.
    """
    settings = service.settings
    inbox_limit = now() - dt.timedelta(hours=settings.inbox_retention_hours)
    text_limit = now() - dt.timedelta(days=settings.text_retention_days)
    while await _delete_fingerprints(service) == FINGERPRINTS:
        pass
    while await _delete_old_conversations(service, text_limit) == LOOKED_UP:
        pass
    async with service.database.transaction() as session:
        if await try_lock(session, RETENTION):
            await _delete_old(session, inbox_limit)
            await forget_missed(session, settings.content_inbox_days)
            await forget_old(session)
            await comments.forget_old(session)
    async with service.database.transaction() as session:
        await service.keyring.rotate(session, dt.timedelta(hours=settings.inbox_retention_hours))
    async with service.database.transaction() as session:
        if await try_lock(session, RETENTION):
            await prune(session, settings.audit_days)
    await write_anchor(service)
    await service.database.truncate_wal()
    await _delete_old_files(service)


async def _delete_old(session: AsyncSession, inbox_limit: dt.datetime) -> None:
    counts = await _delete_old_inbox(session, inbox_limit)
    counts["contacts"] = await _delete_contacts_without_conversation(session, true())
    await delete_full(session)
    await delete_expired_sessions(session)
    await delete_old_approvals(session)
    counts["bulletin_followers"] = await delete_old_followers(session)
    await delete_old_erasures(session)
    await delete_old_alerts(session)
    await delete_gone_browsers(session)
    await end_old_blocks(session)
    await delete_expired(session)
    await write_report(session, counts)


async def _delete_old_inbox(session: AsyncSession, limit: dt.datetime) -> dict[str, int]:
    overdue = (InboxEvent.state == InboxState.NEW) & (InboxEvent.received_at < limit)
    given_up = await session.execute(
        update(InboxEvent)
        .where(overdue)
        .values(state=InboxState.FAILED, reason="too_old", content_sealed=None)
        .returning(InboxEvent.id)
    )
    unprocessed = exists().where(InboxEvent.delivery_id == WebhookDelivery.id, InboxEvent.state == InboxState.NEW)
    bodies = await session.execute(
        delete(WebhookDelivery)
        .where(~unprocessed | (WebhookDelivery.received_at < limit))
        .returning(WebhookDelivery.id)
    )
    return {"events_given_up": len(given_up.all()), "bodies": len(bodies.all())}


async def _delete_fingerprints(service: InboxContext) -> int:
    """Delete the oldest fingerprints that nothing repeats any more, `FINGERPRINTS` at most; returns how many."""
    old = select(InboxEvent.id).where(InboxEvent.received_at < now() - REDELIVERY_PERIOD)
    oldest = old.order_by(InboxEvent.received_at).limit(FINGERPRINTS)
    async with service.database.transaction() as session:
        if not await try_lock(session, RETENTION):
            return 0
        deleted = await session.execute(delete(InboxEvent).where(InboxEvent.id.in_(oldest)).returning(InboxEvent.id))
        count = len(deleted.all())
        await write_report(session, {"fingerprints": count})
    return count


async def _delete_old_conversations(service: InboxContext, limit: dt.datetime) -> int:
    """Delete conversations past their time, `LOOKED_UP` at most, in pieces; returns how many were found."""
    old = Conversation.last_citizen_message_at < limit
    async with service.database.transaction() as session:
        if not await try_lock(session, RETENTION):
            return 0
        held = await session.scalar(select(func.count()).select_from(Conversation).where(old, is_held()))
        found = list(await session.scalars(select(Conversation.id).where(old, ~is_held()).limit(LOOKED_UP)))
    for start in range(0, len(found), TALKS):
        async with service.database.transaction() as session:
            if not await try_lock(session, RETENTION):
                return 0
            counts = await _delete_conversations(session, found[start : start + TALKS], limit)
            await write_report(session, counts | {"kept_for_hold": held or 0})
    return len(found)


async def _delete_conversations(session: AsyncSession, ids: Sequence[uuid.UUID], limit: dt.datetime) -> dict[str, int]:
    """Delete those of these that are still past their time and under no hold, and contacts that have no other."""
    old = Conversation.id.in_(ids) & (Conversation.last_citizen_message_at < limit)
    deleted = await session.execute(delete(Conversation).where(old, ~is_held()).returning(Conversation.contact_id))
    of = [row.contact_id for row in deleted.all()]
    contacts = await _delete_contacts_without_conversation(session, Contact.id.in_(of))
    return {"conversations": len(of), "contacts": contacts}


async def _delete_old_files(service: InboxContext) -> None:
    settings = service.settings
    spool_retention = dt.timedelta(hours=settings.inbox_retention_hours)
    set_aside = await asyncio.to_thread(service.spool.forget_set_aside, spool_retention)
    listed = ErasedList(settings.erased_folder)
    months = await asyncio.to_thread(listed.forget, dt.timedelta(days=settings.erased_list_days))
    if set_aside or months:
        log.info("old_files_deleted", set_aside=set_aside, erased_lists=months)


async def _delete_contacts_without_conversation(session: AsyncSession, which: ColumnElement[bool]) -> int:
    """Delete such contacts without a conversation, unless another process is beginning one; returns how many.

    The condition is checked again under the lock: a conversation that began in between would be deleted too.
    """
    has_none = ~exists(select(Conversation.id).where(Conversation.contact_id == Contact.id))
    unlocked = select(Contact.id).where(which, has_none).with_for_update(skip_locked=True)
    found = list(await session.scalars(unlocked))
    count = 0
    for start in range(0, len(found), 500):
        batch = Contact.id.in_(found[start : start + 500])
        deleted = await session.execute(delete(Contact).where(batch, has_none).returning(Contact.id))
        count += len(deleted.all())
    return count
