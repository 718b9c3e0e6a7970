"""Examination: the last accepted result, and whether a new one is worse by more than chance.

The same messages are asked each time, so the two results are compared message by message: what counts is how many were
lost beyond those that were won, and how likely that is by chance (McNemar's test, exact: few messages change).
"""

import hashlib
import json
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist

from tests.evaluation.figures import Share
from tests.evaluation.messages import Question

PATH = Path(__file__).parent / "accepted.json"
# Some eighty figures are compared each time, and an honest change must not fail by chance. With this, where each of the
# 53 messages that a new topic had changed was lost or won by a coin, 7 comparisons of 400 found some figure worse.
_CHANCE = 0.01
_FEWEST_LOST = 3

Results = Mapping[str, Sequence[Share]]


@dataclass(frozen=True)
class Change:
    """A figure then and now."""

    language: str
    name: str
    before: Share
    now: Share
    same_messages: bool

    @property
    def fall(self) -> float:
        """How many messages of this result were lost since then, less those that were won."""
        # Counted, not by the shares: 137/138 and 136/138 differ by a little more than one message of 138.
        fall = self.before.hits * self.now.of / self.before.of - self.now.hits
        return -fall if self.now.lower_is_better else fall

    @property
    def chance(self) -> float:
        """How likely so large a `fall` is where chance alone decides whether a message that changed was lost or won."""
        if self.same_messages and self.before.of == self.now.of:
            changed = sum(a != b for a, b in zip(self.before.outcomes, self.now.outcomes, strict=True))
            lost = (changed + round(self.fall)) // 2
            return sum(math.comb(changed, number) for number in range(lost, changed + 1)) / 2**changed
        spread = sum(each.value * (1 - each.value) / each.of for each in (self.before, self.now) if each.of)
        return 1 - NormalDist(sigma=math.sqrt(spread) * self.now.of).cdf(self.fall) if spread else 0.0

    @property
    def is_worse(self) -> bool:
        """Whether the figure fell by more than chance explains."""
        return self.fall >= _FEWEST_LOST and self.chance < _CHANCE


def digest(asked: Iterable[Question]) -> str:
    """Changes when the examination changes."""
    whole = "\n".join(f"{each.language}\t{each.kind}\t{each.label}\t{each.text}\t{each.also}" for each in asked)
    return hashlib.sha256(whole.encode()).hexdigest()[:16]


def read(path: Path = PATH) -> tuple[dict[str, dict[str, Share]], dict[str, str]]:
    """The accepted figures of each language and the digests of their examinations; empty when there is none yet."""
    if not path.exists():
        return {}, {}
    stored = json.loads(path.read_text("utf-8"))
    figures = {
        language: {
            name: Share(name, each["outcomes"], each.get("lower_is_better", False))
            for name, each in part["figures"].items()
        }
        for language, part in stored.items()
    }
    return figures, {language: part["examination"] for language, part in stored.items()}


def write(results: Results, digests: Mapping[str, str], path: Path = PATH) -> None:
    """Accept a result."""
    content = {
        language: {
            "examination": digests[language],
            "figures": {
                share.name: {
                    "share": round(share.value, 4) if share.of else None,
                    **({"lower_is_better": True} if share.lower_is_better else {}),
                    "outcomes": share.outcomes,
                }
                for share in shares
            },
        }
        for language, shares in results.items()
    }
    path.write_text(json.dumps(content, indent=1) + "\n", "utf-8")


def changes(
    results: Results, accepted: Mapping[str, Mapping[str, Share]], same_examination: Collection[str]
) -> list[Change]:
    """Every figure that both results have; `same_examination`: the languages that were asked the same then."""
    return [
        Change(language, share.name, accepted[language][share.name], share, language in same_examination)
        for language, shares in results.items()
        for share in shares
        if share.of and accepted.get(language, {}).get(share.name, Share("", "")).of
    ]
