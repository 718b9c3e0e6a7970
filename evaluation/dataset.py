"""Evaluation: the test set, messages that nobody trains on, each with the label that two annotators gave it.

`messages/<language>/` has topics/<label>.txt, follow_ups/<act>.txt (said after an answer), emergencies.txt, crises.txt,
lookalikes.txt (no danger, though it looks like one) and short.txt (the language of one to four words). One message a
line; a second right label after a tab.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "messages"
LANGUAGES = ("fi", "sv", "en")

EMERGENCIES = "emergencies"
CRISES = "crises"
LOOKALIKES = "lookalikes"
SHORT = "short"
TOPICS = "topics"
FOLLOW_UPS = "follow_ups"
# Random keys and bare punctuation: no annotator could say which language they are in.
WITHOUT_LANGUAGE = frozenset({"??", "asdjkl", "asdfgh"})


@dataclass(frozen=True)
class LabelledMessage:
    """One message: `label` is a topic, or a file's name where there are no topics; `also` a second right topic."""

    language: str
    kind: str
    label: str
    text: str
    also: str | None = None


def lines(path: Path) -> list[str]:
    """The messages of a file; empty when it is missing."""
    return [line for line in path.read_text("utf-8").splitlines() if line.strip()] if path.exists() else []


def messages(language: str, folder: Path = FOLDER) -> Iterator[LabelledMessage]:
    """The whole test set of one language, always in the same order."""
    for path in sorted((folder / language / TOPICS).glob("*.txt")):
        for line in lines(path):
            text, _, also = line.partition("\t")
            yield LabelledMessage(language, TOPICS, path.stem, text, also or None)
    for path in sorted((folder / language / FOLLOW_UPS).glob("*.txt")):
        for text in lines(path):
            yield LabelledMessage(language, FOLLOW_UPS, path.stem, text)
    for kind in (SHORT, EMERGENCIES, CRISES, LOOKALIKES):
        for text in lines(folder / language / f"{kind}.txt"):
            yield LabelledMessage(language, kind, kind, text)
