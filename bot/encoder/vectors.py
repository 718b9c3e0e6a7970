"""Encoder, in training: keeps the vectors of training examples, so that a changed topic costs only its own texts."""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
import zipfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from bot.encoder.manifest import CACHE_FOLDER
from bot.encoder.weights_file import Floats

logger = logging.getLogger(__name__)

VECTORS_FOLDER = CACHE_FOLDER / "vectors"
# 90,000 vectors in half precision are 138 MB.
MOST_VECTORS = 90_000
# One text after the other on each core: a vector depends on its text alone, and training is the only one that waits.
_CHUNK = 250
_MOST_THREADS = 4
HASH_BYTES = 16

Hashes = npt.NDArray[np.uint8]


class TextEncoder(Protocol):
    """What the cache needs of an encoder: its hash, and vectors of one width."""

    identity: str

    def encode_layers(self, texts: Sequence[str]) -> Floats:
        """Vectors of the texts, one row each."""
        ...


def _hash(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8"), digest_size=HASH_BYTES).digest()


def _read(path: Path) -> dict[bytes, Floats]:
    try:
        with np.load(path, allow_pickle=False) as kept:
            hashes, vectors = kept["hashes"], kept["vectors"]
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        logger.warning("The kept vectors in %s cannot be read; they are made again.", path.name)
        return {}
    return {row.tobytes(): vector for row, vector in zip(hashes, vectors, strict=True)}


def _write(path: Path, kept: dict[bytes, Floats]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    hashes = np.frombuffer(b"".join(kept), np.uint8).reshape(-1, HASH_BYTES)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".new")
    with os.fdopen(handle, "wb") as file:
        np.savez(file, hashes=hashes, vectors=np.stack(list(kept.values())))
    os.replace(name, path)
    for other in path.parent.glob("*.npz"):
        if other != path:
            other.unlink(missing_ok=True)


def _encoded(encoder: TextEncoder, texts: Sequence[str]) -> npt.NDArray[np.float16]:
    chunks = [texts[start : start + _CHUNK] for start in range(0, len(texts), _CHUNK)]
    vectors = []
    with ThreadPoolExecutor(min(_MOST_THREADS, os.cpu_count() or 1)) as pool:
        for number, chunk in enumerate(pool.map(encoder.encode_layers, chunks), 1):
            vectors.append(chunk.astype(np.float16))
            if number % 10 == 0 or number == len(chunks):
                logger.info("Sentence vectors: %d of %d", sum(map(len, vectors)), len(texts))
    return np.concatenate(vectors)


def encode_cached(encoder: TextEncoder, texts: Sequence[str], folder: Path = VECTORS_FOLDER) -> Floats:
    """What `encode_layers` gives for `texts`, in half precision's accuracy, as float32; known ones from the disk.

    The file is named by the encoder's hash and holds no text, only its hash. It never grows over `MOST_VECTORS`:
    vectors that the present call does not use are dropped first, oldest first.
    """
    path = folder / f"{encoder.identity[:16]}.npz"
    kept = _read(path)
    wanted = {_hash(text): text for text in texts}
    missing = {key: text for key, text in wanted.items() if key not in kept}
    if missing:
        fresh = _encoded(encoder, list(missing.values()))
        unused = [(key, vector) for key, vector in kept.items() if key not in wanted]
        used = [(key, vector) for key, vector in kept.items() if key in wanted]
        kept = dict([*unused, *used, *zip(missing, fresh, strict=True)])
        _write(path, dict(list(kept.items())[-MOST_VECTORS:]))
    if not texts:
        return np.empty((0, 0), np.float32)
    return np.stack([kept[_hash(text)] for text in texts]).astype(np.float32)
