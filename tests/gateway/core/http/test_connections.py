"""Checks of slow clients: the real server, as the listener configures it, against raw sockets that dawdle."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx2
import pytest
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse

from gateway.core.config.settings import Settings
from gateway.core.http.bodies import BodyLimits
from gateway.core.http.connections import ConnectionLimits, GuardedProtocol, protocol_with
from gateway.core.http.open_connections import OpenConnections
from gateway.core.networks import read_networks
from gateway.server import KEEP_ALIVE, MAX_CONNECTIONS, configuration
from tests.worlds.road import free_port

pytestmark = pytest.mark.anyio
SHORT = ConnectionLimits(head=0.4, request=0.9, answer=0.6, head_bytes=4096)
ENOUGH = 30.0  # seconds until a hanging test fails
IN_TIME = 15.0  # the limit that a test is not about is a minute: what is nearer to this was the right one
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def application() -> FastAPI:
    """A door that reads a body, and one that answers without end."""
    app = FastAPI()
    app.add_middleware(BodyLimits, limit=1_000_000)

    @app.post("/size")
    async def size(request: Request) -> int:
        return len(await request.body())

    @app.get("/endless")
    async def endless() -> StreamingResponse:
        async def pieces() -> AsyncIterator[bytes]:
            while True:
                yield b"x" * 65536
                await asyncio.sleep(0)

        return StreamingResponse(pieces())

    return app


@contextlib.asynccontextmanager
async def door(limits: ConnectionLimits = SHORT, connections: OpenConnections | None = None) -> AsyncIterator[int]:
    port = free_port()
    app = application()
    chosen = configuration(app, Settings(port=port), limits)
    if connections is not None:
        chosen.http = protocol_with(limits, connections)
    server = uvicorn.Server(chosen)
    task = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield port
    finally:
        server.should_exit = True
        await task


async def said(connection: Connection) -> bytes:
    """What comes until the other side ends the connection."""
    try:
        async with asyncio.timeout(ENOUGH):
            return await connection[0].read()
    except ConnectionResetError:
        return b""
    finally:
        connection[1].close()


async def drip(writer: asyncio.StreamWriter, piece: bytes, pause: float = 0.1) -> None:
    """One piece after the other, for ever."""
    with contextlib.suppress(ConnectionError):
        while True:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)


async def closes_in_spite_of(port: int, begin: bytes, piece: bytes) -> tuple[bytes, float]:
    """How a connection ends that begins so and goes on piece by piece, and after how many seconds."""
    connection = await asyncio.open_connection("127.0.0.1", port)
    began = time.monotonic()
    connection[1].write(begin)
    dripping = asyncio.create_task(drip(connection[1], piece))
    try:
        return await said(connection), time.monotonic() - began
    finally:
        dripping.cancel()
        connection[1].close()


async def test_a_head_that_never_ends_is_ended() -> None:
    async with door(replace(SHORT, request=60)) as port:
        answer, seconds = await closes_in_spite_of(port, b"GET /size HTTP/1.1\r\nHost: localhost\r\n", b"X: y\r\n")

    assert answer.startswith(b"HTTP/1.1 408")
    assert seconds < IN_TIME


async def test_a_body_that_never_ends_is_ended() -> None:
    head = b"POST /size HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000\r\n\r\n"
    async with door() as port:
        answer, seconds = await closes_in_spite_of(port, head, b"x")

    assert answer.startswith(b"HTTP/1.1 408")
    assert 0.7 < seconds < IN_TIME


async def test_a_body_that_nobody_reads_does_not_hold_the_connection_either() -> None:
    head = b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000\r\n\r\n"
    async with door() as port:
        answer, seconds = await closes_in_spite_of(port, head, b"x")

    assert answer.startswith(b"HTTP/1.1 404")
    assert seconds < IN_TIME


async def test_a_second_request_of_a_connection_must_come_whole_too() -> None:
    first = b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n"
    async with door(replace(SHORT, request=60)) as port:
        answer, seconds = await closes_in_spite_of(port, first + b"GET /size HTT", b"")

    assert answer.count(b"HTTP/1.1 ") == 2
    assert b"HTTP/1.1 408" in answer
    assert seconds < IN_TIME


async def test_who_says_nothing_is_told_nothing_and_goes() -> None:
    async with door() as port:
        connection = await asyncio.open_connection("127.0.0.1", port)
        assert await said(connection) == b""


async def test_a_head_without_bounds_is_refused_before_it_fills_the_memory() -> None:
    async with door(ConnectionLimits(head=60, request=60, head_bytes=4096)) as port:
        answer, seconds = await closes_in_spite_of(port, b"GET / HTTP/1.1\r\nX: ", b"y" * 2048)

    assert answer.startswith(b"HTTP/1.1 431")
    assert seconds < IN_TIME


async def test_who_takes_no_answer_does_not_keep_it_waiting() -> None:
    async with door() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
        writer.write(b"GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await asyncio.sleep(SHORT.answer + 1.0)
        with contextlib.suppress(ConnectionResetError):  # what had been sent may be read, then it ends
            async with asyncio.timeout(ENOUGH):
                while await reader.read(1 << 20):
                    pass
        writer.close()


async def test_while_two_hundred_dawdle_others_are_served() -> None:
    async with door() as port, httpx2.AsyncClient(trust_env=False) as client:
        slow = [await asyncio.open_connection("127.0.0.1", port) for _ in range(200)]
        for _, writer in slow:
            writer.write(b"POST /size HTTP/1.1\r\nHost: localhost\r\nContent-Le")
        began = time.monotonic()
        answer = await client.post(f"http://127.0.0.1:{port}/size", content=b"x" * 500_000)
        seconds = time.monotonic() - began
        ends = await asyncio.gather(*(said(each) for each in slow))

    assert (answer.status_code, answer.json()) == (200, 500_000)
    assert seconds < IN_TIME
    # Who still wrote when the door was shut may get a reset instead of the words.
    assert b"HTTP/1.1 408" in {end[:12] for end in ends} <= {b"HTTP/1.1 408", b""}


async def test_who_is_merely_slow_is_served() -> None:
    async with door(ConnectionLimits(head=2, request=3)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for piece in (
            b"POST /size HTTP/1.1\r\n",
            b"Host: localhost\r\nConnection: close\r\n",
            b"Content-Length: 3\r\n\r\n",
        ):
            writer.write(piece)
            await asyncio.sleep(0.2)
        for piece in (b"a", b"b", b"c"):
            writer.write(piece)
            await asyncio.sleep(0.1)
        answer = await said((reader, writer))

    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"3")


def test_the_listener_bounds_connections_and_their_rest() -> None:
    chosen = configuration(application(), Settings())

    assert chosen.limit_concurrency == MAX_CONNECTIONS
    assert chosen.timeout_keep_alive == KEEP_ALIVE
    assert isinstance(chosen.http, type)
    assert issubclass(chosen.http, GuardedProtocol)
    assert chosen.http.limits == ConnectionLimits()


REQUEST = b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n"


async def test_a_large_head_in_one_piece_is_refused_before_the_application_sees_it() -> None:
    head = b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 5000 + b"\r\n\r\n"
    async with door(ConnectionLimits(head_bytes=4096)) as port:
        connection = await asyncio.open_connection("127.0.0.1", port)
        connection[1].write(head + REQUEST)
        answer = await said(connection)

    assert answer.startswith(b"HTTP/1.1 431")
    assert b"404" not in answer


async def answered(port: int) -> Connection:
    """A connection that has had an answer and is kept open."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(REQUEST)
    async with asyncio.timeout(ENOUGH):
        await reader.readuntil(b"}")
    return reader, writer


