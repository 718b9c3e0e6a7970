"""Station 5, sending: due rows are claimed, sent, and their outcome written; each step its own transaction.

A row that was being sent when the process died, or whose request timed out, has an unknown outcome: the provider
has no idempotency key, so a status that names our row is waited for before it goes out again.
"""

import datetime as dt
import time

import structlog
from sqlalchemy import Executable, bindparam, case, delete, exists, null, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from gateway import encryption
from gateway.channels.base import SendFailed
from gateway.conversations.claiming import Claimed, claim, is_still_wanted, something_is_due
from gateway.conversations.claims import lives
from gateway.conversations.failures import note_failure
from gateway.conversations.models import Conversation, GatewayProcess, OutboxItem
from gateway.database import UtcDateTime, now
from gateway.handover.states import WITH_HUMANS
from gateway.service import Service

log = structlog.get_logger()

MOST_UNDER_WAY = 40  # requests to the provider at a time
# Meta answers within its own time-out; a claim older than this belongs to a process that is gone.
# Also of one that lives: the database may have been away when it wanted to write the outcome.
CLAIM_LIFE = dt.timedelta(seconds=45)
# A reply of a bot's conversation that got stuck for so long between its claim and its request is looked at once more.
ASK_AGAIN_AFTER = dt.timedelta(seconds=0.1)

RELEASE_EVERY = 1.0  # seconds


async def send_due(service: Service) -> bool:
    """Begin to send what is due; returns whether more may be due at once.

    Nobody waits for a slow answer of the provider but the conversation that it belongs to.
    """
    room = MOST_UNDER_WAY - service.under_way
    if room <= 0:
        return False  # the next one that ends rings the bell
    if (moment := time.monotonic()) - service.released_at > RELEASE_EVERY:
        service.released_at = moment
        await service.database.alone(_RELEASE, _release_values(now(), service.settings.unknown_wait))
    if not await something_is_due(service):
        return False  # most looks end here, so they should cost little
    async with service.database.transaction() as session:
        claimed = await claim(session, service, room)
        if claimed.more:
            service.signals.send(session, "outbox")  # more than this process takes: the others may help
    if claimed.stopped is not None:
        service.stopped = claimed.stopped
    for item in claimed.items:
        service.spawn(_send_one(service, item))
    if claimed.wait is not None:
        service.wake_outbox_in(claimed.wait)
    return claimed.more


async def recover(session: AsyncSession, unknown_wait: float) -> None:
    """At start: what a process was sending that lives no more has an unknown outcome.

    The statuses that came while nobody was here are on their way again: the provider repeats them. What a living
    process is sending is left alone; on SQLite there is no other.
    """
    at = now()
    if session.get_bind().dialect.name == "sqlite":
        await session.execute(delete(GatewayProcess))
    await session.execute(_RELEASE, _release_values(at, unknown_wait))


def _release_values(at: dt.datetime, unknown_wait: float) -> dict[str, dt.datetime]:
    wait_until = at + dt.timedelta(seconds=unknown_wait)
    return {"alive_at": at, "too_old": at - CLAIM_LIFE, "wait_until": wait_until}


# The sender is gone, or could not write what became of it.
_RELEASE = (
    update(OutboxItem)
    .where(
        OutboxItem.state == "sending",
        or_(
            OutboxItem.claimed_by.is_(None),
            ~lives(OutboxItem.claimed_by),
            OutboxItem.claimed_at < bindparam("too_old"),
        ),
    )
    .values(state="unknown", due_at=bindparam("wait_until"), waits_for="status")
    .execution_options(synchronize_session=False)
)


async def _send_one(service: Service, item: Claimed) -> None:
    service.under_way += 1
    try:
        await _send_and_record(service, item)
    except (SQLAlchemyError, OSError) as error:
        # Sent or not, it could not be written: the claim runs out and the outcome counts as unknown.
        log.error("outcome_not_recorded", outbox_id=str(item.id), exc_info=error)
    finally:
        if service.under_way >= MOST_UNDER_WAY:
            service.wake_outbox()  # there is room again
        service.under_way -= 1


