"""Encoder, in training: a cache on disk of the examples' vectors, so that a changed topic costs only its own texts."""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from bot.arrays import FloatArray
from bot.encoder.manifest import CACHE_FOLDER

logger = logging.getLogger(__name__)

VECTORS_FOLDER = CACHE_FOLDER / "vectors"
# 330,000 in half precision are 510 MB; examples, danger lines, talks and wordings are some 260,000 texts.
MAX_VECTORS = 330_000
# Each thread encodes one text at a time: a vector depends on its text alone.
_CHUNK_SIZE = 250
_MAX_THREADS = 4
HASH_BYTES = 16

Hashes = npt.NDArray[np.uint8]


class TextEncoder(Protocol):
    """What the cache needs of an encoder: its hash, and vectors of one width."""

    identity: str

    def encode_layers(self, texts: Sequence[str]) -> FloatArray:
        """Vectors of the texts, one row each."""
        ...


def _hash(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8"), digest_size=HASH_BYTES).digest()


def _read(path: Path) -> dict[bytes, FloatArray]:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            hashes, vectors = arrays["hashes"], arrays["vectors"]
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        logger.warning("The vector cache %s cannot be read; it is built again.", path.name)
        return {}
    return {row.tobytes(): vector for row, vector in zip(hashes, vectors, strict=True)}


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Nobody else writes meanwhile: a training and `bot.precompute` may be about the same texts."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write(path: Path, cache: dict[bytes, FloatArray]) -> None:
    hashes = np.frombuffer(b"".join(cache), np.uint8).reshape(-1, HASH_BYTES)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".new")
    with os.fdopen(handle, "wb") as file:
        np.savez(file, hashes=hashes, vectors=np.stack(list(cache.values())))
    os.replace(name, path)
    for other in path.parent.glob("*.npz"):
        if other != path:
            other.unlink(missing_ok=True)


def _encoded(encoder: TextEncoder, texts: Sequence[str]) -> npt.NDArray[np.float16]:
    chunks = [texts[start : start + _CHUNK_SIZE] for start in range(0, len(texts), _CHUNK_SIZE)]
    vectors = []
    with ThreadPoolExecutor(min(_MAX_THREADS, os.cpu_count() or 1)) as pool:
        for number, chunk in enumerate(pool.map(encoder.encode_layers, chunks), 1):
            vectors.append(chunk.astype(np.float16))
            if number % 10 == 0 or number == len(chunks):
                logger.info("Sentence vectors: %d of %d", sum(map(len, vectors)), len(texts))
    return np.concatenate(vectors)


def encode_cached(encoder: TextEncoder, texts: Sequence[str], folder: Path = VECTORS_FOLDER) -> FloatArray:
    """What `encode_layers` gives for `texts`, rounded to half precision, as float32; known ones from the disk.

    The file is named by the encoder's hash and holds no text, only its hash. It has at most `MAX_VECTORS`:
    vectors that this call does not use are evicted first, oldest first.
    """
    path = _path(encoder.identity, folder)
    cache = _read(path)
    wanted = {_hash(text): text for text in texts}
    missing = {key: text for key, text in wanted.items() if key not in cache}
    if missing:
        fresh = _encoded(encoder, list(missing.values()))
        with _alone(folder):
            known = {**_read(path), **cache}
            unused = [(key, vector) for key, vector in known.items() if key not in wanted]
            used = [(key, vector) for key, vector in known.items() if key in wanted]
            cache = dict([*unused, *used, *zip(missing, fresh, strict=True)])
            _write(path, dict(list(cache.items())[-MAX_VECTORS:]))
    if not texts:
        return np.empty((0, 0), np.float32)
    return np.stack([cache[_hash(text)] for text in texts]).astype(np.float32)


def not_cached(identity: str, texts: Sequence[str], folder: Path = VECTORS_FOLDER) -> list[str]:
    """The texts of which an encoder of this hash has no vector on the disk yet, each once, in their order."""
    try:
        with np.load(_path(identity, folder), allow_pickle=False) as arrays:
            known = {row.tobytes() for row in arrays["hashes"]}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        known = set()
    return [text for text in dict.fromkeys(texts) if _hash(text) not in known]


def _path(identity: str, folder: Path) -> Path:
    return folder / f"{identity[:16]}.npz"
