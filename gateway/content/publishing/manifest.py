"""Content, a model's manifest: what it was trained from, how it did, and an HMAC that only this service can make.

A model file is code. `<model>.json` beside it holds its SHA-256 under an HMAC; Rasa's process (bot/models.py) checks
both before it loads one. Both sides are tested with tests/contracts/model_manifest.json.
"""

import hashlib
import hmac
import json
import os
from pathlib import Path
from typing import Any, Final

from gateway.content.errors import ContentRefused
from gateway.core.config.settings import Settings

_PURPOSE: Final = b"neuvo model manifest 1"


def model_key(settings: Settings) -> str:
    """The key of the seals, for us and for Rasa's process, in hexadecimal; it opens nothing else."""
    return hmac.new(settings.secret_key.get_secret_value().encode(), _PURPOSE, hashlib.sha256).hexdigest()


def manifest_path(model: Path) -> Path:
    """The path of a model's manifest."""
    return model.with_name(model.name.removesuffix(".tar.gz") + ".json")


def write_manifest(model: Path, key: str, manifest: dict[str, Any]) -> None:
    """Write the manifest of a model that was just built here."""
    whole = {**manifest, "model": model.name, "sha256": digest_of(model)}
    whole["seal"] = hmac_of(whole, key)
    beside = manifest_path(model).with_suffix(".json.new")
    beside.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", "utf-8")
    os.replace(beside, manifest_path(model))


def read_manifest(model: Path, key: str) -> dict[str, Any]:
    """The manifest of a model. Raises `ContentRefused` when there is none, or it or the model was changed."""
    try:
        manifest: dict[str, Any] = json.loads(manifest_path(model).read_text("utf-8"))
        right = manifest["model"] == model.name and manifest["sha256"] == digest_of(model)
        genuine = hmac.compare_digest(str(manifest["seal"]), hmac_of(manifest, key))
    except (OSError, ValueError, KeyError, TypeError):
        raise ContentRefused("model_refused", model=model.name) from None
    if not (right and genuine):
        raise ContentRefused("model_refused", model=model.name)
    return manifest


def hmac_of(manifest: dict[str, Any], key: str) -> str:
    """The HMAC of the manifest without its seal, in hexadecimal."""
    bare = {name: value for name, value in manifest.items() if name != "seal"}
    text = json.dumps(bare, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hmac.new(bytes.fromhex(key), text.encode(), hashlib.sha256).hexdigest()


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def trained_from(model: Path, key: str) -> str | None:
    """The hash of what a model was trained from; None for a missing model, or one that was not built here."""
    try:
        return str(read_manifest(model, key).get("trained_from", ""))
    except ContentRefused:
        return None


def same_model(one: Path, other: Path, key: str) -> bool:
    """Whether two files hold the same model."""
    try:
        return bool(read_manifest(one, key)["sha256"] == read_manifest(other, key)["sha256"])
    except ContentRefused:
        return False
