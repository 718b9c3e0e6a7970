"""Station 1, receiving: a delivery is stored in the database, or in the spool while the database is unavailable."""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import structlog
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError

from gateway.channels.base import Channel
from gateway.conversations.kinds import ChannelName, InboxEventKind
from gateway.conversations.messages import IncomingEvent, IncomingMessage
from gateway.core import road_record, traces
from gateway.core.errors import StorageUnavailable
from gateway.core.leases import renew_lease
from gateway.inbox.batching import BATCH_DELAY, STATUS_DELAY
from gateway.inbox.context import InboxContext
from gateway.inbox.outage_line import tell
from gateway.inbox.store import SealedDelivery, named_under, read_events, seal_delivery, store_all

log = structlog.get_logger()

# While the database fails, one delivery in so many seconds tries it; all others go straight to the spool.
RETRY_EVERY = 2.0
# The spool is drained in batches, one transaction each, kept small so that other writers do not wait long.
BATCH_LINES, BATCH_BYTES = 50, 512 * 1024
BATCH_TIMEOUT = 30.0  # seconds


async def receive(service: InboxContext, channel: Channel, body: bytes) -> None:
    """Store a verified body durably; raises `StorageUnavailable` when neither database nor spool takes it.

    What may be danger and is not in the database is answered from here (`gateway.inbox.outage_line`).
    """
    events = read_events(channel, body)
    first = next((event for event in events if event.message), None)
    if first is None or not service.keyring.is_loaded:
        await _receive(service, channel, body, events)
        return
    with traces.within(traces.trace_of(named_under(service.keyring, channel, first)), traces.Station.RECEIVE):
        await _receive(service, channel, body, events)


async def _receive(service: InboxContext, channel: Channel, body: bytes, events: Sequence[IncomingEvent]) -> None:
    if _prefers_spool(service):
        if await _spooled(service, channel, body, events) or await _stored(service, channel, body, events):
            return
    elif await _stored(service, channel, body, events) or await _spooled(service, channel, body, events):
        return
    # The platform keeps it and tries again, which may take long; whoever is in danger is told now.
    _tell(service, channel, service.outage_line.choose(channel, events))
    road_record.delivery_refused(channel.name)
    raise StorageUnavailable("not_stored")


async def drain(service: InboxContext) -> bool:
    """Store the next lines of the spool, in order; returns whether more may wait.

    Ends early, without an error, where the database still fails or another process is draining.
    """
    with service.spool.draining() as ours:
        segment = await asyncio.to_thread(service.spool.next_segment) if ours else None
        if segment is None:
            return False
        began = time.monotonic()
        drained = await _drain_segment(service, segment)
        if drained and not service.spool.has_backlog():
            service.outage_line.begin_anew(before=began)
        return drained


def _prefers_spool(service: InboxContext) -> bool:
    """Whether to append to the backlog, which keeps the order; every `RETRY_EVERY` seconds the database is tried."""
    if not service.spool.has_backlog():
        return False
    at = time.monotonic()
    if at < service.prefer_spool_until:
        return True
    service.prefer_spool_until = at + RETRY_EVERY  # this delivery tries, later ones do not
    return False


async def _stored(service: InboxContext, channel: Channel, body: bytes, events: Sequence[IncomingEvent]) -> bool:
    """Whether the database stored it within `storage_timeout`.

    An attempt that takes longer is abandoned: it may hang in a driver that cannot be interrupted. If it succeeds after
    all, the ids of its events make the spooled copy a duplicate.
    """
    if not service.keyring.is_loaded:
        return False  # the database has been unavailable since this process began
    began = time.monotonic()
    only_statuses = all(event.kind == InboxEventKind.STATUS for event in events)
    sealed = seal_delivery(service.keyring, channel, body, events)
    attempt = service.batcher.put(sealed, delay=STATUS_DELAY if only_statuses else BATCH_DELAY)
    await asyncio.wait({attempt}, timeout=service.settings.storage_timeout)
    if not attempt.done():
        attempt.cancel()
        log.error("delivery_not_stored", error="TimeoutError")
    elif (error := attempt.exception()) is None:
        service.prefer_spool_until = 0.0
        if service.outage_line.told and not service.spool.has_backlog():
            service.outage_line.begin_anew(before=began)
        if kinds := attempt.result():
            service.wake_inbox(kinds)
        _record(service, channel, events, spooled=False)
        return True
    elif not isinstance(error, SQLAlchemyError | OSError):
        raise error
    else:
        log.error("delivery_not_stored", exc_info=error)
    service.prefer_spool_until = time.monotonic() + RETRY_EVERY
    return False


def _record(service: InboxContext, channel: Channel, events: Sequence[IncomingEvent], *, spooled: bool) -> None:
    here = traces.current()
    began = time.time_ns() if here is None else here.began
    road_record.delivery_received(channel.name, _traced(service, channel, events), began, spooled=spooled)


