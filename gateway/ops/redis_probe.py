"""Operations, Redis: whether it answers. The gateway itself keeps nothing there; Rasa keeps its talks."""

import asyncio
from urllib.parse import urlsplit

from gateway.core.tls import ssl_context

PONG = "+PONG"


async def ping_redis(url: str, seconds: float) -> str:
    """The answer to PING: `PONG`, or Redis's own error. Raises `OSError`, or `TimeoutError` after so many seconds."""
    parts = urlsplit(url)
    login = f"AUTH {parts.username or 'default'} {parts.password}\r\n" if parts.password else ""
    async with asyncio.timeout(seconds):
        reader, writer = await asyncio.open_connection(
            parts.hostname or "127.0.0.1", parts.port or 6379, ssl=ssl_context() if parts.scheme == "rediss" else None
        )
        try:
            writer.write(f"{login}PING\r\n".encode())
            answers = [await reader.readline() for _ in range(2 if login else 1)]
        finally:
            writer.close()
    return answers[-1].decode("ascii", "replace").strip()
