"""Only a model that was built here is loaded, at the start and in every swap."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest
import rasa.core.agent
from rasa.core.agent import Agent

from bot.models import ModelRefused, digest_of, guard_loading, load_in_background, manifest_path, seal_of, verify_model
from tests.bot.stage import contract

KEY = "00112233445566778899aabbccddeeff"


def sealed(model: Path, content: bytes = b"foo") -> Path:
    model.write_bytes(content)
    papers: dict[str, Any] = {"model": model.name, "sha256": digest_of(model)}
    papers["seal"] = seal_of(papers, KEY)
    manifest_path(model).write_text(json.dumps(papers), "utf-8")
    return model


def test_the_gateways_seal_is_ours(tmp_path: Path) -> None:
    example = contract("model_manifest")
    model = tmp_path / example["papers"]["model"]
    model.write_bytes(example["content"].encode())
    manifest_path(model).write_text(json.dumps(example["papers"]), "utf-8")

    verify_model(model, example["key"])


def test_a_changed_model_changed_papers_another_key_and_no_papers_are_refused(tmp_path: Path) -> None:
    model = sealed(tmp_path / "model.tar.gz")
    verify_model(model, KEY)
    with pytest.raises(ModelRefused):
        verify_model(model, KEY[::-1])
    model.write_bytes(b"other")
    with pytest.raises(ModelRefused):
        verify_model(model, KEY)
    papers = json.loads(manifest_path(model).read_text("utf-8"))
    manifest_path(model).write_text(json.dumps({**papers, "sha256": digest_of(model)}), "utf-8")
    with pytest.raises(ModelRefused):
        verify_model(model, KEY)
    manifest_path(model).unlink()
    with pytest.raises(ModelRefused):
        verify_model(model, KEY)


def test_a_seal_of_one_model_does_not_open_another(tmp_path: Path) -> None:
    first, second = sealed(tmp_path / "first.tar.gz"), tmp_path / "second.tar.gz"
    second.write_bytes(first.read_bytes())
    manifest_path(second).write_text(manifest_path(first).read_text("utf-8"), "utf-8")

    with pytest.raises(ModelRefused):
        verify_model(second, KEY)


def test_rasa_loads_a_sealed_model_and_no_other(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Agent, "load_model", Agent.load_model)  # put back afterwards
    guard_loading(KEY)
    own = sealed(tmp_path / "own.tar.gz", model.read_bytes())

    agent = Agent()
    agent.load_model(own)
    assert agent.is_ready()
    with pytest.raises(ModelRefused):
        Agent().load_model(model)


def test_messages_are_answered_while_a_model_is_read(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rasa.core.agent, "load_agent", rasa.core.agent.load_agent)
    load_in_background()

    async def longest_wait_while_loading() -> tuple[float, float]:
        began = last = time.monotonic()
        longest, task = 0.0, asyncio.create_task(rasa.core.agent.load_agent(model_path=str(model)))
        while not task.done():
            await asyncio.sleep(0.005)
            longest, last = max(longest, time.monotonic() - last), time.monotonic()
        assert task.result().is_ready()
        return longest, time.monotonic() - began

    longest, whole = asyncio.run(longest_wait_while_loading())

    assert longest < whole / 2
