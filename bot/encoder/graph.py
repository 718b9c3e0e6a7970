"""Encoder, build: writes the network as an ONNX graph (only in the temporary environment `.venv/encoder`).

Twelve BERT layers with int8 weights. Only the matrix multiplications are quantised, per output column: quantising the
rest, or whole matrices by one scale, loses too much (docs/decisions/0003-classifier.md). The embedding table stays
outside the graph, in 4 bits, because it is nine tenths of the weights and a message needs some twenty of its rows.

The names of nodes and constants are part of the graph's hash, and with it of every cached vector: they must stay.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import onnx  # type: ignore[import-not-found]
from onnx import TensorProto, helper, numpy_helper

from bot.arrays import FloatArray
from bot.encoder.encoder import EMBEDDINGS_INPUT, MIDDLE_LAYER, MIDDLE_OUTPUT, SENTENCE_OUTPUT, TOKENS_OUTPUT
from bot.encoder.weights_file import WeightsFile

OPSET = 17
CONTRIB = "com.microsoft"
IR_VERSION = 10


def quantise_columns(matrix: FloatArray) -> tuple[npt.NDArray[np.int8], FloatArray]:
    """Symmetric int8 of a (inputs, outputs) matrix with one scale per output column."""
    scale = np.maximum(np.abs(matrix).max(axis=0) / 127.0, 1e-12).astype(np.float32)
    return np.clip(np.rint(matrix / scale), -127, 127).astype(np.int8), scale


class GraphWriter:
    """Collects the nodes and constants of the network, layer by layer."""

    def __init__(self, weights: WeightsFile, positions: int) -> None:
        self.weights = weights
        self.shape = weights.shape
        self.positions = positions
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, values: npt.NDArray[np.generic]) -> str:
        """Add an array to the graph; returns its name."""
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(self, kind: str, inputs: Iterable[str], outputs: list[str], domain: str = "", **attributes: object) -> str:
        """Add an operation; returns the name of its first output."""
        self.nodes.append(helper.make_node(kind, list(inputs), outputs, name=outputs[0], domain=domain, **attributes))
        return outputs[0]

    def linear(self, name: str, source: str, matrix: FloatArray, bias: FloatArray) -> str:
        """A linear layer, `source` x matrix + bias, in int8. `matrix` has one row per output, as in the file."""
        values, scale = quantise_columns(matrix.T)
        return self.node(
            "DynamicQuantizeMatMul",
            [
                source,
                self.constant(f"{name}.weight", values),
                self.constant(f"{name}.scale", scale),
                "",
                self.constant(f"{name}.bias", bias),
            ],
            [name],
            CONTRIB,
        )

    def add_and_norm(self, name: str, source: str, residual: str, tensor: str) -> str:
        """The residual sum of two states with layer normalisation."""
        return self.node(
            "SkipLayerNormalization",
            [
                source,
                residual,
                self.constant(f"{name}.gain", self.weights.vector(f"{tensor}.w")),
                self.constant(f"{name}.shift", self.weights.vector(f"{tensor}.b")),
            ],
            [name],
            CONTRIB,
            epsilon=self.shape.epsilon,
        )

    def embedding(self) -> str:
        """Token embeddings + position + segment (always the first), with layer normalisation."""
        width = self.shape.width
        positions = self.weights.vector("emb.pos").reshape(-1, width)[: self.positions]
        table = self.constant("places", positions + self.weights.vector("emb.type")[:width])
        self.node("Shape", [EMBEDDINGS_INPUT], ["length"], start=1, end=2)
        self.node("Slice", [table, self.constant("zero", np.array([0])), "length", "zero"], ["place"])
        self.node("Add", [EMBEDDINGS_INPUT, "place"], ["placed"])
        gain = self.constant("embedding.gain", self.weights.vector("emb.ln.w"))
        shift = self.constant("embedding.shift", self.weights.vector("emb.ln.b"))
        return self.node("LayerNormalization", ["placed", gain, shift], ["embedded"], epsilon=self.shape.epsilon)

    def layer_weights(self, name: str, width: int) -> tuple[FloatArray, FloatArray]:
        """Weights and bias of one linear layer."""
        return self.weights.matrix(f"{name}.w", width), self.weights.vector(f"{name}.b")

    def layer(self, number: int, source: str) -> str:
        """Self-attention, then the feed-forward network; each with a residual connection and layer normalisation."""
        weights, width, inner, name = self.weights, self.shape.width, self.shape.inner_width, f"l{number}"
        joined = np.concatenate([weights.matrix(f"{name}.{part}.w", width) for part in "qkv"])
        bias = np.concatenate([weights.vector(f"{name}.{part}.b") for part in "qkv"])
        self.linear(f"{name}.qkv", source, joined, bias)
        heads = [f"{name}.query", f"{name}.key", f"{name}.value"]
        self.node("Split", [f"{name}.qkv"], heads, axis=-1)
        self.node("MultiHeadAttention", heads, [f"{name}.attended"], CONTRIB, num_heads=self.shape.heads)
        self.linear(f"{name}.mixed", f"{name}.attended", *self.layer_weights(f"{name}.ao", width))
        middle = self.add_and_norm(f"{name}.middle", source, f"{name}.mixed", f"{name}.aln")
        self.linear(f"{name}.wide", middle, *self.layer_weights(f"{name}.fi", width))
        self.node("Gelu", [f"{name}.wide"], [f"{name}.bent"], CONTRIB)
        self.linear(f"{name}.narrow", f"{name}.bent", *self.layer_weights(f"{name}.fo", inner))
        return self.add_and_norm(f"{name}.out", middle, f"{name}.narrow", f"{name}.oln")

    def pooled(self, name: str, source: str) -> str:
        """Mean pooling over the tokens, to unit length."""
        mean = self.node("ReduceMean", [source], [f"{name}.mean"], axes=[1], keepdims=0)
        return self.node("LpNormalization", [mean], [name], axis=-1, p=2)


def write_graph(weights: WeightsFile, positions: int) -> onnx.ModelProto:
    """The graph: token embeddings (1, tokens, width) in; sentence vector and middle vector, both (1, width), out.

    The sentence vector is the network's own. The middle vector is the mean after layer 9 of 12, where more of the
    surface form is left; it is free and helps the classifier (docs/decisions/0003-classifier.md).
    One text at a time: dynamic quantisation has one scale for a whole batch, so in a batch a text's vector would depend
    on its neighbours (cosine 0.9965 to itself alone), and a batch is only a tenth faster.
    """
    writer = GraphWriter(weights, positions)
    state = writer.embedding()
    for number in range(writer.shape.layers):
        state = writer.layer(number, state)
        if number == MIDDLE_LAYER:
            writer.pooled(MIDDLE_OUTPUT, state)
    writer.pooled(SENTENCE_OUTPUT, state)
    shape: list[int | str] = [1, writer.shape.width]
    return _model(writer, {SENTENCE_OUTPUT: shape, MIDDLE_OUTPUT: shape})


def write_tokens_graph(weights: WeightsFile, positions: int) -> onnx.ModelProto:
    """The graph whose output are the vectors of the tokens, each of unit length: (1, tokens, width).

    Whoever weighs tokens by how rare they are needs each by itself (`bot/encoder/content_words.py`).
    """
    writer = GraphWriter(weights, positions)
    state = writer.embedding()
    for number in range(writer.shape.layers):
        state = writer.layer(number, state)
    writer.node("LpNormalization", [state], [TOKENS_OUTPUT], axis=-1, p=2)
    return _model(writer, {TOKENS_OUTPUT: [1, "tokens", writer.shape.width]})


def _model(writer: GraphWriter, shapes: dict[str, list[int | str]]) -> onnx.ModelProto:
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()]
    inputs = [helper.make_tensor_value_info(EMBEDDINGS_INPUT, TensorProto.FLOAT, [1, "tokens", writer.shape.width])]
    graph = helper.make_graph(writer.nodes, "sentence-encoder", inputs, outputs, initializer=writer.constants)
    imports = [helper.make_opsetid("", OPSET), helper.make_opsetid(CONTRIB, 1)]
    return helper.make_model(graph, opset_imports=imports, ir_version=IR_VERSION, producer_name="neuvo")
