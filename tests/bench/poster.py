"""A sender of webhooks that costs little itself: HTTP/1.1 on kept connections, no more than the measurement needs."""

import asyncio
import contextlib
import time
from collections.abc import Mapping

FRESH = 3.0  # seconds; the gateway closes connections that nobody has used for five


class Poster:
    """Posts bodies to one address; as many at once as are wanted, each on a connection of its own."""

    def __init__(self, port: int, path: str, host: str = "127.0.0.1") -> None:
        self._host, self._port = host, port
        self._head = f"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\n"
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._used: dict[asyncio.StreamWriter, float] = {}

    async def post(self, content: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """The status and the body of the answer; raises `OSError` or `asyncio.IncompleteReadError` when none came."""
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        request = f"{self._head}{lines}Content-Length: {len(content)}\r\n\r\n".encode() + content
        reader, writer = self._kept() or await asyncio.open_connection(self._host, self._port)
        try:
            writer.write(request)
            status, size = _read_head(await reader.readuntil(b"\r\n\r\n"))
            body = await reader.readexactly(size)
        except BaseException:
            writer.close()
            raise
        self._idle.append((reader, writer))
        self._used[writer] = time.monotonic()
        return status, body

    def _kept(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        while self._idle:
            reader, writer = self._idle.pop()
            if time.monotonic() - self._used.pop(writer) < FRESH:
                return reader, writer
            writer.close()
        return None

    async def close(self) -> None:
        """Give the connections back."""
        for _, writer in self._idle:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
        self._idle.clear()


def _read_head(head: bytes) -> tuple[int, int]:
    first, *lines = head.decode("latin-1").split("\r\n")
    sizes = [line.partition(":")[2] for line in lines if line.lower().startswith("content-length:")]
    return int(first.split()[1]), int(sizes[0]) if sizes else 0
