"""The check, phrases: the lines of the three files as patterns, one for each group, that begin where words begin."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import yaml

LANGUAGES: Final = ("fi", "sv", "en")
# Up to four words between, and what stands between two words; neither goes beyond a sentence.
_GAP: Final = r"(?:(?:[^\w\n.!?;]|\.(?=\w)){1,4}[\w'€:]{1,24}){0,4}?"
_SPACE: Final = r"(?:[^\w\n.!?;]|\.(?=\w)){1,4}"
_ENDING: Final = r"\w{0,14}"
# How many words before a phrase a "never" turns it round.
_WORDS_BEFORE: Final = 4
_NEGATABLE: Final = ("asked_", "click", "story_")
_NEVER: Final = re.compile(r"(?<!\w)(?:koskaan|ikinä|aldrig|never)(?!\w)")


@dataclass(frozen=True)
class Found:
    """A group of phrases in a text: which words of it, and where."""

    group: str
    words: str
    start: int
    end: int


def find_phrases(text: str) -> dict[str, Found]:
    """The first phrase of each group in a plain text; of what is asked for, what is forbidden or denied is left out."""
    found: dict[str, Found] = {}
    patterns = _patterns()
    for group, pattern in patterns.items():
        if group == "negation":
            continue
        for match in pattern.finditer(text):
            if group.startswith(_NEGATABLE) and group != "asked_secrecy" and _is_denied(text, match.start(), group):
                continue
            found[group] = Found(group, match.group(), match.start(), match.end())
            break
    return found


def count(text: str, group: str) -> int:
    """How often phrases of a group stand in a plain text, ten at most."""
    return sum(1 for _, _ in zip(range(10), _patterns()[group].finditer(text), strict=False))


def _is_denied(text: str, start: int, group: str) -> bool:
    """Whether the words are forbidden or denied; a story only by a clear "never"."""
    sentence = re.split(r"[.!?\n;]", text[max(0, start - 80) : start])[-1]
    if _NEVER.search(sentence):
        return True
    if group.startswith("story_"):
        return False
    before = " ".join(sentence.split()[-_WORDS_BEFORE:])
    return bool(before) and _patterns()["negation"].search(before) is not None


@lru_cache(maxsize=1)
def _patterns() -> dict[str, re.Pattern[str]]:
    lines: dict[str, list[str]] = {}
    for language in LANGUAGES:
        written = yaml.safe_load((Path(__file__).parent / f"{language}.yml").read_text("utf-8"))
        for group, phrases in written.items():
            lines.setdefault(group, []).extend(str(phrase) for phrase in phrases)
    # Where no word and no sum begins, none of the hundreds of lines need be tried.
    begins = r"(?<!\w)(?=[\w€])"
    return {group: re.compile(rf"{begins}(?:{'|'.join(map(_pattern, each))})(?!\w)") for group, each in lines.items()}


def _pattern(phrase: str) -> str:
    """A line as a regular expression: `*` any ending, `_` up to four words between, the rest as it stands."""
    parts: list[str] = []
    for place, part in enumerate(_split(phrase)):
        is_optional = part.endswith(")?") and _is_one_bracket(part[:-1])
        if part == "_":
            parts.append(_GAP)
            continue
        body = part.replace("*", _ENDING).replace("(", "(?:").replace(" ", _SPACE)
        gap = _SPACE if place and part != r"\?" else r"\W{0,3}" if part == r"\?" else ""
        if is_optional:
            parts.append(f"(?:{gap}{body[:-1]})?" if place else f"(?:{body[:-1]}{_SPACE})?")
        else:
            is_second = place == 1 and parts and parts[0].endswith(f"{_SPACE})?")
            parts.append(body if is_second else gap + body)
    return "".join(parts)


def _is_one_bracket(part: str) -> bool:
    """Whether a part is one bracket from its first to its last character."""
    depth = 0
    for place, character in enumerate(part):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0:
            return place == len(part) - 1
    return False


def _split(phrase: str) -> list[str]:
    """The parts of a line; spaces inside brackets belong to a part."""
    parts, depth, part = [], 0, ""
    for character in phrase.strip():
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == " " and not depth:
            parts.append(part)
            part = ""
        else:
            part += character
    return [*parts, part]
