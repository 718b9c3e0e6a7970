"""Checks that no secret of the service is ever said: in no page, error, log line, metric, header or representation."""

import json
import logging
import secrets
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from gateway.core.config.settings import Settings
from gateway.ops.internal import create_internal
from tests.gateway.test_permissions import address, routes
from tests.worlds import whatsapp_bodies as bodies
from tests.worlds.log_lines import configure_logs
from tests.worlds.road import Road, open_road
from tests.worlds.scripted_engine import ScriptedEngine

pytestmark = pytest.mark.anyio


@pytest.fixture
def unmistakable(settings: Settings) -> Settings:
    """Every secret of the settings is a word that stands nowhere else."""
    names = [name for name, value in settings if isinstance(value, SecretStr) and name != "data_key"]
    assert len(names) >= 6
    made = {name: SecretStr(f"secret{secrets.token_hex(12)}") for name in names}
    # An address of the database carries a password too.
    return settings.model_copy(update=made)


def said_secrets(settings: Settings, text: str) -> list[str]:
    """The names of the secrets that stand in a text."""
    found = [name for name, value in settings if isinstance(value, SecretStr) and value.get_secret_value()]
    values = {name: getattr(settings, name).get_secret_value() for name in found}
    values["data_key"] = values["data_key"].partition(":")[2]
    return [name for name, value in values.items() if value in text]


async def everything_that_can_be_heard(road: Road) -> str:
    """What every route says to nobody, to a bad question, and what the internal listener tells."""
    heard: list[str] = []
    async with httpx2.AsyncClient(trust_env=False) as client:
        for method, path in routes(road.app):
            if path == "/chat/events":
                continue
            url = f"http://127.0.0.1:{road.settings.port}{address(path)}"
            kinds = {"content-type": "application/json", "accept": "text/html"}
            answers = [await client.request(method, url)]
            answers.append(await client.request(method, url, content=b"\xff{", headers=kinds))
            heard += [f"{answer.text}{answer.headers}" for answer in answers]
        wrong = {"hub.mode": "subscribe", "hub.verify_token": "guess", "hub.challenge": "1"}
        heard.append((await client.get(f"http://127.0.0.1:{road.settings.port}/webhooks/whatsapp", params=wrong)).text)
    heard += await internal(road.app)
    return "\n".join(heard)


async def internal(app: FastAPI) -> list[str]:
    transport = httpx2.ASGITransport(app=create_internal(app))
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
        return [(await client.get(path)).text for path in ("/metrics", "/health/ready")]


@pytest.fixture
def chatty_logs() -> Iterator[None]:
    """Logs as in production, at the lowest level of every library."""
    configure_logs(as_json=True, level=logging.DEBUG)
    before = logging.getLogger().level
    logging.getLogger().setLevel(logging.DEBUG)
    yield
    logging.getLogger().setLevel(before)
    configure_logs(as_json=False)


async def test_no_page_error_log_or_metric_says_a_secret(
    unmistakable: Settings,
    engine: ScriptedEngine,
    chatty_logs: None,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with open_road(unmistakable, engine) as road:
        citizen = road.citizen()
        citizen.writes("hei")
        await citizen.next_reply()
        engine.next_answer = None
        citizen.writes("hei taas")
        await citizen.next_reply()
        await road.post(b"not json")
        heard = await everything_that_can_be_heard(road)
    output = capfd.readouterr()

    assert len(heard) > 20_000
    assert "dialogue_unavailable" in output.out
    assert said_secrets(unmistakable, heard) == []
    assert said_secrets(unmistakable, output.out + output.err + caplog.text) == []


def test_settings_do_not_say_their_secrets_when_they_are_printed(unmistakable: Settings) -> None:
    assert said_secrets(unmistakable, f"{unmistakable!r} {unmistakable} {unmistakable.model_dump_json()}") == []


def test_this_search_finds_a_secret_that_is_said(unmistakable: Settings) -> None:
    said = json.dumps({"a": unmistakable.whatsapp_app_secret.get_secret_value()})

    assert said_secrets(unmistakable, said) == ["whatsapp_app_secret"]


async def test_what_a_citizen_writes_is_in_no_log_line(
    settings: Settings, engine: ScriptedEngine, chatty_logs: None, capfd: pytest.CaptureFixture[str]
) -> None:
    words = "ihanerikoinensana"
    async with open_road(settings, engine) as road:
        citizen = road.citizen("Aino")
        citizen.writes(f'{words}\n{{"level": "error", "event": "forged"}}\r\n\x1b[31m{words}')
        await citizen.next_reply()
        strange = bodies.body({**bodies.message(body=words), "type": f"new{words}\nforged"})
        await road.post(strange)
        await road.post(words.encode() + b"\n\xff")
        number = str(citizen.phone.number)
    output = capfd.readouterr()

    assert words not in output.out + output.err
    assert "forged" not in output.out
    assert number not in output.out


@pytest.mark.parametrize("as_json", [True, False])
def test_a_line_of_the_log_stays_one_line(as_json: bool, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    import structlog

    configure_logs(as_json=as_json)
    structlog.get_logger().warning("odd", why="one\ntwo\r\nthree\x1b[2J", path="a\u2028b")
    configure_logs(as_json=False)
    said = capfd.readouterr().out.removesuffix("\n")

    assert "\n" not in said
    assert "\r" not in said
    assert "\x1b[2J" not in said
