"""Encoder, build: the same network in plain NumPy and full precision, to verify a newly written graph."""

from __future__ import annotations

import math

import numpy as np

from bot.arrays import FloatArray
from bot.encoder.weights_file import WeightsFile, unpack_blocks

_erf = np.vectorize(math.erf, otypes=[np.float32])


def _layer_norm(state: FloatArray, weights: WeightsFile, name: str) -> FloatArray:
    centred = state - state.mean(axis=-1, keepdims=True)
    deviation = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + weights.shape.epsilon)
    result: FloatArray = centred / deviation * weights.vector(f"{name}.w") + weights.vector(f"{name}.b")
    return result


def _linear(state: FloatArray, weights: WeightsFile, name: str) -> FloatArray:
    result: FloatArray = state @ weights.matrix(f"{name}.w", state.shape[-1]).T + weights.vector(f"{name}.b")
    return result


def _attention(state: FloatArray, weights: WeightsFile, name: str) -> FloatArray:
    tokens, width = state.shape
    heads = weights.shape.heads
    query, key, value = [
        _linear(state, weights, f"{name}.{part}").reshape(tokens, heads, -1).swapaxes(0, 1) for part in "qkv"
    ]
    scores = query @ key.swapaxes(1, 2) / math.sqrt(width // heads)
    attention = np.exp(scores - scores.max(axis=-1, keepdims=True))
    attention /= attention.sum(axis=-1, keepdims=True)
    return np.ascontiguousarray((attention @ value).swapaxes(0, 1)).reshape(tokens, width)


def reference_vector(weights: WeightsFile, input_ids: list[int]) -> FloatArray:
    """The sentence vector of one text, given by its token ids with begin and end. Slow: for checks."""
    width = weights.shape.width
    state = unpack_blocks(weights.blocks("emb.word", width)[input_ids])
    positions = weights.vector("emb.pos").reshape(-1, width)[: len(input_ids)]
    state = _layer_norm(state + positions + weights.vector("emb.type")[:width], weights, "emb.ln")
    for layer in range(weights.shape.layers):
        name = f"l{layer}"
        attended = _linear(_attention(state, weights, name), weights, f"{name}.ao")
        state = _layer_norm(state + attended, weights, f"{name}.aln")
        inner = _linear(state, weights, f"{name}.fi")
        activated: FloatArray = inner * 0.5 * (1 + _erf(inner / math.sqrt(2)))
        state = _layer_norm(state + _linear(activated, weights, f"{name}.fo"), weights, f"{name}.oln")
    mean: FloatArray = state.mean(axis=0)
    return mean / np.float32(np.linalg.norm(mean))
