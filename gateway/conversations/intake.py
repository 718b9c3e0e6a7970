"""Station 1, taking in: a delivery goes to the database, or to the spool while the database cannot take it."""

import asyncio
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import structlog
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError

from gateway.channels.base import Channel
from gateway.conversations.claims import say_alive
from gateway.conversations.inbox import seal_delivery, store_deliveries, store_delivery
from gateway.errors import StorageUnavailable
from gateway.service import Service

log = structlog.get_logger()

# While the database fails, one delivery in so many seconds tries it; all others go straight to the spool.
TRY_AGAIN = 2.0
# A step of draining is one transaction: so many lines or bytes of them, so that nobody waits long behind it.
STEP_LINES, STEP_BYTES = 50, 512 * 1024
STEP_PATIENCE = 30.0


async def take(service: Service, channel: Channel, body: bytes) -> None:
    """Store a verified body durably; raises `StorageUnavailable` when neither place takes it."""
    if _goes_behind_the_backlog(service):
        if await _spooled(service, channel, body) or await _stored(service, channel, body):
            return
    elif await _stored(service, channel, body) or await _spooled(service, channel, body):
        return
    raise StorageUnavailable("The message could not be stored; send it again later.")


async def drain(service: Service) -> bool:
    """Store the next lines of the spool, in order; returns whether more may wait.

    Ends early, without an error, where the database still fails or another process is draining.
    """
    with service.spool.draining() as ours:
        segment = await asyncio.to_thread(service.spool.next_segment) if ours else None
        if segment is None:
            return False
        return await _drain_segment(service, segment)


def _goes_behind_the_backlog(service: Service) -> bool:
    """What waits on disk was earlier; but should it not drain, the database is tried now and then all the same."""
    if not service.spool.has_backlog():
        return False
    moment = time.monotonic()
    if moment < service.spool_first_until:
        return True
    service.spool_first_until = moment + TRY_AGAIN  # this one tries; those that come meanwhile do not
    return False


async def _stored(service: Service, channel: Channel, body: bytes) -> bool:
    """Whether the database took it within its time.

    A try that takes too long is given up, not waited for: it may hang in a driver that cannot be interrupted. If
    it succeeds after all, the spooled copy is known by its ids.
    """
    if not service.keyring.is_loaded:
        return False  # the database has been away since this process began
    attempt = service.gathering.put(seal_delivery(service.keyring, channel, body))
    await asyncio.wait({attempt}, timeout=service.settings.storage_timeout)
    if not attempt.done():
        attempt.cancel()
        log.error("delivery_not_stored", error="TimeoutError")
    elif (error := attempt.exception()) is None:
        service.spool_first_until = 0.0
        if kinds := attempt.result():
            service.wake_inbox(kinds)
        return True
    elif not isinstance(error, SQLAlchemyError | OSError):
        raise error
    else:
        log.error("delivery_not_stored", error=type(error).__name__)
    service.spool_first_until = time.monotonic() + TRY_AGAIN
    return False


async def _spooled(service: Service, channel: Channel, body: bytes) -> bool:
    try:
        await service.spool.append(channel.name, body)
    except OSError as error:
        log.error("delivery_not_spooled", error=type(error).__name__, code=error.errno)
        return False
    return True


async def _drain_segment(service: Service, segment: Path) -> bool:
    set_aside = stored = 0
    for lines in _steps(segment):
        try:
            async with asyncio.timeout(STEP_PATIENCE):
                bad = await _store_lines(service, lines)
        except (SQLAlchemyError, OSError) as error:
            # Lines of this segment that were stored are known by their ids when it is drained again.
            log.warning("spool_waits", error=type(error).__name__)
            found = await service.stubborn_lines.store_singly(
                lines, partial(_store_lines, service), partial(_can_write, service)
            )
            if found is None:
                return False
            bad = found
        if bad:
            log.error("spool_lines_set_aside", count=len(bad))
            await asyncio.to_thread(service.spool.set_aside, bad)
        set_aside, stored = set_aside + len(bad), stored + len(lines) - len(bad)
        service.spool_first_until = time.monotonic() + TRY_AGAIN  # the rest is on its way: nobody overtakes it
        service.wake_inbox()
    segment.unlink()
    log.info("spool_drained", stored=stored, set_aside=set_aside)
    return True


async def _can_write(service: Service) -> bool:
    try:
        async with asyncio.timeout(service.settings.storage_timeout), service.database.transaction() as session:
            await say_alive(session, service.process)
    except (SQLAlchemyError, OSError):
        return False
    return True


def _steps(segment: Path) -> Iterator[list[bytes]]:
    step: list[bytes] = []
    with segment.open("rb") as file:
        for line in filter(bytes.strip, file):
            step.append(line)
            if len(step) >= STEP_LINES or sum(map(len, step)) >= STEP_BYTES:
                yield step
                step = []
    if step:
        yield step


async def _store_lines(service: Service, lines: list[bytes]) -> list[bytes]:
    """Store lines in one transaction; returns those that can never be stored.

    All together, as cheaply as what arrives, or a spool that was begun under a load would never end. Where something is
    wrong with one of them, each by itself.
    """
    try:
        async with service.database.transaction() as session:
            await store_deliveries(session, service.keyring, [_opened(service, line) for line in lines])
    except (DataError, IntegrityError):
        pass
    except (SQLAlchemyError, OSError):
        raise  # the database's own trouble, and no fault of a line
    except Exception:  # noqa: BLE001, S110  # whatever a body provokes is told where it is alone
        pass
    else:
        return []
    return await _store_each(service, lines)


def _opened(service: Service, line: bytes) -> tuple[Channel, bytes]:
    """Channel and body of a line. Raises `ValueError` where it does not open, `KeyError` for a channel that is gone."""
    delivery = service.spool.open_line(line)
    if delivery is None:
        raise ValueError("The line does not open.")
    return service.channels[delivery.channel], delivery.body


async def _store_each(service: Service, lines: list[bytes]) -> list[bytes]:
    """Store lines in one transaction, each in a savepoint; returns those that can never be stored."""
    bad = []
    async with service.database.transaction() as session:
        for line in lines:
            try:
                opened = _opened(service, line)
            except (ValueError, KeyError):
                bad.append(line)
                continue
            try:
                async with session.begin_nested():
                    await store_delivery(session, service.keyring, *opened)
            except (DataError, IntegrityError) as error:
                log.error("spool_line_not_stored", exc_info=error)
                bad.append(line)
            except (SQLAlchemyError, OSError):
                raise  # the database's own trouble, and no fault of the line
            except Exception as error:  # whatever a body provokes, the lines behind it go on
                log.error("spool_line_not_stored", exc_info=error)
                bad.append(line)
    return bad
