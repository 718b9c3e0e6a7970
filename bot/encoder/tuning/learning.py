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
from bot.encoder.tuning.lessons import TEACHES_NOTHING, Lessons, Numbers, batches
from bot.encoder.tuning.network import HALF, Embedding, Layer, Upper
from bot.encoder.weights_file import WeightsFile, unpack_blocks

# Dangers, and the topics in which what only looks like one is most often told: all of their examples in each round.
# Of the other topics' examples a part by lot, since each round costs minutes.
NEAR_DANGER = frozenset(
    {
        "emergency_now",
        "suicidal_thoughts",
        "missing_person",
        "threat_to_others",
        "violence_at_home",
        "sexual_violence",
        "child_at_risk",
        "assault_or_robbery",
        "need_to_talk",
        "threats_extortion",
        "stalking_restraining_order",
        "gang_exit",
        "out_of_scope",
        "gaming_safety",
        "rumours_and_news",
        "about_bot",
        "dangerous_challenge",
        "drugs_alcohol",
    }
)


@dataclass(frozen=True)
class Options:
    """How it is tuned; all of it goes into the adapter's record."""

    first_layer: int = 6
    rank: int = 12
    rounds: float = 3.0
    others: float = 0.5
    danger_counts: float = 3.0
    batch: int = 64
    rate: float = 2e-3
    heads_rate: float = 2e-3
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
        # The means of all messages lie close together: without this the heads learn ten times slower.
        self.spread = nn.BatchNorm1d(width, affine=False, momentum=0.05)
        self.topic_head, self.danger_head = nn.Linear(width, len(lessons.topic_names)), nn.Linear(width, len(DANGERS))
        self.lower = self._lower_states(weights)

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
        names = self.lessons.topic_names
        near = np.array([name in NEAR_DANGER for name in names], dtype=bool)[self.lessons.topics]
        seen = ~self.lessons.unseen
        others = self.chance.permutation(np.flatnonzero(seen & ~near))
        chosen = np.concatenate([np.flatnonzero(seen & near), others[: int(len(others) * self.options.others)]])
        return batches(self.lengths, chosen, self.options.batch, self.chance)

    def _steps(self) -> Iterator[Numbers]:
        while True:
            yield from self._round()

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
        meant = functional.dropout(self.spread(self.upper(state)), options.silenced)
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
        self.spread.eval()
        places = np.flatnonzero(self.lessons.unseen)
        right, risks = np.zeros(len(self.lengths), dtype=bool), np.zeros(len(self.lengths), np.float32)
        with torch.no_grad():
            for some in batches(self.lengths, places, self.options.batch, None):
                meant = self.spread(self.upper(self.lower[self._rows(some)]))
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
