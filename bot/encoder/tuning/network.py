"""Encoder, long before the road: its layers in PyTorch, the upper ones with thin matrices that can learn."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional

from bot.encoder.encoder import MIDDLE_LAYER
from bot.encoder.weights_file import WeightsFile

# Products of half precision (bfloat16) are four times as fast on a processor that has them.
HALF = torch.bfloat16
# How much a learned step counts; only its product with the learning rate matters.
STRENGTH = 2.0

Halves = npt.NDArray[np.float16]


class Product(nn.Module):  # type: ignore[misc]
    """One matrix product of a layer: the weights' own, which stays, and what two thin matrices add to it."""

    def __init__(self, weights: WeightsFile, name: str, inputs: int, rank: int) -> None:
        """`rank` 0: nothing can be added."""
        super().__init__()
        self.name, self.rank = name, rank
        matrix = torch.from_numpy(weights.matrix(f"{name}.w", inputs).copy())
        self.register_buffer("matrix", matrix.to(HALF))
        self.register_buffer("bias", torch.from_numpy(weights.vector(f"{name}.b").copy()).to(HALF))
        if rank:
            # One begins at nothing, so that tuning begins at the weights as they are.
            self.inwards = nn.Parameter(torch.randn(rank, inputs) / math.sqrt(inputs))
            self.outwards = nn.Parameter(torch.zeros(matrix.shape[0], rank))

    def forward(self, state: Any) -> Any:
        """The product of a state (any, inputs)."""
        result = functional.linear(state, self.matrix, self.bias)
        if not self.rank:
            return result
        thin = functional.linear(state, self.inwards.to(HALF))
        return result + functional.linear(thin, self.outwards.to(HALF)) * STRENGTH

    def added(self) -> tuple[Halves, Halves]:
        """What it learned, as two matrices (rank, inputs) and (outputs, rank) that only need multiplying."""
        root = math.sqrt(STRENGTH)
        inwards, outwards = (root * side.detach().float().numpy() for side in (self.inwards, self.outwards))
        return inwards.astype(np.float16), outwards.astype(np.float16)


class Layer(nn.Module):  # type: ignore[misc]
    """One of the twelve layers, as `bot.encoder.reference` has it."""

    def __init__(self, weights: WeightsFile, number: int, rank: int) -> None:
        """`rank` as for `Product`."""
        super().__init__()
        shape, name = weights.shape, f"l{number}"
        self.width, self.heads, self.epsilon = shape.width, shape.heads, shape.epsilon
        for part in ("q", "k", "v", "ao", "fi"):
            setattr(self, part, Product(weights, f"{name}.{part}", shape.width, rank))
        self.fo = Product(weights, f"{name}.fo", shape.inner_width, rank)
        for part in ("aln", "oln"):
            for side in ("w", "b"):
                self.register_buffer(part + side, torch.from_numpy(weights.vector(f"{name}.{part}.{side}").copy()))

    def forward(self, state: Any) -> Any:
        """(messages, tokens, width) in and out, in half precision."""
        state = self._normalised(state + self.ao(self._attended(state)), self.alnw, self.alnb)
        inner = self.fo(functional.gelu(self.fi(state)))
        return self._normalised(state + inner, self.olnw, self.olnb)

    def _attended(self, state: Any) -> Any:
        # By hand and in full precision: the ready-made attention goes back sixteen times slower than this.
        messages, tokens, width = state.shape
        size = width // self.heads

        def split(part: Any) -> Any:
            return part.view(messages, tokens, self.heads, size).transpose(1, 2).flatten(0, 1).float()

        query, key, value = split(self.q(state)), split(self.k(state)), split(self.v(state))
        shares = torch.softmax(torch.bmm(query / math.sqrt(size), key.transpose(1, 2)), -1)
        mixed = torch.bmm(shares, value).view(messages, self.heads, tokens, size)
        return mixed.transpose(1, 2).reshape(messages, tokens, width).to(HALF)

    def _normalised(self, state: Any, gain: Any, shift: Any) -> Any:
        return functional.layer_norm(state.float(), (self.width,), gain, shift, self.epsilon).to(HALF)


class Embedding(nn.Module):  # type: ignore[misc]
    """Rows of the word table with their places, normalised."""

    def __init__(self, weights: WeightsFile, longest: int) -> None:
        """For texts of up to `longest` pieces."""
        super().__init__()
        width = weights.shape.width
        self.weights, self.width = weights, width
        places = weights.vector("emb.pos").reshape(-1, width)[:longest] + weights.vector("emb.type")[:width]
        self.places = torch.from_numpy(places)
        self.gain = torch.from_numpy(weights.vector("emb.ln.w").copy())
        self.shift = torch.from_numpy(weights.vector("emb.ln.b").copy())

    def forward(self, words: Any) -> Any:
        """From unpacked words (messages, tokens, width)."""
        placed = words + self.places[: words.shape[1]]
        return functional.layer_norm(placed, (self.width,), self.gain, self.shift, self.weights.shape.epsilon).to(HALF)


class Upper(nn.Module):  # type: ignore[misc]
    """The layers that learn, and the two means that the bot uses: after the last and after the middle layer."""

    def __init__(self, weights: WeightsFile, first: int, rank: int) -> None:
        """From layer `first` on, counted from 0; at most the middle one."""
        super().__init__()
        self.first = first
        self.layers = nn.ModuleList(Layer(weights, number, rank) for number in range(first, weights.shape.layers))

    def forward(self, state: Any) -> Any:
        """(messages, tokens, width) as the layer below `first` leaves it; gives (messages, 2 x width)."""
        middle = state
        for number, layer in enumerate(self.layers, self.first):
            state = layer(state)
            if number == MIDDLE_LAYER:
                middle = state
        return torch.cat([state.float().mean(1), middle.float().mean(1)], 1)

    def products(self) -> list[Product]:
        """All that can learn."""
        return [module for module in self.modules() if isinstance(module, Product)]
