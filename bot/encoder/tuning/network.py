"""Encoder, tuning: the network in PyTorch; its top layers have LoRA matrices, everything else is frozen."""

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

# Half precision (bfloat16) is four times as fast on a processor that has it.
DTYPE = torch.bfloat16
# The scale of the low-rank update (alpha / rank); only its product with the learning rate matters.
LORA_SCALE = 2.0

HalfArray = npt.NDArray[np.float16]


class LoRALinear(nn.Module):  # type: ignore[misc]
    """A frozen linear layer and its low-rank update `lora_b @ lora_a`."""

    def __init__(self, weights: WeightsFile, name: str, inputs: int, rank: int) -> None:
        """`rank` 0: no update."""
        super().__init__()
        self.name, self.rank = name, rank
        matrix = torch.from_numpy(weights.matrix(f"{name}.w", inputs).copy())
        self.register_buffer("matrix", matrix.to(DTYPE))
        self.register_buffer("bias", torch.from_numpy(weights.vector(f"{name}.b").copy()).to(DTYPE))
        if rank:
            # `lora_b` is initialised to zero, so that training starts from the pretrained weights.
            self.lora_a = nn.Parameter(torch.randn(rank, inputs) / math.sqrt(inputs))
            self.lora_b = nn.Parameter(torch.zeros(matrix.shape[0], rank))

    def forward(self, state: Any) -> Any:
        """The output for a state (any, inputs)."""
        result = functional.linear(state, self.matrix, self.bias)
        if not self.rank:
            return result
        low_rank = functional.linear(state, self.lora_a.to(DTYPE))
        return result + functional.linear(low_rank, self.lora_b.to(DTYPE)) * LORA_SCALE

    def low_rank_update(self) -> tuple[HalfArray, HalfArray]:
        """`lora_a` (rank, inputs) and `lora_b` (outputs, rank), each with its half of the scale."""
        root = math.sqrt(LORA_SCALE)
        lora_a, lora_b = (root * side.detach().float().numpy() for side in (self.lora_a, self.lora_b))
        return lora_a.astype(np.float16), lora_b.astype(np.float16)

    def set_update(self, lora_a: HalfArray, lora_b: HalfArray) -> None:
        """Go on from what `low_rank_update` gave."""
        root = math.sqrt(LORA_SCALE)
        with torch.no_grad():
            self.lora_a.copy_(torch.from_numpy(lora_a.astype(np.float32) / root))
            self.lora_b.copy_(torch.from_numpy(lora_b.astype(np.float32) / root))


class TransformerLayer(nn.Module):  # type: ignore[misc]
    """One of the twelve layers, as `bot.encoder.reference` has it."""

    def __init__(self, weights: WeightsFile, number: int, rank: int) -> None:
        """`rank` as for `LoRALinear`."""
        super().__init__()
        shape, name = weights.shape, f"l{number}"
        self.width, self.heads, self.epsilon = shape.width, shape.heads, shape.epsilon
        for part in ("q", "k", "v", "ao", "fi"):
            setattr(self, part, LoRALinear(weights, f"{name}.{part}", shape.width, rank))
        self.fo = LoRALinear(weights, f"{name}.fo", shape.inner_width, rank)
        for part in ("aln", "oln"):
            for side in ("w", "b"):
                self.register_buffer(part + side, torch.from_numpy(weights.vector(f"{name}.{part}.{side}").copy()))

    def forward(self, state: Any) -> Any:
        """(messages, tokens, width) in and out, in half precision."""
        state = self._layer_norm(state + self.ao(self._attention(state)), self.alnw, self.alnb)
        inner = self.fo(functional.gelu(self.fi(state)))
        return self._layer_norm(state + inner, self.olnw, self.olnb)

    def _attention(self, state: Any) -> Any:
        # Written out, in full precision: the backward pass of the built-in attention is sixteen times slower.
        messages, tokens, width = state.shape
        size = width // self.heads

        def split(part: Any) -> Any:
            return part.view(messages, tokens, self.heads, size).transpose(1, 2).flatten(0, 1).float()

        query, key, value = split(self.q(state)), split(self.k(state)), split(self.v(state))
        attention = torch.softmax(torch.bmm(query / math.sqrt(size), key.transpose(1, 2)), -1)
        attended = torch.bmm(attention, value).view(messages, self.heads, tokens, size)
        return attended.transpose(1, 2).reshape(messages, tokens, width).to(DTYPE)

    def _layer_norm(self, state: Any, gain: Any, shift: Any) -> Any:
        return functional.layer_norm(state.float(), (self.width,), gain, shift, self.epsilon).to(DTYPE)


class Embedding(nn.Module):  # type: ignore[misc]
    """Token embeddings with their positions, and layer normalisation."""

    def __init__(self, weights: WeightsFile, max_tokens: int) -> None:
        """For texts of up to `max_tokens` tokens."""
        super().__init__()
        width = weights.shape.width
        self.weights, self.width = weights, width
        positions = weights.vector("emb.pos").reshape(-1, width)[:max_tokens] + weights.vector("emb.type")[:width]
        self.positions = torch.from_numpy(positions)
        self.gain = torch.from_numpy(weights.vector("emb.ln.w").copy())
        self.shift = torch.from_numpy(weights.vector("emb.ln.b").copy())

    def forward(self, embeddings: Any) -> Any:
        """From unpacked token embeddings (messages, tokens, width)."""
        state = embeddings + self.positions[: embeddings.shape[1]]
        return functional.layer_norm(state, (self.width,), self.gain, self.shift, self.weights.shape.epsilon).to(DTYPE)


class TopLayers(nn.Module):  # type: ignore[misc]
    """The tuned layers, with mean pooling after the last and after the middle one: the vectors that the bot uses."""

    def __init__(self, weights: WeightsFile, first: int, rank: int) -> None:
        """From layer `first` on, counted from 0; at most the middle one."""
        super().__init__()
        self.first = first
        self.layers = nn.ModuleList(
            TransformerLayer(weights, number, rank) for number in range(first, weights.shape.layers)
        )

    def forward(self, state: Any) -> Any:
        """(messages, tokens, width) as the layer below `first` leaves it; gives (messages, 2 x width)."""
        middle = state
        for number, layer in enumerate(self.layers, self.first):
            state = layer(state)
            if number == MIDDLE_LAYER:
                middle = state
        return torch.cat([state.float().mean(1), middle.float().mean(1)], 1)

    def lora_layers(self) -> list[LoRALinear]:
        """Every linear layer with an update."""
        return [module for module in self.modules() if isinstance(module, LoRALinear)]