def _traced(
    service: InboxContext, channel: Channel, events: Sequence[IncomingEvent]
) -> list[tuple[InboxEventKind, str | None]]:
    """The kind of each event, and of a message its trace, as far as the keys are loaded and spans are recorded."""
    known = service.keyring.is_loaded and traces.is_on()
    return [
        (each.kind, traces.trace_of(named_under(service.keyring, channel, each)) if known and each.message else None)
        for each in events
    ]


async def _spooled(service: InboxContext, channel: Channel, body: bytes, events: Sequence[IncomingEvent]) -> bool:
    told = service.outage_line.choose(channel, events)
    try:
        await service.spool.append(channel.name, body, told)
    except OSError as error:
        service.outage_line.withdraw(told)
        log.error("delivery_not_spooled", code=error.errno, exc_info=error)
        return False
    _record(service, channel, events, spooled=True)
    _tell(service, channel, told)
    return True


def _tell(service: InboxContext, channel: Channel, told: Mapping[str, IncomingMessage]) -> None:
    if told:
        service.spawn(tell(service.lines, channel, told.values()))


async def _drain_segment(service: InboxContext, segment: Path) -> bool:
    set_aside = stored = 0
    for lines in _batches(segment):
        try:
            async with asyncio.timeout(BATCH_TIMEOUT):
                rejected = await _store_lines(service, lines)
        except (SQLAlchemyError, OSError) as error:
            # Lines of this segment that were stored count as duplicates when it is drained again.
            log.warning("spool_drain_failed", exc_info=error)
            found = await service.poison_records.store_singly(
                lines, partial(_store_lines, service), partial(_can_write, service)
            )
            if found is None:
                return False
            rejected = found
        if rejected:
            log.error("spool_lines_set_aside", count=len(rejected))
            await asyncio.to_thread(service.spool.set_aside, rejected)
        set_aside, stored = set_aside + len(rejected), stored + len(lines) - len(rejected)
        service.prefer_spool_until = time.monotonic() + RETRY_EVERY  # the rest follows: no delivery overtakes it
        service.wake_inbox()
    segment.unlink()
    log.info("spool_drained", stored=stored, set_aside=set_aside)
    return True


async def _can_write(service: InboxContext) -> bool:
    try:
        async with asyncio.timeout(service.settings.storage_timeout), service.database.transaction() as session:
            await renew_lease(session, service.process)
    except (SQLAlchemyError, OSError):
        return False
    return True


def _batches(segment: Path) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    with segment.open("rb") as file:
        for line in filter(bytes.strip, file):
            batch.append(line)
            if len(batch) >= BATCH_LINES or sum(map(len, batch)) >= BATCH_BYTES:
                yield batch
                batch = []
    if batch:
        yield batch


async def _store_lines(service: InboxContext, lines: list[bytes]) -> list[bytes]:
    """Store lines in one transaction; returns those that can never be stored.

    All together, or a spool that began under load would never drain. Where one of them fails, each in a savepoint.
    """
    try:
        async with service.database.transaction() as session:
            await store_all(session, [_opened(service, line) for line in lines])
    except (DataError, IntegrityError):
        pass
    except (SQLAlchemyError, OSError):
        raise  # a fault of the database, not of a line
    except Exception:  # noqa: BLE001, S110  # reported where the line is stored alone
        pass
    else:
        return []
    return await _store_each(service, lines)


def _opened(service: InboxContext, line: bytes) -> SealedDelivery:
    """The rows of a line; raises `ValueError`, or `KeyError` where its channel is off."""
    delivery = service.spool.open_line(line)
    if delivery is None:
        raise ValueError("The line cannot be decrypted.")
    channel = service.channels[ChannelName(delivery.channel)]
    events = service.outage_line.marked(channel, read_events(channel, delivery.body), delivery.told)
    return seal_delivery(service.keyring, channel, delivery.body, events)


async def _store_each(service: InboxContext, lines: list[bytes]) -> list[bytes]:
    """Store lines in one transaction, each in a savepoint; returns those that can never be stored."""
    rejected = []
    async with service.database.transaction() as session:
        for line in lines:
            try:
                sealed = _opened(service, line)
                async with session.begin_nested():
                    await store_all(session, [sealed])
            except (ValueError, KeyError):
                rejected.append(line)  # damaged, or its channel is off
            except (DataError, IntegrityError) as error:
                log.error("spool_line_not_stored", exc_info=error)
                rejected.append(line)
            except (SQLAlchemyError, OSError):
                raise  # a fault of the database, not of the line
            except Exception as error:  # whatever a body provokes, the lines behind it are stored
                log.error("spool_line_not_stored", exc_info=error)
                rejected.append(line)
    return rejected
