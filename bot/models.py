"""Dialogue, the process: only a model that was built here is loaded, because a model file is code.

The gateway seals each model (gateway/content/manifest.py); both sides are tested with
tests/contracts/model_manifest.json.
"""

import asyncio
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any, Final

import rasa.core.agent
from rasa.core.agent import Agent

_BLOCK: Final = 1024 * 1024


class ModelRefused(ValueError):
    """The model is not loaded; the message says why and what to do."""


def verify_model(model: Path, key: str) -> None:
    """Raises `ModelRefused` unless the papers beside the model carry our seal and the model's hash."""
    try:
        papers: dict[str, Any] = json.loads(papers_path(model).read_text("utf-8"))
        genuine = hmac.compare_digest(str(papers["seal"]), seal_of(papers, key))
        right = papers["model"] == model.name and papers["sha256"] == digest_of(model)
    except (OSError, ValueError, KeyError, TypeError):
        raise ModelRefused(
            f"The model {model.name} has no papers that can be read, so it is not loaded. Train it here, or seal it: "
            "python -m gateway content seal."
        ) from None
    if not (genuine and right):
        raise ModelRefused(
            f"The model {model.name} was changed after it was built, or built under another NEUVO_SECRET_KEY, so it is "
            "not loaded. Train it here, or seal it: python -m gateway content seal."
        )


def guard_loading(key: str) -> None:
    """From now on Rasa verifies each model, at the start and at `PUT /model`; the old one stays when it refuses."""
    load: Any = Agent.load_model

    def load_verified(agent: Agent, model_path: str | Path, fingerprint: str | None = None) -> None:
        verify_model(Path(model_path), key)
        load(agent, model_path, fingerprint)

    Agent.load_model = load_verified


def load_beside_messages() -> None:
    """From now on Rasa reads a model in a thread: messages are answered meanwhile, by the old one.

    Rasa reads it on the event loop; with a model of ours, each swap would hold up every message for seconds.
    """
    load: Any = rasa.core.agent.load_agent

    async def load_in_thread(*given: Any, **named: Any) -> Agent:
        named.pop("loop", None)  # the broker's, and we have none
        return await asyncio.to_thread(lambda: asyncio.run(load(*given, **named)))

    rasa.core.agent.load_agent = load_in_thread


def papers_path(model: Path) -> Path:
    """Where a model's papers are."""
    return model.with_name(model.name.removesuffix(".tar.gz") + ".json")


def seal_of(papers: dict[str, Any], key: str) -> str:
    """The HMAC of the papers without their seal."""
    bare = {name: value for name, value in papers.items() if name != "seal"}
    text = json.dumps(bare, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hmac.new(bytes.fromhex(key), text.encode(), hashlib.sha256).hexdigest()


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(_BLOCK):
            digest.update(part)
    return digest.hexdigest()
