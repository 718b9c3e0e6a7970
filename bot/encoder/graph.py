"""Encoder, before the road: writes the network as an ONNX graph (only in the throw-away environment `.venv/encoder`).

Twelve BERT layers with int8 weights. Only the matrix products are quantised, per output column: quantising the rest,
or whole matrices by one scale, loses too much (docs/decisions/0003-classifier.md). The word table stays outside the
graph, in 4 bits, because it is nine tenths of the weights and a message needs some twenty of its rows.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import onnx  # type: ignore[import-not-found]
from onnx import TensorProto, helper, numpy_helper

from bot.encoder.encoder import MIDDLE_LAYER
from bot.encoder.weights_file import Floats, WeightsFile

OPSET = 17
CONTRIB = "com.microsoft"
IR_VERSION = 10


def quantise_columns(matrix: Floats) -> tuple[npt.NDArray[np.int8], Floats]:
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
        """Keep an array in the graph; gives its name."""
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(self, kind: str, inputs: Iterable[str], outputs: list[str], domain: str = "", **attributes: object) -> str:
        """Add an operation; gives the name of its first output."""
        self.nodes.append(helper.make_node(kind, list(inputs), outputs, name=outputs[0], domain=domain, **attributes))
        return outputs[0]

    def product(self, name: str, source: str, matrix: Floats, bias: Floats) -> str:
        """Multiply: `source` x matrix + bias, in int8. `matrix` has one row per output, as the file keeps it."""
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

    def sum_and_normalise(self, name: str, source: str, added: str, tensor: str) -> str:
        """The sum of two states, brought to mean zero and spread one (layer normalisation)."""
        return self.node(
            "SkipLayerNormalization",
            [
                source,
                added,
                self.constant(f"{name}.gain", self.weights.vector(f"{tensor}.w")),
                self.constant(f"{name}.shift", self.weights.vector(f"{tensor}.b")),
            ],
            [name],
            CONTRIB,
            epsilon=self.shape.epsilon,
        )

    def embedding(self) -> str:
        """Word rows + position + kind of sentence (always the first), normalised."""
        width = self.shape.width
        places = self.weights.vector("emb.pos").reshape(-1, width)[: self.positions]
        table = self.constant("places", places + self.weights.vector("emb.type")[:width])
        self.node("Shape", ["words"], ["length"], start=1, end=2)
        self.node("Slice", [table, self.constant("zero", np.array([0])), "length", "zero"], ["place"])
        self.node("Add", ["words", "place"], ["placed"])
        gain = self.constant("embedding.gain", self.weights.vector("emb.ln.w"))
        shift = self.constant("embedding.shift", self.weights.vector("emb.ln.b"))
        return self.node("LayerNormalization", ["placed", gain, shift], ["embedded"], epsilon=self.shape.epsilon)

    def layer_weights(self, name: str, width: int) -> tuple[Floats, Floats]:
        """Matrix and bias of one product of a layer."""
        return self.weights.matrix(f"{name}.w", width), self.weights.vector(f"{name}.b")

    def layer(self, number: int, source: str) -> str:
        """Attention among the words of one message, then the two-step inner network; both added and normalised."""
        weights, width, inner, name = self.weights, self.shape.width, self.shape.inner_width, f"l{number}"
        joined = np.concatenate([weights.matrix(f"{name}.{part}.w", width) for part in "qkv"])
        bias = np.concatenate([weights.vector(f"{name}.{part}.b") for part in "qkv"])
        self.product(f"{name}.qkv", source, joined, bias)
        parts = [f"{name}.query", f"{name}.key", f"{name}.value"]
        self.node("Split", [f"{name}.qkv"], parts, axis=-1)
        self.node("MultiHeadAttention", parts, [f"{name}.attended"], CONTRIB, num_heads=self.shape.heads)
        self.product(f"{name}.mixed", f"{name}.attended", *self.layer_weights(f"{name}.ao", width))
        middle = self.sum_and_normalise(f"{name}.middle", source, f"{name}.mixed", f"{name}.aln")
        self.product(f"{name}.wide", middle, *self.layer_weights(f"{name}.fi", width))
        self.node("Gelu", [f"{name}.wide"], [f"{name}.bent"], CONTRIB)
        self.product(f"{name}.narrow", f"{name}.bent", *self.layer_weights(f"{name}.fo", inner))
        return self.sum_and_normalise(f"{name}.out", middle, f"{name}.narrow", f"{name}.oln")

    def pooled(self, name: str, source: str) -> str:
        """The mean over the words, to length one."""
        mean = self.node("ReduceMean", [source], [f"{name}.mean"], axes=[1], keepdims=0)
        return self.node("LpNormalization", [mean], [name], axis=-1, p=2)


def write_graph(weights: WeightsFile, positions: int) -> onnx.ModelProto:
    """The graph: `words` (1, tokens, width) in; `meaning` and `middle`, both (1, width), out.

    `meaning` is the network's own vector of a sentence. `middle` is the same mean taken after layer 9 of 12, where more
    of the wording is left; it costs nothing more and helps the classifier (docs/decisions/0003-classifier.md).
    One message at a time: the int8 products choose one scale for all that goes in together, so in a batch a message's
    vector would depend on its neighbours (cosine 0.9965 to itself alone), and a batch is only a tenth faster.
    """
    writer = GraphWriter(weights, positions)
    state = writer.embedding()
    for number in range(writer.shape.layers):
        state = writer.layer(number, state)
        if number == MIDDLE_LAYER:
            writer.pooled("middle", state)
    writer.pooled("meaning", state)
    width = writer.shape.width
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, width]) for name in ("meaning", "middle")]
    inputs = [helper.make_tensor_value_info("words", TensorProto.FLOAT, [1, "tokens", width])]
    graph = helper.make_graph(writer.nodes, "sentence-encoder", inputs, outputs, initializer=writer.constants)
    imports = [helper.make_opsetid("", OPSET), helper.make_opsetid(CONTRIB, 1)]
    return helper.make_model(graph, opset_imports=imports, ir_version=IR_VERSION, producer_name="neuvo")
