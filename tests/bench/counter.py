"""The smallest stand-in for Graph, for measurements: accepts every reply, reports three statuses, keeps the moments."""

import asyncio
import itertools
import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from tests.worlds import whatsapp_bodies as bodies

STATUSES = ("sent", "delivered", "read")
BETWEEN = 0.1  # seconds from one status to the next


class Counting:
    """An ASGI application; `report` carries the statuses to the webhook, each in a body of its own.

    `replied` calls back with the citizen's number at each reply.
    """

    def __init__(self, report: Callable[[bytes], Awaitable[None]], replied: Callable[[str], None]) -> None:
        self._report = report
        self._listeners = [replied]
        self._ids = itertools.count()
        self.sent: Counter[str] = Counter()  # by our own id of each reply
        self.last_at = 0.0
        self.tasks: set[asyncio.Task[None]] = set()

    def listen(self, replied: Callable[[str], None]) -> None:
        """Call back at each reply too."""
        self._listeners.append(replied)

    @property
    def doubled(self) -> int:
        """Replies that came more than once."""
        return sum(count - 1 for count in self.sent.values())

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request of the gateway."""
        content, more = b"", True
        while more:
            part = await receive()
            content, more = content + part.get("body", b""), part.get("more_body", False)
        answer = self._answer(json.loads(content), scope["path"].split("/")[-2])
        body = json.dumps(answer).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _answer(self, asked: dict[str, Any], number: str) -> dict[str, Any]:
        if "recipient" in asked:
            return self._answer_of_page(asked)
        if "to" not in asked:
            return {"success": True}  # blue ticks and "typing…"
        wamid = f"wamid.OUT{next(self._ids)}"
        self.sent[asked["biz_opaque_callback_data"]] += 1
        self.last_at = time.perf_counter()
        for replied in self._listeners:
            replied(asked["to"].lstrip("+"))
        task = asyncio.create_task(self._tell(wamid, asked, number))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return {"messages": [{"id": wamid}]}

    def _answer_of_page(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Messenger and Instagram; nobody there reports what became of it."""
        person = asked["recipient"]["id"]
        if "message" not in asked:
            return {"recipient_id": person}  # "seen" and "typing…"
        for replied in self._listeners:
            replied(person)
        return {"recipient_id": person, "message_id": f"m_OUT{next(self._ids)}"}

    async def _tell(self, wamid: str, asked: dict[str, Any], number: str) -> None:
        for name in STATUSES:
            await asyncio.sleep(BETWEEN)
            reference = asked["biz_opaque_callback_data"]
            one = bodies.status(name, wamid, recipient_id=asked["to"].lstrip("+"), biz_opaque_callback_data=reference)
            await self._report(bodies.body(statuses=(one,), number=number))
