"""Handover, push: an alarm reaches the browsers of who is on duty or on call, with no page open, until it is taken."""

import datetime as dt
import hmac
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx2
import structlog
from sqlalchemy import Executable, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts.events import PersonLeft
from gateway.accounts.models import StaffPerson
from gateway.conversations.models import Conversation
from gateway.core.actors import Role
from gateway.core.crypto import seal, unseal
from gateway.core.database import now, upsert
from gateway.core.keyring import Keyring
from gateway.handover.alarms import IS_WAITING
from gateway.handover.models import OfficerShift, PushSubscription, QueueEntry
from gateway.handover.web_push import PushAddress, PushGone, send
from gateway.outbox.templates import OutboxContext

log = structlog.get_logger()
AGAIN = dt.timedelta(seconds=60)  # while danger waits
GONE_LIFETIME = dt.timedelta(days=30)
BATCH_SIZE = 20
_CONTEXT = "push_subscription.address"


@dataclass(frozen=True)
class PushProof:
    """An address that a browser had, and its secret."""

    endpoint: str
    auth: str


async def subscribe(
    session: AsyncSession, service: OutboxContext, person_id: uuid.UUID, address: PushAddress, *, on_call: bool
) -> None:
    """Let this browser of a person be pushed to; `on_call`: also off duty, by what needs somebody."""
    person = await session.get_one(StaffPerson, person_id)
    content = json.dumps([address.endpoint, address.p256dh, address.auth])
    values = {
        "person_id": person_id,
        "address_sealed": seal(service.keyring.unwrap(person.wrapped_key), content, _CONTEXT),
        "on_call": on_call,
        "created_at": now(),
        "gone_at": None,
    }
    row = upsert(session, PushSubscription).values(id=uuid.uuid4(), endpoint_hash=_hash(service, address), **values)
    await session.execute(row.on_conflict_do_update(index_elements=["endpoint_hash"], set_=values))


async def unsubscribe(session: AsyncSession, service: OutboxContext, person_id: uuid.UUID, endpoint: str) -> None:
    """Push to this browser of the person no more."""
    mine = PushSubscription.person_id == person_id
    of_browser = PushSubscription.endpoint_hash == _hash(service, PushAddress(endpoint, "", ""))
    await session.execute(delete(PushSubscription).where(mine, of_browser))


async def on_call_at(session: AsyncSession, service: OutboxContext, person_id: uuid.UUID, endpoint: str) -> bool | None:
    """Whether the person is on call at this browser; None where it is not pushed to for them."""
    of_browser = PushSubscription.endpoint_hash == _hash(service, PushAddress(endpoint, "", ""))
    found: bool | None = await session.scalar(
        select(PushSubscription.on_call).where(
            PushSubscription.person_id == person_id, of_browser, PushSubscription.gone_at.is_(None)
        )
    )
    return found


async def renew(
    session: AsyncSession, service: OutboxContext, before: PushProof, address: PushAddress
) -> uuid.UUID | None:
    """Push to the new address of a browser for whom and when its old one was; returns whose browser it is.

    A browser renews an address by itself, maybe with nobody signed in: that it knows the old one's secret, which its
    push service never sees, is the proof that it is the same browser. None where it proves nothing.
    """
    row = await _proved(session, service, before)
    if row is None:  # said before, and the answer was lost on its way
        row = await _proved(session, service, PushProof(address.endpoint, address.auth))
        return row.person_id if row is not None and row.gone_at is None else None
    await session.delete(row)
    await session.flush()
    await subscribe(session, service, row.person_id, address, on_call=row.on_call)
    return row.person_id


async def _proved(session: AsyncSession, service: OutboxContext, proof: PushProof) -> PushSubscription | None:
    of_browser = PushSubscription.endpoint_hash == _hash(service, PushAddress(proof.endpoint, "", ""))
    row = await session.scalar(select(PushSubscription).where(of_browser).with_for_update())
    if row is None:
        return None
    known = await _address(session, service.keyring, row)
    return row if hmac.compare_digest(known.auth.encode(), proof.auth.encode()) else None


