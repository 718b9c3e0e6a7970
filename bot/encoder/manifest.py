"""Encoder, build and inference: the list of the built files with their hashes, verified at every load."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from bot.encoder.adapter import read_record
from bot.encoder.weights_file import WEIGHTS_SHA256, sha256_of

# Incremented whenever the built files, or how `Encoder.encode` reads a text, change: an older folder is then built
# again and older vectors are invalid.
FORMAT = 5
MANIFEST_NAME = "manifest.json"
GRAPH_NAME = "graph.onnx"
EMBEDDINGS_NAME = "words.npy"
VOCABULARY_NAME = "pieces.json"
FILE_NAMES = (GRAPH_NAME, EMBEDDINGS_NAME, VOCABULARY_NAME)

CACHE_FOLDER = Path(__file__).resolve().parents[2] / ".cache"
ENCODER_FOLDER = CACHE_FOLDER / "encoder" / f"{WEIGHTS_SHA256[:16]}-{read_record().sha256[:8]}"


class EncoderRefused(Exception):
    """The built encoder is missing or not as it was built; the message says what to do."""


@dataclass(frozen=True)
class Manifest:
    """What was built, from which inputs, with which tools. `files` maps a file's name to its SHA-256."""

    format: int
    weights: str
    weights_sha256: str
    adapter_sha256: str
    written_with: dict[str, str]
    files: dict[str, str]

    @property
    def identity(self) -> str:
        """One hash for the whole encoder: vectors of two encoders must never be mixed."""
        return hashlib.sha256(json.dumps([self.format, self.files], sort_keys=True).encode()).hexdigest()

    def write(self, folder: Path) -> None:
        """Write the manifest beside its files."""
        (folder / MANIFEST_NAME).write_text(json.dumps(asdict(self), indent=2, sort_keys=True) + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> Manifest:
    """The manifest alone, its files unchecked. Raises `EncoderRefused` when missing, broken or of another format."""
    advice = "Run `make setup`, or `python -m bot.encoder.build` in the encoder's environment."
    try:
        manifest = Manifest(**json.loads((folder / MANIFEST_NAME).read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise EncoderRefused(f"The sentence encoder is not built ({folder.name} is missing). {advice}") from None
    except (ValueError, TypeError):
        raise EncoderRefused(f"The sentence encoder's manifest in {folder.name} cannot be read. {advice}") from None
    if manifest.format != FORMAT or set(manifest.files) != set(FILE_NAMES):
        raise EncoderRefused(f"The sentence encoder in {folder.name} is of an older format. {advice}")
    return manifest


def verified_manifest(folder: Path) -> Manifest:
    """The manifest, after every file's hash was verified. Raises `EncoderRefused`."""
    manifest = read_manifest(folder)
    for name, expected in manifest.files.items():
        path = folder / name
        if not path.is_file() or sha256_of(path) != expected:
            raise EncoderRefused(
                f"The sentence encoder's file {name} is missing or not the one that was built. "
                f"Delete the folder {folder.name} and build it again with `python -m bot.encoder.build`."
            )
    return manifest


def publish(target: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill an empty folder and make it `target` in one step; what was there before stays until then.

    Whatever `write` raises goes through, and then nothing has changed.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=target.parent) as new:
        finished = Path(new) / "finished"
        finished.mkdir()
        write(finished)
        if target.exists():
            target.rename(Path(new) / "old")
        finished.rename(target)
