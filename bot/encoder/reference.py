"""Encoder, before the road: the same network in plain NumPy and full precision, to check a freshly written graph."""

from __future__ import annotations

import math

import numpy as np

from bot.encoder.weights_file import Floats, WeightsFile, unpack_blocks

_error_function = np.vectorize(math.erf, otypes=[np.float32])


def _normalised(state: Floats, weights: WeightsFile, name: str) -> Floats:
    centred = state - state.mean(axis=-1, keepdims=True)
    spread = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + weights.shape.epsilon)
    result: Floats = centred / spread * weights.vector(f"{name}.w") + weights.vector(f"{name}.b")
    return result


def _product(state: Floats, weights: WeightsFile, name: str) -> Floats:
    result: Floats = state @ weights.matrix(f"{name}.w", state.shape[-1]).T + weights.vector(f"{name}.b")
    return result


def _attended(state: Floats, weights: WeightsFile, name: str) -> Floats:
    tokens, width = state.shape
    heads = weights.shape.heads
    split = [_product(state, weights, f"{name}.{part}").reshape(tokens, heads, -1).swapaxes(0, 1) for part in "qkv"]
    query, key, value = split
    scores = query @ key.swapaxes(1, 2) / math.sqrt(width // heads)
    shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares /= shares.sum(axis=-1, keepdims=True)
    return np.ascontiguousarray((shares @ value).swapaxes(0, 1)).reshape(tokens, width)


def reference_vector(weights: WeightsFile, pieces: list[int]) -> Floats:
    """The vector of one message given by rows of the word table, its begin and end marks included. Slow: for checks."""
    width = weights.shape.width
    state = unpack_blocks(weights.blocks("emb.word", width)[pieces])
    places = weights.vector("emb.pos").reshape(-1, width)[: len(pieces)]
    state = _normalised(state + places + weights.vector("emb.type")[:width], weights, "emb.ln")
    for layer in range(weights.shape.layers):
        name = f"l{layer}"
        mixed = _product(_attended(state, weights, name), weights, f"{name}.ao")
        state = _normalised(state + mixed, weights, f"{name}.aln")
        wide = _product(state, weights, f"{name}.fi")
        bent: Floats = wide * 0.5 * (1 + _error_function(wide / math.sqrt(2)))
        state = _normalised(state + _product(bent, weights, f"{name}.fo"), weights, f"{name}.oln")
    mean: Floats = state.mean(axis=0)
    return mean / np.float32(np.linalg.norm(mean))