async def delete_gone_browsers(session: AsyncSession) -> None:
    """Delete addresses that are gone and were not renewed."""
    await session.execute(delete(PushSubscription).where(PushSubscription.gone_at < now() - GONE_LIFETIME))


async def on_person_left(session: AsyncSession, event: PersonLeft) -> Sequence[Executable]:
    """Push to no browser of who has left."""
    return [delete(PushSubscription).where(PushSubscription.person_id == event.person_id)]


def _hash(service: OutboxContext, address: PushAddress) -> bytes:
    return service.keyring.fingerprint("push_endpoint", address.endpoint)


async def push_due(service: OutboxContext) -> int:
    """Push what has begun to wait, and danger again while it waits; returns how many pushes were begun."""
    async with service.database.transaction() as session:
        entries = await _due(session)
        if not entries:
            return 0
        ids = [entry.id for entry in entries]
        await session.execute(update(QueueEntry).where(QueueEntry.id.in_(ids)).values(pushed_at=now()))
        found = await _browsers(session)
        lost_before = now() - dt.timedelta(seconds=service.settings.officer_lost_seconds)
        duty = select(OfficerShift.officer_id).where(
            OfficerShift.ended_at.is_(None), OfficerShift.seen_at >= lost_before
        )
        on_duty = set(await session.scalars(duty))
    pushes = [(row, entry) for entry in entries for row, roles in found if _wants(row, roles, entry, on_duty)]
    for row, entry in pushes:
        service.spawn(_push(service, row, entry))
    return len(pushes)


async def _due(session: AsyncSession) -> Sequence[QueueEntry]:
    again = QueueEntry.urgency.is_not(None) & (QueueEntry.pushed_at <= now() - AGAIN)
    rows = await session.scalars(
        select(QueueEntry)
        .join(Conversation, Conversation.id == QueueEntry.conversation_id)
        .where(
            QueueEntry.resolved_at.is_(None),
            IS_WAITING,
            or_(QueueEntry.pushed_at.is_(None), again),
        )
        .order_by(QueueEntry.rank, QueueEntry.alarmed_at)
        .limit(BATCH_SIZE)
        .with_for_update(of=QueueEntry, skip_locked=True)
    )
    return rows.all()


async def _browsers(session: AsyncSession) -> Sequence[tuple[PushSubscription, Sequence[str]]]:
    rows = await session.execute(
        select(PushSubscription, StaffPerson.roles)
        .join(StaffPerson, StaffPerson.id == PushSubscription.person_id)
        .where(StaffPerson.blocked_at.is_(None), PushSubscription.gone_at.is_(None))
    )
    return [(row, roles) for row, roles in rows if {Role.OFFICER, Role.SUPERVISOR} & set(roles)]


def _wants(row: PushSubscription, roles: Sequence[str], entry: QueueEntry, on_duty: set[uuid.UUID]) -> bool:
    if row.person_id in on_duty:
        return True
    if entry.urgency is None and entry.escalated_at is None:
        return False
    # Danger with nobody on duty goes to everybody who can be reached.
    supervises = Role.SUPERVISOR in roles and (entry.escalated_at is not None or not on_duty)
    return supervises or row.on_call


async def _push(service: OutboxContext, row: PushSubscription, entry: QueueEntry) -> None:
    content = {"kind": entry.urgency or "waiting", "conversation": str(entry.conversation_id)}
    try:
        async with service.database.transaction() as session:
            address = await _address(session, service.keyring, row)
        await send(service.settings, address, json.dumps(content).encode(), topic=entry.conversation_id.hex)
    except PushGone:
        async with service.database.transaction() as session:
            gone = update(PushSubscription).where(PushSubscription.id == row.id)
            await session.execute(gone.values(gone_at=now()))
    except (httpx2.HTTPError, ValueError) as error:
        # The kind alone: the address is a secret of the browser.
        log.warning("push_failed", subscription=str(row.id), exc_info=error)


async def _address(session: AsyncSession, keyring: Keyring, row: PushSubscription) -> PushAddress:
    person = await session.get_one(StaffPerson, row.person_id)
    parts: list[Any] = json.loads(unseal(keyring.unwrap(person.wrapped_key), row.address_sealed, _CONTEXT))
    return PushAddress(*parts)
