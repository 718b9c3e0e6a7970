"""The action server's door, in a process of its own: nobody passes without the token, nor does it start without one."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from tests.worlds.ports import free_port

PROJECT = Path(__file__).resolve().parents[2]
TOKEN = "the-token-of-this-test"
ASK = build_opener(ProxyHandler({})).open


def started(port: int, **variables: str) -> subprocess.Popen[bytes]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NEUVO_")}
    command = [sys.executable, "-W", "ignore", "-m", "actions.serve", "--port", str(port)]
    return subprocess.Popen(command, cwd=PROJECT, env={**kept, **variables}, stderr=subprocess.PIPE)


def status(request: Request) -> int:
    try:
        with ASK(request, timeout=20) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    free = free_port()
    process = started(free, NEUVO_RASA_TOKEN=TOKEN)
    try:
        for _ in range(300):
            assert process.poll() is None
            try:
                assert status(Request(f"http://127.0.0.1:{free}/health")) == 200
                break
            except URLError:
                time.sleep(0.2)
        else:
            pytest.fail("The action server does not answer.")
        yield free
    finally:
        process.terminate()
        process.communicate(timeout=30)


@pytest.mark.parametrize("path", ["webhook", "actions"])
@pytest.mark.parametrize("token", [None, "", "wrong", f"{TOKEN}x", TOKEN.upper()])
def test_without_the_token_nothing_is_said(port: int, path: str, token: str | None) -> None:
    query = "" if token is None else f"?token={token}"
    body = json.dumps({"next_action": "action_describe_service"}).encode() if path == "webhook" else None

    assert status(Request(f"http://127.0.0.1:{port}/{path}{query}", data=body)) == 401


def test_with_the_token_the_actions_are_named(port: int) -> None:
    assert status(Request(f"http://127.0.0.1:{port}/actions?token={TOKEN}")) == 200


def test_without_a_token_of_its_own_it_does_not_start() -> None:
    process = started(1)
    _, said = process.communicate(timeout=60)

    assert process.returncode == 1
    assert b"NEUVO_RASA_TOKEN is missing" in said