async def test_idle_connections_of_one_address_give_way_and_do_not_close_the_door() -> None:
    async with door(connections=OpenConnections(of_address=20)) as port:
        idle = [await answered(port) for _ in range(60)]
        newest = await answered(port)
        async with asyncio.timeout(ENOUGH):
            assert await idle[0][0].read() == b""  # the oldest was closed for another
        newest[1].write(REQUEST)
        async with asyncio.timeout(ENOUGH):
            assert (await newest[0].readuntil(b"}")).startswith(b"HTTP/1.1 404")
        for _, writer in (*idle, newest):
            writer.close()


async def test_whoever_is_busy_with_as_many_connections_as_an_address_may_have_is_refused_one_more() -> None:
    async with door(ConnectionLimits(), OpenConnections(of_address=5)) as port:
        busy = [await asyncio.open_connection("127.0.0.1", port) for _ in range(5)]
        for _, writer in busy:
            writer.write(b"POST /size HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n")
        await asyncio.sleep(0.3)
        one_more = await asyncio.open_connection("127.0.0.1", port)
        assert (await said(one_more)).startswith(b"HTTP/1.1 429")
        for _, writer in busy:
            writer.close()


async def test_when_the_process_is_full_who_has_most_makes_room_and_proxies_have_no_limit_of_their_own() -> None:
    closed = []

    class One:
        is_idle = True

        def __init__(self, name: str) -> None:
            self.name = name

        def close_idle(self) -> None:
            closed.append(self.name)

    connections = OpenConnections(read_networks("10.0.0.0/24"), of_address=5, of_process=10)
    assert all(connections.add(One(f"proxy {number}"), "10.0.0.9") for number in range(8))
    assert all(connections.add(One(f"{place} {number}"), f"192.0.2.{place}") for place in (1, 2) for number in range(2))

    assert closed == ["proxy 0", "proxy 1"]
