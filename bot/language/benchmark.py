"""Station language, offline: its accuracy on messages of topics that it was not trained on.

    OMP_NUM_THREADS=1 .venv/rasa/bin/python -m bot.language.benchmark [data]

Cross-validation over the topics in four folds, with the messages as written and without dots. A message that is in two
languages' files, or has no evidence of any, is not tested. `untrained` is word lists and eldc alone.
"""

import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.language.identification import Conversation, identify
from bot.language.lexicon import LANGUAGES, lexicon, without_dots, words_of
from bot.language.model import LanguageModel, train

FOLDS = 4
SHORT = 4  # words


@dataclass(frozen=True)
class Example:
    """A message with its labels."""

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


def unambiguous(examples: list[Example]) -> list[Example]:
    """Those that are in one language's files only, and have evidence of a language."""
    languages = defaultdict(set)
    for example in examples:
        languages[example.text.lower()].add(example.language)
    return [
        example
        for example in examples
        if len(languages[example.text.lower()]) == 1 and lexicon().evidence(words_of(example.text))
    ]


def cross_validation(examples: list[Example]) -> Iterator[tuple[LanguageModel, list[Example]]]:
    """A model for each fold, and the messages of the topics that it was not trained on."""
    topics = sorted({example.topic for example in examples})
    for fold in range(FOLDS):
        holdout = set(topics[fold::FOLDS])
        rest = [example for example in examples if example.topic not in holdout]
        model = train([example.text for example in rest], [example.language for example in rest])
        yield model, unambiguous([example for example in examples if example.topic in holdout])


class Accuracies:
    """Accuracy by name."""

    def __init__(self) -> None:
        self._right: Counter[str] = Counter()
        self._total: Counter[str] = Counter()

    def add(self, name: str, *, right: bool) -> None:
        """Count one prediction."""
        self._right[name] += right
        self._total[name] += 1

    def __str__(self) -> str:
        rows = (f"{name:42} {self._right[name] / total:.4f} of {total}" for name, total in sorted(self._total.items()))
        return "\n".join(rows)


def evaluate(accuracies: Accuracies, name: str, model: LanguageModel | None, examples: list[Example]) -> None:
    """Predict each message alone, and in conversations of its own and of the other languages."""
    variants: dict[str, Callable[[str], str]] = {"as written": str, "without dots": without_dots}
    for example in examples:
        length = "1-4 words" if len(words_of(example.text)) <= SHORT else "5 words or more"
        for variant, transform in variants.items():
            found = identify(transform(example.text), None, model)
            accuracies.add(f"{name}, {length}, {variant}", right=found.language == example.language)
        for language in LANGUAGES:
            found = identify(example.text, Conversation(language), model)
            outcome = "stays" if language == example.language else "switches"
            accuracies.add(f"{name}, {length}, {outcome}", right=found.language == example.language)


def main() -> None:
    """Print the accuracies and times."""
    examples = examples_of(Path(sys.argv[1] if len(sys.argv) > 1 else "data"))
    accuracies = Accuracies()
    for model, holdout in cross_validation(examples):
        evaluate(accuracies, "trained", model, holdout)
        evaluate(accuracies, "untrained", None, holdout)
    print(accuracies)
    began = time.perf_counter()
    model = train([example.text for example in examples], [example.language for example in examples])
    print(f"training on {len(examples)} messages: {time.perf_counter() - began:.1f} s, {len(model.vocabulary)} n-grams")
    began = time.perf_counter()
    for example in examples:
        identify(example.text, None, model)
    print(f"a message: {(time.perf_counter() - began) / len(examples) * 1e6:.0f} microseconds")


if __name__ == "__main__":
    main()
