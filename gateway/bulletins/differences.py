"""Bulletins, what changed: two texts word by word, as parts that a page can mark."""

import difflib
import re
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
    removed = added = ""
    for operation, i, j, k, m in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        kept = "".join(old[i:j])
        if operation == "equal" and (kept.strip() or not (removed or added)):
            parts += _changed(removed, added)
            parts.append(Part("same", kept))
            removed = added = ""
        else:
            # A space alone between two changed words does not part them: people read phrases.
            removed += kept
            added += "".join(new[k:m])
    return (*parts, *_changed(removed, added))


def _changed(removed: str, added: str) -> list[Part]:
    return [part for part in (Part("removed", removed), Part("added", added)) if part.text]
