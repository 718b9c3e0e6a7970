"""Bulletins, word diff: two texts compared word by word, as parts that a page can mark."""

import difflib
import re
from dataclasses import dataclass
from enum import StrEnum

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
    for operation, i, j, k, m in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        kept = "".join(old[i:j])
        if operation == "equal" and (kept.strip() or not (removed or added)):
            parts += _changed(removed, added)
            parts.append(Part(PartKind.SAME, kept))
            removed = added = ""
        else:
            # A space alone between two changed words does not part them: people read phrases.
            removed += kept
            added += "".join(new[k:m])
    return (*parts, *_changed(removed, added))


def _changed(removed: str, added: str) -> list[Part]:
    return [part for part in (Part(PartKind.REMOVED, removed), Part(PartKind.ADDED, added)) if part.text]
