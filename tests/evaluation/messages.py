"""Examination: the messages that nobody trained on, with the label that two readers gave each.

Beside this file: <language>/topics/<label>.txt, follow_ups/<act>.txt (said after an answer), emergencies.txt,
crises.txt, lookalikes.txt (no danger, though it looks like one) and short.txt (the language of one to four words). One
message a line; a second right label after a tab.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
LANGUAGES = ("fi", "sv", "en")

EMERGENCIES = "emergencies"
CRISES = "crises"
LOOKALIKES = "lookalikes"
SHORT = "short"
TOPICS = "topics"
FOLLOW_UPS = "follow_ups"
# Keys struck at random and bare signs: no reader could say which language they are in.
WITHOUT_LANGUAGE = frozenset({"??", "asdjkl", "asdfgh"})


@dataclass(frozen=True)
class Question:
    """One message: `label` is a topic, or a file's name where there are no topics; `also` a second right topic."""

    language: str
    kind: str
    label: str
    text: str
    also: str | None = None


def lines(path: Path) -> list[str]:
    """The messages of a file, none when it is missing."""
    return [line for line in path.read_text("utf-8").splitlines() if line.strip()] if path.exists() else []


def questions(language: str, folder: Path = FOLDER) -> Iterator[Question]:
    """The whole examination of one language, always in the same order."""
    for path in sorted((folder / language / TOPICS).glob("*.txt")):
        for text in lines(path):
            message, _, also = text.partition("\t")
            yield Question(language, TOPICS, path.stem, message, also or None)
    for path in sorted((folder / language / FOLLOW_UPS).glob("*.txt")):
        for text in lines(path):
            yield Question(language, FOLLOW_UPS, path.stem, text)
    for kind in (SHORT, EMERGENCIES, CRISES, LOOKALIKES):
        for text in lines(folder / language / f"{kind}.txt"):
            yield Question(language, kind, kind, text)
