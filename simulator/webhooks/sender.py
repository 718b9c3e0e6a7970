"""Sends webhooks as Meta does: signed, in batches when the faults say so, again until one is answered 200."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx2

from simulator.core.clock import Clock
from simulator.core.config import SimulatorConfig
from simulator.core.faults import FaultInjector
from simulator.core.traffic_log import Direction, TrafficLog
from simulator.webhooks.whatsapp_bodies import Value, envelope, signature, to_bytes

# Several updates as one body, in one of the ways in which the platform writes them.
Envelope = Callable[[list[Value], int], dict[str, Any]]
USER_AGENT = "facebookexternalua"
CONNECTIONS = 50


@dataclass(frozen=True)
class Update:
    """One update on its way; `on_accepted` is called once, when the webhook has answered 200."""

    value: Value
    on_accepted: Callable[[], None]


class WebhookSender:
    """Delivers updates, many at once; order is not promised, as with Meta."""

    def __init__(
        self,
        config: SimulatorConfig,
        clock: Clock,
        faults: FaultInjector,
        traffic: TrafficLog,
        transport: httpx2.AsyncBaseTransport | None = None,
        wrap: Envelope | None = None,
    ) -> None:
        self._wrap = wrap or partial(envelope, config)
        self._config, self._clock, self._faults, self._traffic, self._transport = (
            config,
            clock,
            faults,
            traffic,
            transport,
        )
        self._client: httpx2.AsyncClient | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._batch: list[Update] = []
        self._flush: asyncio.Task[None] | None = None
        self._bodies = 0
        self.given_up = 0

    def send(self, value: Value, on_accepted: Callable[[], None] = lambda: None) -> None:
        """Take an update; it goes out at once, later or together with others, as the faults say."""
        update = Update(value, on_accepted)
        if self._faults.current.batch_size == 1:
            self._start([update])
            return
        self._batch.append(update)
        if len(self._batch) >= self._faults.current.batch_size:
            self._send_batch()
        elif self._flush is None:
            self._flush = asyncio.create_task(self._send_batch_later())

    @property
    def busy(self) -> bool:
        """Whether anything is still on its way."""
        return bool(self._tasks or self._batch)

    async def handshake(self, verify_token: str) -> bool:
        """Register the webhook as Meta does: a GET whose challenge must come back with 200."""
        query = {"hub.mode": "subscribe", "hub.verify_token": verify_token, "hub.challenge": "1158201444"}
        try:
            answer = await self._http().get(self._config.webhook_url, params=query)
        except httpx2.HTTPError:
            return False
        return answer.status_code == 200 and answer.text == query["hub.challenge"]

    async def close(self) -> None:
        """Stop; what was not delivered is lost."""
        tasks = [*self._tasks, *([self._flush] if self._flush else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _send_batch_later(self) -> None:
        await asyncio.sleep(self._faults.current.batch_wait)
        self._flush = None
        self._send_batch()

    def _send_batch(self) -> None:
        if self._flush is not None:
            self._flush.cancel()
            self._flush = None
        batch, self._batch = self._batch, []
        if batch:
            self._start(batch)

    def _start(self, updates: list[Update]) -> None:
        for _ in range(2 if self._faults.duplicates() else 1):
            task = asyncio.create_task(self._deliver(updates))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _deliver(self, updates: list[Update]) -> None:
        await asyncio.sleep(self._faults.waits())
        self._bodies += 1
        body = self._wrap([update.value for update in updates], self._bodies % 3 if len(updates) > 1 else 0)
        content = to_bytes(body)
        for attempt, pause in enumerate((None, *self._config.retry_pauses), 1):
            if pause is not None:
                await asyncio.sleep(pause)
            if await self._attempt(body, content, attempt):
                for update in updates:
                    update.on_accepted()
                return
        self.given_up += 1

    async def _attempt(self, body: dict[str, object], content: bytes, attempt: int) -> bool:
        headers = {
            "Content-Type": "application/json",
            "User-Agent": USER_AGENT,
            "X-Hub-Signature-256": signature(self._config.app_secret, content),
        }
        at, begun = self._clock.now(), time.perf_counter()
        status: int | None = None
        try:
            response = await self._http().post(self._config.webhook_url, content=content, headers=headers)
            status, answer = response.status_code, response.text[:2000]
        except httpx2.HTTPError as error:
            answer = f"{type(error).__name__}: {error}"
        self._traffic.add(Direction.WEBHOOK, at, body, status, answer, time.perf_counter() - begun, attempt)
        return status == 200

    def _http(self) -> httpx2.AsyncClient:
        if self._client is None:
            self._client = httpx2.AsyncClient(
                transport=self._transport,
                timeout=self._config.webhook_timeout,
                limits=httpx2.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS),
                trust_env=False,
            )
        return self._client
