"""Encoder, tuning: multi-task training of the adapter, with a head for topic, danger and move each."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional

from bot.arrays import FloatArray, IndexArray
from bot.conversation.context import MOVES
from bot.danger.labels import DANGERS
from bot.encoder.encoder import MAX_TOKENS
from bot.encoder.tuning.dataset import IGNORED, TuningDataset, batches, epoch_indices
from bot.encoder.tuning.network import DTYPE, Embedding, HalfArray, TopLayers, TransformerLayer
from bot.encoder.weights_file import WeightsFile, unpack_blocks

# Before the layers are tuned, the heads are fitted to the pretrained layers: the gradients of random heads would first
# spoil the layers.
_HEAD_EPOCHS = 20
_HEAD_BATCH_SIZE = 512
# So many texts are enough for that.
_HEAD_TEXTS = 12_000
# After so many steps the adapter is kept: a training that was stopped goes on from there (`--start`).
_CHECKPOINT_STEPS = 250


@dataclass(frozen=True)
class Hyperparameters:
    """Hyperparameters of the training; all of them go into the adapter's record."""

    first_layer: int = 0
    rank: int = 16
    epochs: float = 3.0
    # Of the examples far from danger, this share is sampled in each epoch.
    far_share: float = 0.5
    danger_weight: float = 2.5
    move_weight: float = 2.0
    batch_size: int = 64
    learning_rate: float = 1e-3
    head_learning_rate: float = 1e-3
    # The mean share of a text's tokens that are dropped, so that no single one is relied on.
    token_dropout: float = 0.05
    dropout: float = 0.1
    seed: int = 1984


