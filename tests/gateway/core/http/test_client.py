"""Checks of the client of the road: kept connections, and the exact word on whether a request may be repeated."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest

from gateway.core.http.client import JsonClient, NoAnswer, NotSent
from gateway.core.tls import ssl_context
from tests.worlds.ports import free_port

pytestmark = pytest.mark.anyio
Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]
OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"


async def request_of(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    return head + await reader.readexactly(length)


@contextlib.asynccontextmanager
async def served(behaviour: Behaviour, timeout: float = 5.0) -> AsyncIterator[JsonClient]:
    async def handled(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                await behaviour(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(handled, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    headers = {"Authorization": "Bearer x"}
    client = JsonClient(
        f"http://127.0.0.1:{port}/v25.0", headers, timeout=timeout, connect_timeout=1.0, tls=ssl_context()
    )
    try:
        yield client
    finally:
        await client.close()
        await asyncio.sleep(0.05)  # both sides have noticed
        server.close()


async def test_a_request_goes_as_json_below_the_base_and_its_connection_is_kept() -> None:
    seen: list[tuple[int, bytes]] = []

    async def answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            seen.append((id(writer), await request_of(reader)))
            writer.write(OK + b"content-length: 11\r\n\r\n" + b'{"id": "1"}')

    async with served(answers) as client:
        first = await client.post("1/messages", {"text": "moi ä"})
        second = await client.post("1/messages", {})

    assert (first.status, first.json(), second.is_success) == (200, {"id": "1"}, True)
    assert seen[0][0] == seen[1][0]
    assert seen[0][1].startswith(b"POST /v25.0/1/messages HTTP/1.1\r\nhost: 127.0.0.1:")
    assert b"Authorization: Bearer x\r\n" in seen[0][1]
    assert seen[0][1].endswith('{"text":"moi ä"}'.encode())


async def test_an_answer_in_chunks_and_in_small_pieces_is_whole() -> None:
    async def answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        for byte in OK + b"transfer-encoding: chunked\r\n\r\n5\r\n[1,2,\r\n2\r\n3]\r\n0\r\n\r\n":
            writer.write(bytes([byte]))
            await asyncio.sleep(0)

    async with served(answers) as client:
        assert (await client.post("x", {})).json() == [1, 2, 3]


async def test_where_nobody_listens_nothing_was_sent() -> None:
    base = f"http://127.0.0.1:{free_port()}"
    client = JsonClient(base, {}, timeout=1.0, connect_timeout=1.0, tls=ssl_context())

    with pytest.raises(NotSent):
        await client.post("x", {})


@pytest.mark.parametrize("before", [b"", OK, OK + b"content-length: 10\r\n\r\n1234"], ids=["silent", "head", "half"])
async def test_a_connection_that_ends_before_the_answer_may_have_carried_the_request(before: bytes) -> None:
    async def ends(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        writer.write(before)

    async with served(ends) as client:
        with pytest.raises(NoAnswer) as failed:
            await client.post("x", {})
    assert not failed.value.is_late


async def test_an_answer_that_takes_too_long_is_late_and_its_connection_is_not_used_again() -> None:
    connections: list[object] = []

    async def dawdles(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        await request_of(reader)
        if len(connections) == 1:
            await asyncio.sleep(1)
        writer.write(OK + b"content-length: 2\r\n\r\n{}")
        await request_of(reader)

    async with served(dawdles, timeout=0.2) as client:
        with pytest.raises(NoAnswer) as failed:
            await client.post("x", {})
        assert (await client.post("x", {})).status == 200
    assert failed.value.is_late
    assert len(connections) == 2


async def test_who_is_cancelled_leaves_no_half_answer_to_the_next() -> None:
    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            asked = await request_of(reader)
            await asyncio.sleep(0.1)
            writer.write(OK + b"content-length: 3\r\n\r\n" + asked[-2:-1].rjust(3))

    async with served(slow) as client:
        first = asyncio.create_task(client.post("x", {"a": 1}))
        await asyncio.sleep(0.05)
        first.cancel()
        answer = await client.post("x", {"a": 2})
    assert answer.body.strip() == b"2"


async def test_a_connection_that_the_server_has_closed_meanwhile_is_not_used() -> None:
    count = 0

    async def closes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal count
        count += 1
        await request_of(reader)
        writer.write(OK + b"content-length: 2\r\n\r\n{}")

    async with served(closes) as client:
        for _ in range(3):
            assert (await client.post("x", {})).is_success
            await asyncio.sleep(0.05)
    assert count == 3


@pytest.mark.parametrize("path", ["a\r\nx-evil: 1", "a b\n", "ä"])
async def test_no_path_becomes_a_header(path: str) -> None:
    client = JsonClient("http://127.0.0.1:9", {}, timeout=1.0, connect_timeout=1.0, tls=ssl_context())

    with pytest.raises(ValueError, match="do not belong"):
        await client.post(path, {})
