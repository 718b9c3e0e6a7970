"""Danger, the second look: what the known lines are that mean most nearly the same as a message.

A classifier draws one border through all lines. What somebody new writes often lies on its wrong side, and yet right
beside a line that is known. To look that up costs milliseconds, so it is done only where the classifiers leave a doubt
(docs/decisions/0024-danger-weighed.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot.arrays import FloatArray
from bot.classifier.storage import ModelRefused

# A vector is two side by side, of the last and of a middle layer, which count the same.
_PARTS = 2
# With 128 numbers a line as much is found as with all 768.
_WIDTH = 128
_NEIGHBOURS = 20
# How much less a line counts the less it is alike; both are evidence.
_SHARPNESS = {"nearest lines, wide": 10.0, "nearest lines, narrow": 25.0}
# Lines of which the classifier is as sure as this are far from any doubt: leaving them out changes nothing that is
# found, and two in three are such.
_SURE = 0.98
_SAMPLE = 20_000
_SEED = 1984
_PRIOR = 0.02
_STEPS = 127
_BLOCK = 8_192
FILE_NAME = "nearest.npz"
_ARRAYS = ("centre", "axes", "steps", "scales", "dangers")


@dataclass(frozen=True)
class NearestLines:
    """Lines as short vectors in bytes, (n, 128), with one scale per column; `dangers` says which tell of danger."""

    centre: FloatArray
    axes: FloatArray
    steps: npt.NDArray[np.int8]
    scales: FloatArray
    dangers: npt.NDArray[np.bool_]

    @classmethod
    def trained(cls, vectors: FloatArray, dangers: npt.NDArray[np.bool_], certainty: FloatArray) -> NearestLines | None:
        """From the lines' vectors (n, 768), which of them tell of danger, and how sure the classifier is of each.

        None where too few lines are left to look among.
        """
        kept = np.flatnonzero(certainty < _SURE)
        width = min(_WIDTH, vectors.shape[1])
        if len(kept) <= max(_NEIGHBOURS, width):
            return None
        centre = vectors.mean(axis=0)
        chosen = np.random.default_rng(_SEED).permutation(len(vectors))[:_SAMPLE]
        sample = _even(vectors[chosen] - centre)
        _, axes = np.linalg.eigh(sample.T @ sample)
        axes = np.ascontiguousarray(axes[:, ::-1][:, :width])
        short = _unit(_even(vectors[kept] - centre) @ axes)
        scales = np.maximum(np.abs(short).max(axis=0) / _STEPS, np.float32(1e-12))
        return cls(centre, axes, np.rint(short / scales).astype(np.int8), scales, dangers[kept])

    def evidence(self, vector: FloatArray) -> dict[str, float]:
        """The log-odds of danger among the lines nearest to a message's vector (768)."""
        short = _unit(_even(vector - self.centre) @ self.axes) * self.scales
        likeness = np.concatenate(
            [
                self.steps[start : start + _BLOCK].astype(np.float32) @ short
                for start in range(0, len(self.steps), _BLOCK)
            ]
        )
        nearest = np.argpartition(-likeness, _NEIGHBOURS)[:_NEIGHBOURS]
        alike, tell = likeness[nearest], self.dangers[nearest]
        return {name: _log_odds(np.exp(sharp * (alike - alike.max())), tell) for name, sharp in _SHARPNESS.items()}

    def write(self, folder: Path) -> None:
        """Arrays without pickles."""
        np.savez(folder / FILE_NAME, **{name: getattr(self, name) for name in _ARRAYS})

    @classmethod
    def read(cls, folder: Path) -> NearestLines | None:
        """What `write` wrote, None where it wrote nothing. Raises `ModelRefused` where it cannot be read."""
        if not (folder / FILE_NAME).exists():
            return None
        try:
            with np.load(folder / FILE_NAME, allow_pickle=False) as arrays:
                return cls(*(arrays[name] for name in _ARRAYS))
        except (OSError, ValueError, KeyError) as error:
            raise ModelRefused(f"The lines of danger cannot be read ({error}). Train again: `make train`.") from error


def no_evidence() -> dict[str, float]:
    """The names of the evidence, as where nothing was looked up."""
    return dict.fromkeys(_SHARPNESS, 0.0)


def _log_odds(weights: FloatArray, tell: npt.NDArray[np.bool_]) -> float:
    share = (float(weights[tell].sum()) + _PRIOR) / (float(weights.sum()) + 2 * _PRIOR)
    return float(np.log(share / (1 - share)))


def _even(vectors: FloatArray) -> FloatArray:
    """One vector or rows of them, each layer's part to the same length."""
    parts = vectors.reshape(*vectors.shape[:-1], _PARTS, -1)
    result: FloatArray = (_unit(parts) / np.float32(np.sqrt(_PARTS))).reshape(vectors.shape)
    return result


def _unit(vectors: FloatArray) -> FloatArray:
    result: FloatArray = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), np.float32(1e-12))
    return result
