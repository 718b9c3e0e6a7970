"""Replies: parts of what was written: first sentences, and the steps of an answer."""

from __future__ import annotations

import re
from typing import Final

# A full stop after a number or an abbreviation ends no sentence.
_SENTENCE: Final = re.compile(r"(?s)^.*?(?<!\d)(?<!\besim)(?<!\bt\.ex)(?<!\bkl)(?<!\be\.g)[.!?](?=\s|$)")
_STEP: Final = re.compile(r"^\s*(\d{1,2})\.\s+(.+)$", re.MULTILINE)
_POINT: Final = re.compile(r"^\s*[•-]\s+(.+)$", re.MULTILINE)
_NUMBERS: Final = {
    1: ("1", "eka", "ekaa", "ekan", "ensimmäi", "yksi", "ykkönen", "första", "ettan", "ett", "one", "first"),
    2: ("2", "toka", "tokan", "toinen", "kaksi", "kakkonen", "andra", "tvåan", "två", "two", "second"),
    3: ("3", "kolmas", "kolmos", "kolme", "tredje", "trean", "tre", "three", "third"),
    4: ("4", "neljä", "neljäs", "fjärde", "fyra", "four", "fourth"),
    5: ("5", "viides", "viisi", "femte", "fem", "five", "fifth"),
    6: ("6", "kuudes", "kuusi", "sjätte", "sex", "six", "sixth"),
}
_LAST: Final = ("viimeinen", "vika", "vikan", "sista", "last")


def first_sentence(text: str) -> str:
    """The first sentence, or the first line where it has no end."""
    line = text.strip().split("\n", 1)[0].strip()
    match = _SENTENCE.match(line)
    return match.group().strip() if match else line


def all_sentences(text: str) -> list[str]:
    """Every sentence, one after the other."""
    rest, found = " ".join(text.split()), []
    while rest:
        sentence = first_sentence(rest)
        found.append(sentence)
        rest = rest[len(sentence) :].strip()
    return found


def sentences(text: str, number: int) -> str:
    """The first sentences."""
    rest, found = text.strip(), []
    for _ in range(number):
        sentence = first_sentence(rest)
        if not sentence:
            break
        found.append(sentence)
        rest = rest[len(sentence) :].strip()
    return " ".join(found)


def steps_of(text: str) -> list[str]:
    """The numbered steps of an answer, or its points where it has no numbers."""
    return [step.strip() for _, step in _STEP.findall(text)] or [point.strip() for point in _POINT.findall(text)]


def step_asked(text: str, steps: int) -> int | None:
    """Which step (from 0) the citizen names, by number or word; None where none is named or there are fewer."""
    words = re.findall(r"\w+", text.lower())
    if steps and any(word.startswith(_LAST) for word in words):
        return steps - 1
    for number, names in _NUMBERS.items():
        if number <= steps and any(word in names or (len(word) > 5 and word.startswith(names)) for word in words):
            return number - 1
    return None
