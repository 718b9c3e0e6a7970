"""Encoder, long before the road: the tuning itself, two tasks at once: which topic, and which danger."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional

from bot.danger.head import DANGERS
from bot.encoder.encoder import LONGEST
from bot.encoder.tuning.lessons import TEACHES_NOTHING, Lessons, Numbers, batches, places_of_round
from bot.encoder.tuning.network import HALF, Embedding, Layer, Upper
from bot.encoder.weights_file import WeightsFile, unpack_blocks

# Before the layers move, the heads are brought to where they would be on the layers as they are: a head that knows
# nothing would first spoil what it is to learn from.
_HEADS_ROUNDS = 8
_HEADS_BATCH = 512


@dataclass(frozen=True)
class Options:
    """How it is tuned; all of it goes into the adapter's record."""

    first_layer: int = 6
    rank: int = 12
    rounds: float = 3.0
    others: float = 0.5
    danger_counts: float = 2.0
    batch: int = 64
    rate: float = 1e-3
    heads_rate: float = 1e-3
    # This share of a message's pieces is left out by lot, on average, so that no single one is relied on.
    left_out: float = 0.05
    silenced: float = 0.1
    seed: int = 1984


class Tuning:
    """The state of one tuning; `run` goes through it, `adapter` is what it learned."""

    def __init__(self, lessons: Lessons, weights: WeightsFile, options: Options, say: Callable[[str], None]) -> None:
        """Computes what the layers below the first tuned one make of every text, once."""
        torch.manual_seed(options.seed)
        self.lessons, self.options, self.say = lessons, options, say
        self.chance = np.random.default_rng(options.seed)
        self.lengths = np.array([len(each) for each in lessons.pieces], np.int64)
        self.starts = np.concatenate([[0], np.cumsum(self.lengths)[:-1]])
        self.upper = Upper(weights, options.first_layer, options.rank)
        width = 2 * weights.shape.width
        self.topic_head, self.danger_head = nn.Linear(width, len(lessons.topic_names)), nn.Linear(width, len(DANGERS))
        self.lower = self._lower_states(weights)
        self.centre, self.scale = torch.zeros(width), torch.ones(width)

    def _lower_states(self, weights: WeightsFile) -> Any:
        blocks, width = weights.blocks("emb.word", weights.shape.width), weights.shape.width
        embedding = Embedding(weights, LONGEST)
        layers = [Layer(weights, number, 0) for number in range(self.options.first_layer)]
        states = torch.empty(int(self.lengths.sum()), width, dtype=HALF)
        with torch.no_grad():
            for places in batches(self.lengths, np.arange(len(self.lengths)), self.options.batch, None):
                pieces = np.array([self.lessons.pieces[place] for place in places])
                state = embedding(torch.from_numpy(unpack_blocks(blocks[pieces])))
                for layer in layers:
                    state = layer(state)
                states[self._rows(places)] = state
        return states

    def _rows(self, places: Numbers) -> Any:
        return torch.from_numpy(self.starts[places][:, None] + np.arange(self.lengths[places[0]]))

    def _round(self) -> list[Numbers]:
        """The batches of one round, from what may be seen."""
        places = places_of_round(self.lessons, self.options.others, self.chance)
        return batches(self.lengths, places, self.options.batch, self.chance)

    def _steps(self) -> Iterator[Numbers]:
        while True:
            yield from self._round()

    def prepare_heads(self) -> None:
        """Teach the heads alone, on the layers as they are."""
        places = np.flatnonzero(~self.lessons.unseen)
        meant = torch.empty(len(self.lengths), len(self.centre))
        with torch.no_grad():
            for some in batches(self.lengths, places, self.options.batch, None):
                meant[torch.from_numpy(some)] = self.upper(self.lower[self._rows(some)])
        seen = meant[torch.from_numpy(places)]
        self.centre = seen.mean(0)
        # All messages' means lie close together; each half is spread to one, on average over its numbers.
        spread = (seen - self.centre).square().mean(0).view(2, -1).mean(1).sqrt()
        self.scale = (1 / spread).repeat_interleave(len(self.centre) // 2)
        heads = [*self.topic_head.parameters(), *self.danger_head.parameters()]
        descent = torch.optim.Adam(heads, lr=self.options.heads_rate)
        for _ in range(_HEADS_ROUNDS):
            order = self.chance.permutation(places)
            for start in range(0, len(order), _HEADS_BATCH):
                some = order[start : start + _HEADS_BATCH]
                topic, danger = self._losses_of(self._spread(meant[torch.from_numpy(some)]), some)
                descent.zero_grad()
                (topic + danger).backward()
                descent.step()
        self.say(f"the heads are ready: {self.unseen_figures()} on the unseen")

    def _spread(self, meant: Any) -> Any:
        return (meant - self.centre) * self.scale

    def run(self) -> None:
        """Tune; says how it goes every hundred steps."""
        options, began = self.options, time.monotonic()
        tuned = [each for each in self.upper.parameters() if each.requires_grad]
        heads = [*self.topic_head.parameters(), *self.danger_head.parameters()]
        groups = [{"params": tuned, "lr": options.rate}, {"params": heads, "lr": options.heads_rate}]
        descent = torch.optim.AdamW(groups, betas=(0.9, 0.98), weight_decay=0.01)
        count = int(len(self._round()) * options.rounds)
        warm = max(1.0, 0.06 * count)
        pace = torch.optim.lr_scheduler.LambdaLR(
            descent, lambda step: min(1.0, (step + 1) / warm) * max(0.01, 1 - step / count)
        )
        losses: list[tuple[float, float]] = []
        for step, places in zip(range(1, count + 1), self._steps(), strict=False):
            topic, danger = self._losses(places)
            descent.zero_grad()
            (topic + options.danger_counts * danger).backward()
            nn.utils.clip_grad_norm_(tuned, 1.0)
            descent.step()
            pace.step()
            losses.append((topic.item(), danger.item()))
            if step % 100 == 0 or step == count:
                mean = np.mean(losses[-100:], axis=0)
                self.say(
                    f"step {step} of {count}, topic {mean[0]:.3f}, danger {mean[1]:.4f}, "
                    f"{time.monotonic() - began:.0f} s"
                )

    def _losses(self, places: Numbers) -> tuple[Any, Any]:
        options = self.options
        state = self._thinned(self.lower[self._rows(places)])
        meant = functional.dropout(self._spread(self.upper(state)), options.silenced)
        return self._losses_of(meant, places)

    def _losses_of(self, meant: Any, places: Numbers) -> tuple[Any, Any]:
        topics = torch.from_numpy(self.lessons.topics[places])
        dangers = torch.from_numpy(self.lessons.dangers[places])
        topic = functional.cross_entropy(self.topic_head(meant), topics)
        danger = functional.cross_entropy(
            self.danger_head(meant), dangers, ignore_index=TEACHES_NOTHING, reduction="sum"
        )
        return topic, danger / max(1, int((dangers != TEACHES_NOTHING).sum()))

    def _thinned(self, state: Any) -> Any:
        """Without some of the pieces of each message; the begin mark always stays."""
        messages, tokens, width = state.shape
        left = tokens - int(2 * self.options.left_out * tokens * self.chance.random())
        if left == tokens:
            return state
        lots = torch.rand(messages, tokens)
        lots[:, 0] = 2
        kept = lots.argsort(1, descending=True)[:, :left].sort(1).values
        return torch.gather(state, 1, kept[:, :, None].expand(-1, -1, width))

    def unseen_figures(self) -> dict[str, float]:
        """On the eighth never seen: the share of right topics, and the area under the curve of danger."""
        places = np.flatnonzero(self.lessons.unseen)
        right, risks = np.zeros(len(self.lengths), dtype=bool), np.zeros(len(self.lengths), np.float32)
        with torch.no_grad():
            for some in batches(self.lengths, places, self.options.batch, None):
                meant = self._spread(self.upper(self.lower[self._rows(some)]))
                right[some] = self.topic_head(meant).argmax(1).numpy() == self.lessons.topics[some]
                risks[some] = 1 - functional.softmax(self.danger_head(meant), 1)[:, 0].numpy()
        dangers = self.lessons.dangers[places]
        found = area(risks[places][dangers > 0], risks[places][dangers == 0])
        return {"topic": round(float(right[places].mean()), 4), "danger_area": round(found, 4)}

    def adapter(self) -> dict[str, npt.NDArray[np.float16]]:
        """What was learned, as `bot.encoder.adapter` reads it."""
        return {
            f"{product.name}.{side}": array
            for product in self.upper.products()
            for side, array in zip(("in", "out"), product.added(), strict=True)
        }


def area(dangers: npt.NDArray[np.float32], others: npt.NDArray[np.float32]) -> float:
    """How often a danger is found riskier than another message (area under the curve)."""
    if not len(dangers) or not len(others):
        return float("nan")
    return float(np.searchsorted(np.sort(others), dangers).mean() / len(others))
