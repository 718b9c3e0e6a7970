"""Bulletins, word diff: two texts compared word by word, as parts that a page can mark."""

import difflib
import re
from dataclasses import dataclass
from enum import StrEnum

ISLAND = 2  # words that happen to be the same in the middle of what was written anew
_WORDS = re.compile(r"\s+|[^\s]+")


class PartKind(StrEnum):
    """What became of some words from one text to the other."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True)
class Part:
    """Words that stayed, came or went; `text` has its spaces, so that the parts joined are the texts again."""

    kind: PartKind
    text: str


def differences(before: str, after: str) -> tuple[Part, ...]:
    """How `after` differs from `before`. Kept and added parts make `after`, kept and removed ones `before`."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    parts: list[Part] = []
    removed = added = ""
    steps = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    for place, (operation, i, j, k, m) in enumerate(steps):
        kept = "".join(old[i:j])
        is_island = (removed or added) and place + 1 < len(steps) and len(kept.split()) <= ISLAND
        if operation == "equal" and not is_island:
            parts += _changed(removed, added)
            parts.append(Part(PartKind.SAME, kept))
            removed = added = ""
        else:
            # A space or a word or two between two changes do not part them: people read phrases.
            removed += kept
            added += "".join(new[k:m])
    return (*parts, *_changed(removed, added))


def _changed(removed: str, added: str) -> list[Part]:
    return [part for part in (Part(PartKind.REMOVED, removed), Part(PartKind.ADDED, added)) if part.text]