async def _send_and_record(service: Service, item: Claimed) -> None:
    if not await _is_still_wanted(service, item):
        return
    try:
        if now() >= item.may_go_until:
            raise SendFailed("window_closed")
        external_id = await service.channels[item.channel].send(item.recipient, item.reply, str(item.id))
    except SendFailed as failure:
        await _write_failure(service, item, failure)
    else:
        await _write_success(service, item, external_id)


async def _is_still_wanted(service: Service, item: Claimed) -> bool:
    """The last moment at which an officer's claim can hold a reply back: from here on it is with the provider."""
    if not item.ask_again and now() - item.claimed_at < ASK_AGAIN_AFTER:
        return True
    async with service.database.transaction() as session:
        found = (await session.execute(_AGAIN, {"item": item.id})).one_or_none()
        if found is None:
            return False  # it was erased meanwhile
        row, conversation = found
        if row.state != "sending" or row.attempts != item.attempts:
            return False  # this took so long that the claim ran out
        if not is_still_wanted(row, conversation):
            row.state, row.waits_for = "dropped", None
        return row.state == "sending"


_AGAIN = (
    select(OutboxItem, Conversation)
    .join(Conversation, Conversation.id == OutboxItem.conversation_id)
    .where(OutboxItem.id == bindparam("item"))
    .with_for_update(of=OutboxItem)
)


async def _write_success(service: Service, item: Claimed, external_id: str) -> None:
    values = {
        "item": item.id,
        "named": service.keyring.fingerprint(f"{item.channel} sent", external_id),
        "sealed": encryption.seal(item.key, external_id, "outbox_item.external_id"),
        "ended_at": now(),
    }
    for row in await service.database.alone(_SENT, values):  # none where a status was faster and told of a failure
        if row.talk_state in WITH_HUMANS or row.author == "officer":
            service.signals.tell([("conversation", row.conversation_id.hex)])
        if row.followed:
            service.wake_outbox()  # what waited behind it may go


def _sent_statement() -> Executable:
    behind = aliased(OutboxItem)
    followed = exists().where(
        behind.conversation_id == OutboxItem.conversation_id, behind.state.in_(("queued", "unknown"))
    )
    talk_state = select(Conversation.state).where(Conversation.id == OutboxItem.conversation_id).scalar_subquery()
    faster = OutboxItem.state == "sent"  # a status may have been, and then its moment stays
    return (
        update(OutboxItem)
        .where(OutboxItem.id == bindparam("item"), OutboxItem.state.in_(("sending", "unknown", "sent")))
        .values(
            state="sent",
            sent_at=case((faster, OutboxItem.sent_at), else_=bindparam("ended_at", type_=UtcDateTime)),
            waits_for=case((faster, OutboxItem.waits_for), else_=null()),
            external_fingerprint=bindparam("named"),
            external_id_sealed=bindparam("sealed"),
        )
        .returning(
            OutboxItem.conversation_id,
            OutboxItem.author,
            talk_state.label("talk_state"),
            followed.label("followed"),
        )
        .execution_options(synchronize_session=False)
    )


_SENT = _sent_statement()


async def _write_failure(service: Service, item: Claimed, failure: SendFailed) -> None:
    async with service.database.transaction() as session:
        row = await session.get_one(OutboxItem, item.id, with_for_update=True)
        # Else a status told how it ended, or the claim ran out and another process tries.
        if row.state in ("sending", "unknown") and row.attempts == item.attempts:
            await note_failure(session, row, failure.failure, failure.code, service.settings.unknown_wait)
            _ring(service, session, row, await session.get_one(Conversation, row.conversation_id))
    service.wake_outbox()  # what waited behind it may go, or all of its number must wait


def _ring(service: Service, session: AsyncSession, row: OutboxItem, conversation: Conversation) -> None:
    if conversation.state in WITH_HUMANS or row.author == "officer":
        service.signals.send(session, "conversation", row.conversation_id.hex)
