"""A shadow run reads masked messages and nobody's name, is off by default, and says nothing about a few."""

import sys
from pathlib import Path

import pytest

from gateway.content.publishing import shadow
from gateway.content.publishing.rasa_process import watched
from gateway.content.publishing.shadow import FEWEST, masked_texts, shadow_run
from gateway.core.config.settings import Settings
from tests.worlds.road import Road
from tests.worlds.scripted_engine import ScriptedEngine, answer

pytestmark = pytest.mark.anyio

# A process that reads its line as the evaluation does, and counts.
READER = """
import json, os
with os.fdopen(0, "rb", buffering=0, closefd=False) as told:
    texts = json.loads(told.readline())
print("a library's own words", flush=True)
named = sum("Mattila" in each for each in texts)
print(json.dumps({"event": "shadowed", "messages": len(texts), "named": named}), flush=True)
"""


async def write(road: Road, engine: ScriptedEngine, texts: list[str]) -> None:
    citizen = road.citizen("Aino")
    for text in texts:
        engine.next_answer = answer("Vastaus.", topic="account_hacked")
        citizen.writes(text)
        await citizen.next_reply()


async def test_texts_are_masked_and_without_the_persons_in_them(road: Road, engine: ScriptedEngine) -> None:
    await write(road, engine, ["Minun nimeni on Matti Mattila, tunnus 131052-308T", "mun tili on hakkeroitu"])
    async with road.service.database.transaction() as session:
        found = await masked_texts(session, road.service.keyring, 10)
    assert len(found) == 2
    assert "mun tili on hakkeroitu" in found
    assert not any("Mattila" in each or "131052" in each for each in found)
    async with road.service.database.transaction() as session:
        assert await masked_texts(session, road.service.keyring, 1) == ["mun tili on hakkeroitu"]


async def test_a_few_messages_are_told_to_nobody(road: Road, engine: ScriptedEngine) -> None:
    await write(road, engine, ["mun tili on hakkeroitu"])
    data_key = road.service.settings.data_key.get_secret_value()
    models = Path("live"), Path("new")
    assert await shadow_run(road.service.database, data_key, FEWEST, models, {}) is None


async def test_what_comes_back_are_counts(
    road: Road, engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    await write(road, engine, ["Minun nimeni on Matti Mattila", "mun tili on hakkeroitu"])
    (tmp_path / "evaluation").mkdir()
    (tmp_path / "evaluation" / "__init__.py").touch()
    (tmp_path / "evaluation" / "shadow.py").write_text(READER, "utf-8")
    monkeypatch.setattr(shadow, "FEWEST", 2)
    monkeypatch.setattr(shadow, "RASA", Path(sys.executable))
    monkeypatch.setattr(shadow, "watched", lambda arguments, environment: watched(arguments, environment, tmp_path))
    data_key = road.service.settings.data_key.get_secret_value()
    models = Path("live"), Path("new")
    found = await shadow_run(road.service.database, data_key, 10, models, {})
    assert found == {"messages": 2, "named": 0}


def test_nobody_has_switched_it_on(settings: Settings) -> None:
    assert settings.content_shadow_messages == 0
