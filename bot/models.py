"""Dialogue, the process: only a model that was built here is loaded, because a model file is code.

The gateway seals each model (gateway/content/publishing/manifest.py); both sides are tested with
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

_CHUNK_SIZE: Final = 1024 * 1024


class ModelRefused(ValueError):
    """The model is not loaded; the message says why and what to do."""


def verify_model(model: Path, key: str) -> None:
    """Raises `ModelRefused` unless the manifest beside the model has our seal and the model's hash."""
    try:
        manifest: dict[str, Any] = json.loads(manifest_path(model).read_text("utf-8"))
        is_sealed = hmac.compare_digest(str(manifest["seal"]), seal_of(manifest, key))
        is_intact = manifest["model"] == model.name and manifest["sha256"] == digest_of(model)
    except (OSError, ValueError, KeyError, TypeError):
        raise ModelRefused(
            f"The model {model.name} has no readable manifest, so it is not loaded. Train it here, or seal it: "
            "python -m gateway content seal."
        ) from None
    if not (is_sealed and is_intact):
        raise ModelRefused(
            f"The model {model.name} was changed after it was built, or built under another NEUVO_SECRET_KEY, so it is "
            "not loaded. Train it here, or seal it: python -m gateway content seal."
        )


def guard_loading(key: str) -> None:
    """Make Rasa verify each model, at the start and at `PUT /model`; the old model stays when one is refused."""
    load: Any = Agent.load_model

    def load_verified(agent: Agent, model_path: str | Path, fingerprint: str | None = None) -> None:
        verify_model(Path(model_path), key)
        load(agent, model_path, fingerprint)

    Agent.load_model = load_verified


def load_in_background() -> None:
    """Make Rasa load models in a thread, so that messages are answered meanwhile, by the old model.

    Rasa loads them on the event loop; each swap would block every message for seconds.
    """
    load: Any = rasa.core.agent.load_agent

    async def load_in_thread(*given: Any, **named: Any) -> Agent:
        named.pop("loop", None)  # the broker's, and we have none
        return await asyncio.to_thread(lambda: asyncio.run(load(*given, **named)))

    rasa.core.agent.load_agent = load_in_thread


def manifest_path(model: Path) -> Path:
    """The path of a model's manifest."""
    return model.with_name(model.name.removesuffix(".tar.gz") + ".json")


def seal_of(manifest: dict[str, Any], key: str) -> str:
    """The HMAC of the manifest without its seal."""
    unsealed = {name: value for name, value in manifest.items() if name != "seal"}
    text = json.dumps(unsealed, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hmac.new(bytes.fromhex(key), text.encode(), hashlib.sha256).hexdigest()


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_SIZE):
            digest.update(chunk)
    return digest.hexdigest()
