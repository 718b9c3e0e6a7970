"""Bulletins, what changed: two texts word by word, as parts that a page can mark."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

_WORDS = re.compile(r"\s+|[^\s]+")


@dataclass(frozen=True)
class Part:
    """Words that stayed, came or went; `text` has its spaces, so that the parts joined are the texts again."""

    kind: Literal["same", "added", "removed"]
    text: str


def differences(before: str, after: str) -> tuple[Part, ...]:
    """How `after` differs from `before`. Kept and added parts make `after`, kept and removed ones `before`."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    parts: list[Part] = []
    for operation, i, j, k, m in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if operation == "equal":
            _add(parts, "same", old[i:j])
        else:
            _add(parts, "removed", old[i:j])
            _add(parts, "added", new[k:m])
    return tuple(parts)


def _add(parts: list[Part], kind: Literal["same", "added", "removed"], words: Sequence[str]) -> None:
    if words:
        parts.append(Part(kind, "".join(words)))
