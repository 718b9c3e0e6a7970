"""Webhooks of Meta's platforms, the short way: a delivery that is in order is stored and answered at once.

The middleware and FastAPI cost more than the look at a delivery, and most requests are deliveries. The short way takes
only what they would let pass: one known host, a plain body of a declared length within the limit, a true signature.
Everything else, and every error, goes the long way as it came, so that there is one place where each refusal is made.
"""

import time
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from starlette.types import Message, Receive, Scope, Send

from gateway.channels.base import Channel, ChannelsContext
from gateway.channels.webhooks import FAILED, PLATFORMS
from gateway.core.config.settings import Settings
from gateway.core.http.headers import security_headers
from gateway.core.http.hosts import host_name, our_hosts
from gateway.core.metrics import count_request, requests_under_way

_SIGNATURE, _LENGTH, _HOST = b"x-hub-signature-256", b"content-length", b"host"
_ONCE = frozenset({_SIGNATURE, _LENGTH, _HOST})
# What changes how a body is read.
_UNUSUAL = frozenset({b"content-encoding", b"transfer-encoding", b"expect", b"upgrade"})
_LONGEST_LENGTH = 9  # digits


class Gateway(FastAPI):
    """The application with this door before its middleware."""

    def __init__(self, settings: Settings, **options: Any) -> None:
        super().__init__(**options)
        self._hosts, self._limit = our_hosts(settings), settings.webhook_size_limit
        self._platforms = {f"/webhooks/{name}": name for name in PLATFORMS}
        in_production = settings.environment == "production"
        self._headers = [(b"content-length", b"0"), *security_headers(strict_transport=in_production)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "http" and scope["path"] in self._platforms and scope["method"] == "POST":
            came = _Came(receive)
            if await self._stored(scope, came, send):
                return
            receive = came.again
        await super().__call__(scope, receive, send)

    async def _stored(self, scope: Scope, came: "_Came", send: Send) -> bool:
        """Whether the delivery was in order and is stored and answered."""
        channel, length, signature = self._read_head(scope)
        if channel is None:
            return False
        began = time.perf_counter()
        body = await came.whole(length)
        if body is None or not channel.verify(signature, body):
            return False
        with requests_under_way():
            try:
                await self._service.receive(channel, body)
            except Exception as error:  # noqa: BLE001  # raised again where every error is answered
                scope[FAILED] = error
                return False
            seconds = time.perf_counter() - began
            await send({"type": "http.response.start", "status": 200, "headers": [*self._headers]})
            await send({"type": "http.response.body", "body": b""})
        count_request("POST", scope["path"], 200, seconds)
        return True

    def _read_head(self, scope: Scope) -> tuple[Channel | None, int, Mapping[str, str]]:
        """The channel, the length of the body and its signature; no channel where anything is unusual."""
        refused: tuple[None, int, Mapping[str, str]] = None, 0, {}
        found: dict[bytes, bytes] = {}
        for name, value in scope["headers"]:
            if name in _UNUSUAL or name in found:
                return refused
            if name in _ONCE:
                found[name] = value
        if (
            len(found) < len(_ONCE)
            or scope["query_string"]
            or host_name(found[_HOST].decode("latin-1")) not in self._hosts
        ):
            return refused
        length = found[_LENGTH]
        if not length.isdigit() or len(length) > _LONGEST_LENGTH or int(length) > self._limit:
            return refused
        channel = self._service.channels.get(self._platforms[scope["path"]])
        return channel, int(length), {_SIGNATURE.decode(): found[_SIGNATURE].decode("latin-1")}

    @property
    def _service(self) -> ChannelsContext:
        service: ChannelsContext = self.state.service
        return service


class _Came:
    """What has come of a request, for whoever must read it again."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._messages: list[Message] = []

    async def whole(self, length: int) -> bytes | None:
        """The body; None where it has another length or ends early."""
        parts, size, more = [], 0, True
        while more:
            message = await self._receive()
            self._messages.append(message)
            if message["type"] != "http.request":
                return None
            parts.append(message.get("body", b""))
            size, more = size + len(parts[-1]), message.get("more_body", False)
            if size > length:
                return None
        return b"".join(parts) if size == length else None

    async def again(self) -> Message:
        """The same from its beginning."""
        return self._messages.pop(0) if self._messages else await self._receive()
