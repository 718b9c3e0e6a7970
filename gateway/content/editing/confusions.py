"""Content, confusions: which topics the bot takes for which, from the examination of the bot in use."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.content.publishing.results import examined

# The map shows so many topics, those that are confused most; the list shows all.
ON_MAP: Final = 14
LEVELS: Final = 5


@dataclass(frozen=True)
class Confusion:
    """Test messages of `topic` taken for `taken_for`, as (language, message); `asked`: how many the topic has."""

    topic: str
    taken_for: str
    messages: tuple[tuple[str, str], ...]
    asked: int

    @property
    def share(self) -> float:
        """Of the topic's test messages, 0 to 1."""
        return len(self.messages) / self.asked


@dataclass(frozen=True)
class Confusions:
    """Everything that was taken for something else, the most first; `asked` and `wrong` count all test messages."""

    asked: int
    wrong: int
    pairs: tuple[Confusion, ...]

    def map(self) -> "ConfusionMap":
        """The topics that are confused most, against each other."""
        weight: Counter[str] = Counter()
        for each in self.pairs:
            weight[each.topic] += len(each.messages)
            weight[each.taken_for] += len(each.messages)
        topics = [topic for topic, _ in weight.most_common(ON_MAP)]
        among = {(each.topic, each.taken_for): each for each in self.pairs}
        rows = tuple(topic for topic in topics if any((topic, other) in among for other in topics))
        columns = tuple(topic for topic in topics if any((other, topic) in among for other in topics))
        most = max((len(each.messages) for each in self.pairs), default=0)
        cells = {
            pair: Cell(each, -(-LEVELS * len(each.messages) // most))
            for pair, each in among.items()
            if pair[0] in rows and pair[1] in columns
        }
        return ConfusionMap(rows, columns, cells)


@dataclass(frozen=True)
class Cell:
    """A confusion on the map; `level` from 1 to `LEVELS`, the most confused pair is the darkest."""

    confusion: Confusion
    level: int


@dataclass(frozen=True)
class ConfusionMap:
    """Rows: what a message is about. Columns: what the bot takes it for. A pair without a cell is not confused."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: Mapping[tuple[str, str], Cell]


def confusions(results: Path | None, language: str = "") -> Confusions | None:
    """What the examination found, in one language or in all; None without an examination."""
    messages = [each for each in examined(results) if language in ("", each["question"]["language"])]
    if not messages:
        return None
    asked: Counter[str] = Counter()
    found: defaultdict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for each in messages:
        question, best = each["question"], str((each["ranked"] or [""])[0])
        asked[question["label"]] += 1
        if best and best not in (question["label"], question["also"]):
            found[question["label"], best].append((question["language"], question["text"]))
    pairs = [Confusion(*pair, tuple(lines), asked[pair[0]]) for pair, lines in found.items()]
    return Confusions(len(messages), sum(map(len, found.values())), tuple(_in_order(pairs)))


def _in_order(pairs: Iterable[Confusion]) -> list[Confusion]:
    return sorted(pairs, key=lambda each: (-len(each.messages), each.topic, each.taken_for))