class Trainer:
    """The state of one training; `train` runs it, `adapter` is its result."""

    def __init__(
        self,
        dataset: TuningDataset,
        weights: WeightsFile,
        hyperparameters: Hyperparameters,
        report: Callable[[str], None],
        start: Mapping[str, HalfArray] | None = None,
    ) -> None:
        """Computes the output of the frozen layers for every text, once. `report` gets lines of progress.

        `start` is an adapter to go on from, of the same layers and rank.
        """
        torch.manual_seed(hyperparameters.seed)
        self.dataset, self.hyperparameters, self.report = dataset, hyperparameters, report
        self.rng = np.random.default_rng(hyperparameters.seed)
        self.lengths = np.array([len(each) for each in dataset.input_ids], np.int64)
        self.starts = np.concatenate([[0], np.cumsum(self.lengths)[:-1]])
        self.top_layers = TopLayers(weights, hyperparameters.first_layer, hyperparameters.rank)
        if start is not None:
            for layer in self.top_layers.lora_layers():
                layer.set_update(start[f"{layer.name}.lora_a"], start[f"{layer.name}.lora_b"])
        width = 2 * weights.shape.width
        self.topic_head, self.danger_head = nn.Linear(width, len(dataset.topic_names)), nn.Linear(width, len(DANGERS))
        self.move_head = nn.Linear(width, len(MOVES))
        self.frozen_states = self._frozen_states(weights)
        self.centre, self.scale = torch.zeros(width), torch.ones(width)

    def _frozen_states(self, weights: WeightsFile) -> Any:
        blocks, width = weights.blocks("emb.word", weights.shape.width), weights.shape.width
        embedding = Embedding(weights, MAX_TOKENS)
        layers = [TransformerLayer(weights, number, 0) for number in range(self.hyperparameters.first_layer)]
        states = torch.empty(int(self.lengths.sum()), width, dtype=DTYPE)
        with torch.no_grad():
            for batch in batches(self.lengths, np.arange(len(self.lengths)), self.hyperparameters.batch_size, None):
                input_ids = np.array([self.dataset.input_ids[index] for index in batch])
                state = embedding(torch.from_numpy(unpack_blocks(blocks[input_ids])))
                for layer in layers:
                    state = layer(state)
                states[self._rows(batch)] = state
        return states

    def _rows(self, batch: IndexArray) -> Any:
        return torch.from_numpy(self.starts[batch][:, None] + np.arange(self.lengths[batch[0]]))

    def _epoch_batches(self) -> list[IndexArray]:
        indices = epoch_indices(self.dataset, self.hyperparameters.far_share, self.rng)
        return batches(self.lengths, indices, self.hyperparameters.batch_size, self.rng)

    def _endless_batches(self) -> Iterator[IndexArray]:
        while True:
            yield from self._epoch_batches()

    def train_heads(self) -> None:
        """Fit the heads alone, on the pretrained layers."""
        train = self.rng.permutation(np.flatnonzero(~self.dataset.holdout))[:_HEAD_TEXTS]
        vectors = torch.empty(len(self.lengths), len(self.centre))
        with torch.no_grad():
            for batch in batches(self.lengths, train, self.hyperparameters.batch_size, None):
                vectors[torch.from_numpy(batch)] = self.top_layers(self.frozen_states[self._rows(batch)])
        train_vectors = vectors[torch.from_numpy(train)]
        self.centre = train_vectors.mean(0)
        # All sentence vectors lie close together; each half is scaled to unit variance, on average over its dimensions.
        deviation = (train_vectors - self.centre).square().mean(0).view(2, -1).mean(1).sqrt()
        self.scale = (1 / deviation).repeat_interleave(len(self.centre) // 2)
        optimizer = torch.optim.Adam(self._heads(), lr=self.hyperparameters.head_learning_rate)
        for _ in range(_HEAD_EPOCHS):
            order = self.rng.permutation(train)
            for start in range(0, len(order), _HEAD_BATCH_SIZE):
                batch = order[start : start + _HEAD_BATCH_SIZE]
                losses = self._head_losses(self._standardized(vectors[torch.from_numpy(batch)]), batch)
                optimizer.zero_grad()
                sum(losses).backward()
                optimizer.step()
        self.report("the heads are fitted")

    def _standardized(self, vectors: Any) -> Any:
        return (vectors - self.centre) * self.scale

    def train(self, on_checkpoint: Callable[[], None] = lambda: None) -> None:
        """Train adapter and heads; reports the losses every hundred steps."""
        hyperparameters, began = self.hyperparameters, time.monotonic()
        adapter = [each for each in self.top_layers.parameters() if each.requires_grad]
        groups = [
            {"params": adapter, "lr": hyperparameters.learning_rate},
            {"params": self._heads(), "lr": hyperparameters.head_learning_rate},
        ]
        optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.98), weight_decay=0.01)
        steps = int(len(self._epoch_batches()) * hyperparameters.epochs)
        warmup = max(1.0, 0.06 * steps)
        scheduler = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: min(1.0, (step + 1) / warmup) * max(0.01, 1 - step / steps)
        )
        losses: list[list[float]] = []
        for step, batch in zip(range(1, steps + 1), self._endless_batches(), strict=False):
            topic_loss, danger_loss, move_loss = self._losses(batch)
            loss = topic_loss + hyperparameters.danger_weight * danger_loss + hyperparameters.move_weight * move_loss
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(adapter, 1.0)
            optimizer.step()
            scheduler.step()
            losses.append([topic_loss.item(), danger_loss.item(), move_loss.item()])
            if step % _CHECKPOINT_STEPS == 0:
                on_checkpoint()
            if step % 100 == 0 or step == steps:
                topic, danger, move = np.mean(losses[-100:], axis=0)
                means = f"topic {topic:.3f}, danger {danger:.4f}, move {move:.3f}"
                self.report(f"step {step} of {steps}, {means}, {time.monotonic() - began:.0f} s")

    def _losses(self, batch: IndexArray) -> tuple[Any, Any, Any]:
        state = self._with_token_dropout(self.frozen_states[self._rows(batch)])
        vectors = functional.dropout(self._standardized(self.top_layers(state)), self.hyperparameters.dropout)
        return self._head_losses(vectors, batch)

    def _head_losses(self, vectors: Any, batch: IndexArray) -> tuple[Any, Any, Any]:
        """The losses of topic, danger and move, each by the share of the batch that teaches it."""
        tasks = (
            (self.topic_head, self.dataset.topics),
            (self.danger_head, self.dataset.dangers),
            (self.move_head, self.dataset.moves),
        )
        topic, danger, move = (_loss(head(vectors), torch.from_numpy(labels[batch])) for head, labels in tasks)
        return topic, danger, move

    def _heads(self) -> list[Any]:
        return [each for head in (self.topic_head, self.danger_head, self.move_head) for each in head.parameters()]

    def _with_token_dropout(self, state: Any) -> Any:
        """Drop some tokens of each text; the begin token always stays."""
        messages, tokens, width = state.shape
        kept_tokens = tokens - int(2 * self.hyperparameters.token_dropout * tokens * self.rng.random())
        if kept_tokens == tokens:
            return state
        priority = torch.rand(messages, tokens)
        priority[:, 0] = 2
        kept = priority.argsort(1, descending=True)[:, :kept_tokens].sort(1).values
        return torch.gather(state, 1, kept[:, :, None].expand(-1, -1, width))

    def holdout_metrics(self) -> dict[str, float]:
        """On what is held out: the accuracy of topic and move, and the area under the ROC curve of danger."""
        holdout = np.flatnonzero(self.dataset.holdout)
        topics, moves = np.full(len(self.lengths), -1, np.int64), np.full(len(self.lengths), -1, np.int64)
        risks = np.zeros(len(self.lengths), np.float32)
        with torch.no_grad():
            for batch in batches(self.lengths, holdout, self.hyperparameters.batch_size, None):
                vectors = self._standardized(self.top_layers(self.frozen_states[self._rows(batch)]))
                topics[batch] = self.topic_head(vectors).argmax(1).numpy()
                moves[batch] = self.move_head(vectors).argmax(1).numpy()
                risks[batch] = 1 - functional.softmax(self.danger_head(vectors), 1)[:, 0].numpy()
        dangers = self.dataset.dangers[holdout]
        auc = area_under_curve(risks[holdout][dangers > 0], risks[holdout][dangers == 0])
        return {
            "topic_accuracy": _accuracy(topics[holdout], self.dataset.topics[holdout]),
            "move_accuracy": _accuracy(moves[holdout], self.dataset.moves[holdout]),
            "danger_auc": round(auc, 4),
        }

    def adapter(self) -> dict[str, npt.NDArray[np.float16]]:
        """The trained low-rank matrices, as `bot.encoder.adapter` reads them."""
        return {
            f"{layer.name}.{side}": array
            for layer in self.top_layers.lora_layers()
            for side, array in zip(("lora_a", "lora_b"), layer.low_rank_update(), strict=True)
        }


def _loss(logits: Any, labels: Any) -> Any:
    """Cross entropy of those that have a label, over the whole batch: a task weighs as much as it has examples."""
    return functional.cross_entropy(logits, labels, ignore_index=IGNORED, reduction="sum") / len(labels)


def _accuracy(found: IndexArray, labels: IndexArray) -> float:
    is_known = labels != IGNORED
    return round(float((found[is_known] == labels[is_known]).mean()), 4) if is_known.any() else float("nan")


def area_under_curve(positives: FloatArray, negatives: FloatArray) -> float:
    """The probability that a positive scores above a negative (area under the ROC curve)."""
    if not len(positives) or not len(negatives):
        return float("nan")
    return float(np.searchsorted(np.sort(negatives), positives).mean() / len(negatives))
