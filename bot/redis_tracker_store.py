"""Dialogue: the tracker store in Redis, shared by several machines and bounded as the one in memory."""

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

_KEY_PREFIX: Final = "neuvo:conversation:"
# Every conversation by the timestamp of its last message, to evict the least recently used.
_INDEX: Final = "neuvo:conversations"
# Redis is local; a citizen must not wait for one that does not answer.
_TIMEOUT_SECONDS: Final = 0.5


class RedisTrackerStore(BoundedTrackerStore):
    """The same bounds in turns, events, idle time and number; every Rasa process finds the conversation.

    The address comes as NEUVO_REDIS_URL. No text of a citizen is in it, and a
    conversation expires by itself. While Redis does not answer, conversations continue in this process alone. The
    gateway sends one message of a conversation at a time.
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
        self._redis: Redis[bytes] = Redis.from_url(
            address, socket_timeout=_TIMEOUT_SECONDS, socket_connect_timeout=_TIMEOUT_SECONDS
        )

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Keep what the next message needs, here and in Redis; a conversation that ends with a restart is deleted."""
        await super().save(tracker)
        _, stored = self._trackers.get(tracker.sender_id, (0.0, None))
        try:
            if stored is None:
                await self._delete([tracker.sender_id])
            else:
                await self._store(tracker.sender_id, stored)
        except (RedisError, OSError) as error:
            log.error("conversation_not_shared", error=type(error).__name__)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The conversation as last saved by any process; this process's own while Redis does not answer."""
        try:
            stored = await self._redis.get(_KEY_PREFIX + sender_id)
        except (RedisError, OSError) as error:
            log.error("conversation_not_found", error=type(error).__name__)
            return await super().retrieve(sender_id)
        return self._deserialized(sender_id, stored.decode()) if stored is not None else None

    async def close(self) -> None:
        """Close the connections; Rasa itself never does."""
        await self._redis.close()
        await self._redis.connection_pool.disconnect()

    async def _store(self, conversation_id: str, stored: str) -> None:
        timestamp = time.time()
        async with self._redis.pipeline(transaction=True) as pipeline:
            pipeline.set(_KEY_PREFIX + conversation_id, stored, px=int(self._idle_seconds * 1000))
            pipeline.zadd(_INDEX, {conversation_id: timestamp})
            pipeline.zremrangebyscore(_INDEX, "-inf", timestamp - self._idle_seconds)
            pipeline.zcard(_INDEX)
            *_, count = await pipeline.execute()
        if count > self._conversations:
            oldest = await self._redis.zrange(_INDEX, 0, count - self._conversations - 1)
            await self._delete([name.decode() for name in oldest])

    async def _delete(self, conversation_ids: list[str]) -> None:
        async with self._redis.pipeline(transaction=True) as pipeline:
            pipeline.delete(*(_KEY_PREFIX + conversation_id for conversation_id in conversation_ids))
            pipeline.zrem(_INDEX, *conversation_ids)
            await pipeline.execute()
