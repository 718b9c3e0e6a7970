"""The API, webhooks out: sends what is due, tries again ever less often, and gives up after a day."""

import asyncio
import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Final

import httpx2
import structlog
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.api.models import ApiNotification, ApiWebhook
from gateway.api.webhooks import body_of, headers_of, secret_of
from gateway.core.context import Context
from gateway.core.database import now

log = structlog.get_logger()
TIMEOUT: Final = 10.0  # seconds for one try
LIFETIME: Final = dt.timedelta(days=1)  # of an event that nobody takes
BATCH_SIZE: Final = 20
_FIRST_PAUSE: Final = 5.0  # seconds; the next is four times as long
_LONGEST_PAUSE: Final = 3600.0
# Another process sends what this one has taken and not finished, because it died.
_LEASE: Final = dt.timedelta(seconds=6 * TIMEOUT)


def pause_after(tries: int) -> dt.timedelta:
    """How long to wait after so many failed tries."""
    return dt.timedelta(seconds=min(_FIRST_PAUSE * 4 ** (tries - 1), _LONGEST_PAUSE))


async def deliver_due(service: Context) -> bool:
    """Send one batch of what is due; returns whether there may be more."""
    async with service.database.transaction() as session:
        due = await _take(session)
    if not due:
        return False
    async with httpx2.AsyncClient(timeout=TIMEOUT, follow_redirects=False, trust_env=False) as client:
        taken = await asyncio.gather(*(_try(service, client, row, url) for row, url in due))
    async with service.database.transaction() as session:
        await _keep_outcome(session, [row for row, _ in due], taken)
    return len(due) == BATCH_SIZE


async def _take(session: AsyncSession) -> Sequence[tuple[ApiNotification, str]]:
    rows = await session.execute(
        select(ApiNotification, ApiWebhook.url)
        .join(ApiWebhook, ApiWebhook.id == ApiNotification.webhook_id)
        .where(ApiNotification.due_at <= now())
        .order_by(ApiNotification.due_at, ApiNotification.id)
        .limit(BATCH_SIZE)
        .with_for_update(of=ApiNotification, skip_locked=True)
    )
    found = [(row, url) for row, url in rows]
    for row, _ in found:
        row.tries += 1
        row.due_at = now() + _LEASE
    return found


async def _try(service: Context, client: httpx2.AsyncClient, row: ApiNotification, url: str) -> bool:
    body = body_of(row)
    try:
        async with asyncio.timeout(TIMEOUT):  # the whole answer: a body that drips would hold the others up
            headers = headers_of(secret_of(service.settings, row.webhook_id), row, body, now())
            answer = await client.post(url, content=body, headers=headers)
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
        log.warning("webhook_out_failed", webhook=str(row.webhook_id), tries=row.tries, error=type(error).__name__)
        return False
    if not answer.is_success:
        log.warning("webhook_out_refused", webhook=str(row.webhook_id), tries=row.tries, status=answer.status_code)
    return bool(answer.is_success)


async def _keep_outcome(session: AsyncSession, rows: Sequence[ApiNotification], taken: Sequence[bool]) -> None:
    done: list[int] = []
    for row, was_taken in zip(rows, taken, strict=True):
        over = row.occurred_at + LIFETIME < now()
        if was_taken or over:
            done.append(row.id)
            if not was_taken:
                log.error("webhook_out_given_up", webhook=str(row.webhook_id), event_id=str(row.event_id))
            continue
        kept = await session.get(ApiNotification, row.id)
        if kept is not None:  # else its address was removed meanwhile
            kept.due_at = now() + pause_after(row.tries)
    await session.execute(delete(ApiNotification).where(ApiNotification.id.in_(done)))


async def remove(session: AsyncSession, webhook_id: uuid.UUID) -> bool:
    """Send nothing more to this address; returns whether there was one."""
    found = await session.scalars(delete(ApiWebhook).where(ApiWebhook.id == webhook_id).returning(ApiWebhook.id))
    return bool(found.all())
