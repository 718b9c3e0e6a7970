"""Evaluation: the accepted result, and whether a new one is significantly worse.

The same messages are predicted each time, so the two results are paired: what counts is how many messages were lost
beyond those that were gained, and how likely that is by chance (McNemar's test, exact: few messages change).
"""

import hashlib
import json
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist

from evaluation.metrics import Metric

PATH = Path(__file__).parent / "baseline.json"
# Some eighty metrics are compared each time, and an honest change must not fail by chance. With this, where each of the
# 53 messages that a new topic had changed was lost or gained by a coin, 7 comparisons of 400 found some metric worse.
_SIGNIFICANCE = 0.01
_MIN_NET_LOSS = 3

Results = Mapping[str, Sequence[Metric]]


@dataclass(frozen=True)
class Change:
    """A metric before and now. `same_messages`: both were computed on the same test set."""

    language: str
    name: str
    before: Metric
    now: Metric
    same_messages: bool

    @property
    def net_loss(self) -> float:
        """How many messages were lost since then, less those that were gained."""
        # Counted, not by the values: 137/138 and 136/138 differ by a little more than one message of 138.
        loss = self.before.hits * self.now.total / self.before.total - self.now.hits
        return -loss if self.now.lower_is_better else loss

    @property
    def p_value(self) -> float:
        """The probability of so large a `net_loss` where each changed message was lost or gained by chance."""
        if self.same_messages and self.before.total == self.now.total:
            changed = sum(a != b for a, b in zip(self.before.outcomes, self.now.outcomes, strict=True))
            lost = (changed + round(self.net_loss)) // 2
            return float(sum(math.comb(changed, number) for number in range(lost, changed + 1)) / 2**changed)
        variance = sum(each.value * (1 - each.value) / each.total for each in (self.before, self.now) if each.total)
        return 1 - NormalDist(sigma=math.sqrt(variance) * self.now.total).cdf(self.net_loss) if variance else 0.0

    @property
    def is_worse(self) -> bool:
        """Whether the metric is significantly worse."""
        return self.net_loss >= _MIN_NET_LOSS and self.p_value < _SIGNIFICANCE


def digest(dataset: Iterable[object]) -> str:
    """Changes when the test set changes: its messages, talks and lines."""
    whole = "\n".join(map(repr, dataset))
    return hashlib.sha256(whole.encode()).hexdigest()[:16]


def read(path: Path = PATH) -> tuple[dict[str, dict[str, Metric]], dict[str, str]]:
    """The accepted metrics of each language and the digests of their test sets; empty when there are none yet."""
    if not path.exists():
        return {}, {}
    stored = json.loads(path.read_text("utf-8"))
    metrics = {
        language: {
            name: Metric(name, each["outcomes"], each.get("lower_is_better", False))
            for name, each in part["metrics"].items()
        }
        for language, part in stored.items()
    }
    return metrics, {language: part["dataset"] for language, part in stored.items()}


def write(results: Results, digests: Mapping[str, str], path: Path = PATH) -> None:
    """Make a result the baseline."""
    content = {
        language: {
            "dataset": digests[language],
            "metrics": {
                metric.name: {
                    "value": round(metric.value, 4) if metric.total else None,
                    **({"lower_is_better": True} if metric.lower_is_better else {}),
                    "outcomes": metric.outcomes,
                }
                for metric in metrics
            },
        }
        for language, metrics in results.items()
    }
    path.write_text(json.dumps(content, indent=1) + "\n", "utf-8")


def changes(
    results: Results, accepted: Mapping[str, Mapping[str, Metric]], same_dataset: Collection[str]
) -> list[Change]:
    """Every metric that both results have; `same_dataset`: the languages whose test set has not changed."""
    return [
        Change(language, metric.name, accepted[language][metric.name], metric, language in same_dataset)
        for language, metrics in results.items()
        for metric in metrics
        if metric.total and accepted.get(language, {}).get(metric.name, Metric("", "")).total
    ]
