"""Danger in a talk, examples: a message that has nothing to do with the one before it.

Whoever writes pairs of messages writes those that belong together. People also ask "hi, just a question", or tell of a
bicycle, and then that they have bought a rope: of direct statements after such a message six in ten were passed over
while the models had seen none. So messages of ordinary topics are put before lines of danger, and before ordinary
lines and look-alikes as often, since a change of subject by itself is no danger.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from answers.danger_lines import DangerLine, LineInTalk
from answers.examples import Example
from answers.limits import LANGUAGES
from bot.danger.fusion import NEAR_DANGER
from bot.names import CRISIS, EMERGENCY

# Of each danger, and of lines without one, in each language.
COUNTS: Final[Mapping[str | None, int]] = {EMERGENCY: 400, CRISIS: 400, None: 900}
_LONGEST: Final = 120  # characters of what is said before: what opens a talk is short


def unrelated_pairs(examples: Sequence[Example], lines: Sequence[DangerLine]) -> Iterator[LineInTalk]:
    """Pairs of an example of an ordinary topic and a line; the same ones as long as the texts are the same."""
    for language in LANGUAGES:
        openers = [
            each
            for each in examples
            if each.language == language and each.topic not in NEAR_DANGER and len(each.text) <= _LONGEST
        ]
        if not openers:
            continue
        openers.sort(key=lambda each: _place(each.text))
        chosen: list[DangerLine] = []
        for danger, count in COUNTS.items():
            own = [each for each in lines if (each.language, each.danger) == (language, danger)]
            chosen += sorted(own, key=lambda each: _place(each.text))[:count]
        for number, line in enumerate(chosen):
            before = openers[number % len(openers)]
            yield LineInTalk(line.text, language, line.danger, before.topic, before.text)


def _place(text: str) -> int:
    """A draw that an edit elsewhere does not change."""
    return zlib.crc32(text.encode())
