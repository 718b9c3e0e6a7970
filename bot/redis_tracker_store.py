"""Dialogue: the talks in Redis, for several machines that share them; bounded as those in memory are."""

import os
import time
from typing import Any, Final

import structlog
from rasa.core.brokers.broker import EventBroker
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException
from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.tracker_store import BoundedTrackerStore

log = structlog.get_logger()

_TALK: Final = "neuvo:talk:"
# Every talk by the moment of its last message, so that the longest untouched is found when there are too many.
_INDEX: Final = "neuvo:talks"
# Redis is beside us; a citizen must not wait for one that is not.
_PATIENCE: Final = 0.5


class RedisTrackerStore(BoundedTrackerStore):
    """The same bounds in turns, events, idle time and number; whichever Rasa is asked finds the talk.

    The address comes as NEUVO_REDIS_URL. No word of a citizen is in it, and a talk expires by itself. While Redis does
    not answer, talks go on in this process alone. One message of a talk at a time is the gateway's to see to.
    """

    def __init__(
        self,
        domain: Domain | None,
        event_broker: EventBroker | None = None,
        address: str | None = None,
        **bounds: Any,
    ) -> None:
        super().__init__(domain, event_broker, **bounds)
        address = address or os.environ.get("NEUVO_REDIS_URL")
        if not address:
            raise RasaException("NEUVO_REDIS_URL is missing; set it or use bot.tracker_store.BoundedTrackerStore.")
        self._redis: Redis[bytes] = Redis.from_url(address, socket_timeout=_PATIENCE, socket_connect_timeout=_PATIENCE)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Keep what the next message needs, here and there; a talk that ends with a restart is forgotten."""
        await super().save(tracker)
        _, stored = self._shelf.get(tracker.sender_id, (0.0, None))
        try:
            if stored is None:
                await self._forget([tracker.sender_id])
            else:
                await self._keep(tracker.sender_id, stored)
        except (RedisError, OSError) as error:
            log.error("talk_not_shared", error=type(error).__name__)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The talk as it was saved last, by whichever process; this process's own while Redis does not answer."""
        try:
            stored = await self._redis.get(_TALK + sender_id)
        except (RedisError, OSError) as error:
            log.error("talk_not_found", error=type(error).__name__)
            return await super().retrieve(sender_id)
        return self._opened(sender_id, stored.decode()) if stored is not None else None

    async def close(self) -> None:
        """Give the connections back; Rasa itself never asks."""
        await self._redis.close()
        await self._redis.connection_pool.disconnect()

    async def _keep(self, talk: str, stored: str) -> None:
        moment = time.time()
        async with self._redis.pipeline(transaction=True) as steps:
            steps.set(_TALK + talk, stored, px=int(self._idle_seconds * 1000))
            steps.zadd(_INDEX, {talk: moment})
            steps.zremrangebyscore(_INDEX, "-inf", moment - self._idle_seconds)
            steps.zcard(_INDEX)
            *_, count = await steps.execute()
        if count > self._conversations:
            longest = await self._redis.zrange(_INDEX, 0, count - self._conversations - 1)
            await self._forget([name.decode() for name in longest])

    async def _forget(self, talks: list[str]) -> None:
        async with self._redis.pipeline(transaction=True) as steps:
            steps.delete(*(_TALK + talk for talk in talks))
            steps.zrem(_INDEX, *talks)
            await steps.execute()
