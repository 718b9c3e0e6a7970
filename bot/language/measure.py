"""Station language, beside the road: measures it on messages of topics that it has not seen.

    OMP_NUM_THREADS=1 .venv/rasa/bin/python -m bot.language.measure [data]

Four times it is trained without a quarter of the topics and asked for them, as written and without dots. A message
that stands in two languages' files, or holds no sign of any, is not asked. `untrained` is word lists and eldc alone.
"""

import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.language.identify import Conversation, identify
from bot.language.model import LanguageModel, train
from bot.language.words import LANGUAGES, lexicon, without_dots, words_of

FOLDS = 4
SHORT = 4  # words


@dataclass(frozen=True)
class Example:
    """A message with what its file says of it."""

    text: str
    topic: str
    language: str


def examples_of(directory: Path) -> list[Example]:
    """The training examples of a content folder, in a fixed order."""
    return [
        Example(line.removeprefix("- ").strip(), block["intent"], block["metadata"]["language"])
        for path in sorted((directory / "nlu").glob("*/*.yml"))
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]
        for line in block["examples"].splitlines()
        if line.strip()
    ]


def telling(examples: list[Example]) -> list[Example]:
    """Those that only one language's files hold, and that hold a word that may say which."""
    languages = defaultdict(set)
    for example in examples:
        languages[example.text.lower()].add(example.language)
    return [
        example
        for example in examples
        if len(languages[example.text.lower()]) == 1 and lexicon().evidence(words_of(example.text))
    ]


def held_out(examples: list[Example]) -> Iterator[tuple[LanguageModel, list[Example]]]:
    """A model for each fold, and the messages of the topics that it has not seen."""
    topics = sorted({example.topic for example in examples})
    for fold in range(FOLDS):
        unseen = set(topics[fold::FOLDS])
        seen = [example for example in examples if example.topic not in unseen]
        model = train([example.text for example in seen], [example.language for example in seen])
        yield model, telling([example for example in examples if example.topic in unseen])


class Tally:
    """Right answers of all, by a name."""

    def __init__(self) -> None:
        self._right: Counter[str] = Counter()
        self._asked: Counter[str] = Counter()

    def add(self, name: str, *, right: bool) -> None:
        """Count one more."""
        self._right[name] += right
        self._asked[name] += 1

    def __str__(self) -> str:
        rows = (f"{name:42} {self._right[name] / asked:.4f} of {asked}" for name, asked in sorted(self._asked.items()))
        return "\n".join(rows)


def ask(tally: Tally, name: str, model: LanguageModel | None, examples: list[Example]) -> None:
    """Ask for each message alone, and in conversations of its own and of the other languages."""
    ways: dict[str, Callable[[str], str]] = {"as written": str, "without dots": without_dots}
    for example in examples:
        length = "1-4 words" if len(words_of(example.text)) <= SHORT else "5 words or more"
        for way, typed in ways.items():
            found = identify(typed(example.text), None, model)
            tally.add(f"{name}, {length}, {way}", right=found.language == example.language)
        for language in LANGUAGES:
            found = identify(example.text, Conversation(language), model)
            what = "stays" if language == example.language else "switches"
            tally.add(f"{name}, {length}, {what}", right=found.language == example.language)


def main() -> None:
    """Print the figures."""
    examples = examples_of(Path(sys.argv[1] if len(sys.argv) > 1 else "data"))
    tally = Tally()
    for model, unseen in held_out(examples):
        ask(tally, "trained", model, unseen)
        ask(tally, "untrained", None, unseen)
    print(tally)
    began = time.perf_counter()
    model = train([example.text for example in examples], [example.language for example in examples])
    print(f"training on {len(examples)} messages: {time.perf_counter() - began:.1f} s, {len(model.vocabulary)} n-grams")
    began = time.perf_counter()
    for example in examples:
        identify(example.text, None, model)
    print(f"a message: {(time.perf_counter() - began) / len(examples) * 1e6:.0f} microseconds")


if __name__ == "__main__":
    main()
