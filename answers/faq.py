"""Dialogue, the words: particular questions about a topic, as people ask them, each with an answer of its own.

The closed list of questions (`answers/labels.py`) is the same for every topic. These are of one topic: the model learns
them from the wordings here, so a new one is known after the next training, while its answer is live at once.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import yaml

from answers.labels import QUESTIONS, SLOTS
from answers.limits import ASKED, LANGUAGES
from answers.pieces import PIECE_OPTIONAL, PIECE_REQUIRED, Piece, read_piece
from answers.problems import worded
from answers.source import Source

FAQ_KEY: Final = "faq"
ASKED_KEY: Final = "asked"
FAQ_REQUIRED: Final = (ASKED_KEY, *PIECE_REQUIRED)
WHO_KEY: Final = "who"
FAQ_OPTIONAL: Final = (*PIECE_OPTIONAL, WHO_KEY)
ROLES: Final = SLOTS["role"] or ()
FAQ_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,59}")


@dataclass(frozen=True)
class Faq:
    """A question and its answer. `asked` has, by language, the wordings of the question, one a line of the file.

    `who`: the roles of those who ask it, where the answer would be wrong for others; empty: anybody.
    """

    name: str
    asked: Mapping[str, tuple[str, ...]]
    piece: Piece
    who: tuple[str, ...] = ()


def read_faq(source: Source, node: yaml.Node | None) -> dict[str, Faq]:
    """The `faq:` of a topic's file by name."""
    if node is None:
        return {}
    found: dict[str, Faq] = {}
    for name, body in source.entries(node).items():
        if not FAQ_NAME.fullmatch(name) or name in QUESTIONS:
            what = worded("'%(name)s' cannot be a name.", name=name)
            source.refuse(body, what, "Use small letters a to z, digits and _, and no name of the list of questions.")
        elif (faq := _faq(source, name, body)) is not None:
            found[name] = faq
    _refuse_repeats(source, node, found)
    return found


def asked_lines(text: str) -> list[str]:
    """The names and wordings as they stand in a topic's file: what a model depends on, unlike the answers beside them.

    Read line by line, as it is asked of all topics whenever somebody wants to know whether there is something to learn.
    """
    found: list[str] = []
    deepest, is_asked = 0, False  # the indentation of the names, and whether wordings stand here
    is_faq = False
    for line in text.splitlines():
        indent = len(line) - len(line.lstrip())
        if not line.strip() or line.startswith("#"):
            continue
        if indent == 0:
            is_faq, deepest, is_asked = line.startswith(f"{FAQ_KEY}:"), 0, False
        elif is_faq:
            deepest = deepest or indent
            if indent <= deepest:
                is_asked = False
                found.append(line.strip())
            elif indent <= 2 * deepest:
                is_asked = line.strip().startswith(f"{ASKED_KEY}:")
                found += [line.strip()] if is_asked else []
            elif is_asked:
                found.append(line.strip())
    return found


def _faq(source: Source, name: str, node: yaml.Node) -> Faq | None:
    before = len(source.problems)
    fields = source.fields(node, FAQ_REQUIRED, FAQ_OPTIONAL)
    if len(source.problems) > before:
        return None
    written = source.wordings(fields[ASKED_KEY])
    asked = {language: _lines(wording.text) for language, wording in written.items()}
    for language, lines in asked.items():
        for each in lines:
            if len(each) > ASKED or "{" in each or "}" in each:
                what = worded("'%(text)s' is no question as people write it.", text=each[:ASKED])
                remedy = worded("Write at most %(limit)s characters, without placeholders.", limit=ASKED)
                source.refuse(written[language].line, what, remedy)
    who = source.items(fields[WHO_KEY]) if WHO_KEY in fields else []
    for role, item in who:
        if role not in ROLES:
            what = worded("'%(name)s' is no %(slot)s.", name=role, slot="role")
            source.refuse(item, what, worded("One of: %(names)s.", names=", ".join(ROLES)))
    return Faq(name, asked, read_piece(source, fields, name, node), tuple(role for role, _ in who))


def _lines(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


def _refuse_repeats(source: Source, node: yaml.Node, found: Mapping[str, Faq]) -> None:
    """Two answers to the same words: which of them is said would be chance."""
    first: dict[tuple[str, str], str] = {}
    for language, text, name in _all_asked(found):
        other = first.setdefault((language, text.casefold()), name)
        if other != name:
            what = worded("'%(text)s' is asked under %(first)s and %(second)s.", text=text, first=other, second=name)
            source.refuse(node, what, "Keep it in one of the two.")


def _all_asked(found: Mapping[str, Faq]) -> Iterator[tuple[str, str, str]]:
    for faq in found.values():
        for language in LANGUAGES:
            for text in faq.asked.get(language, ()):
                yield language, text, faq.name
