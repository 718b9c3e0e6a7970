"""Content, variants: what is said instead to some, by role, age and more, or in one channel; it comes and goes.

Of variants that fit, the first is said; so one with more conditions is put before those with fewer, and what is said to
everybody else stays last. The privacy notice has sections in the same way.
"""

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from answers.faq import ASKED_KEY
from answers.labels import CONDITIONS, QUESTIONS
from answers.limits import LANGUAGES
from answers.pieces import TOPIC
from gateway.content.errors import ContentRefused
from gateway.content.repository.texts import OF_TOPICS, Document, Shelf
from gateway.content.repository.trilingual import Place, Text, entry_key, text_at
from gateway.content.repository.yaml_files import block, quoted
from gateway.conversations.kinds import ChannelName

CHANNELS: Final = tuple(each.value for each in ChannelName)
"""The channels in which an answer may be worded of its own."""

VARIANTS: Final = "variants"
_WORDINGS: Final = "wordings"
_SECTIONS: Final = "sections"
# A condition that holds for nobody else's words: it is written by a person, so it is short.
_LONGEST_VALUE: Final = 40
# The name of a question in its file: nobody reads it but who opens the file.
_NAME: Final = 40
_NO_NAME: Final = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class Target:
    """Where something may be added: the answer to a question, an act, a channel, a section. `new`: nothing is there."""

    place: Place
    new: bool = False

    @property
    def name(self) -> str:
        """As a form names it."""
        return "/".join(self.place)


@dataclass(frozen=True)
class Addition:
    """What an editor adds: where, when it is said, and its words.

    `headings`: of a section of the privacy notice; of a topic's own question its wordings, one a line.
    """

    target: str
    when: Mapping[str, Sequence[str]]
    texts: Mapping[str, str]
    headings: Mapping[str, str]


def targets(root: Mapping[str, Any], where: Document) -> list[Target]:
    """Where something may be added to a document."""
    if where.shelf == Shelf.TOPIC:
        pieces, channels = root.get("questions") or {}, root.get("channels") or {}
        return [
            *(Target(("questions", each)) for each in pieces),
            *(Target(("channels", each), new=True) for each in CHANNELS if each not in channels),
            *(Target(("questions", each), new=True) for each in QUESTIONS if each not in pieces),
        ]
    if where.shelf == Shelf.FAQ:
        return [Target((Shelf.FAQ.value,), new=True)]
    if where.shelf in (Shelf.QUESTIONS, Shelf.ACTS):
        return [Target((VARIANTS,))]
    return [Target((_SECTIONS,), new=True)] if where.shelf == Shelf.PRIVACY else []


def removable(text: Text, where: Document) -> Place | None:
    """What goes when a text is taken away; None for one that has to stay."""
    place = text.place
    for name in (_WORDINGS, VARIANTS, _SECTIONS):
        if name in place[:-1] and (name != _SECTIONS or place[-1] == "text"):
            return place[: place.index(name) + 2]
    if where.shelf == Shelf.FAQ:
        return place[:2] if place[-1] == ASKED_KEY else None
    return place if where.shelf == Shelf.TOPIC and place[0] == "channels" else None


def removal(where: Document, place: Place) -> Callable[[Any], None]:
    """The edit that takes away what stands at a place."""
    sides = [(each, *place) for each in LANGUAGES] if where.shelf == Shelf.PRIVACY else [place]
    return partial(_remove_all, sides)


def _remove_all(sides: Sequence[Place], root: Any) -> None:
    for side in sides:
        _remove(root, side)


def _remove(root: Any, place: Place) -> None:
    """Whatever is empty then goes, too: a variant without wordings, a list without variants."""
    holder, last = text_at(root, place[:-1]), place[-1]
    if isinstance(holder, list) and last.isdigit() and 0 < int(last) <= len(holder):
        del holder[int(last) - 1]
    elif isinstance(holder, dict) and last in holder:
        del holder[last]
    else:
        raise ContentRefused("no_such_text")
    if (not holder and len(place) > 1) or (isinstance(holder, dict) and place[-1] == _WORDINGS):
        _remove(root, place[:-1])


def addition(where: Document, wanted: Addition, sources: Sequence[str], today: dt.date) -> Callable[[Any], None]:
    """The edit that adds. Raises `ContentRefused` for what is not complete, there already, or unknown."""
    empty = next((each for each in LANGUAGES if not wanted.texts.get(each, "").strip()), None)
    if empty:
        raise ContentRefused("text_empty", language=empty)
    for slot, values in wanted.when.items():
        known = CONDITIONS.get(slot)
        if (slot != TOPIC and slot not in CONDITIONS) or (known and set(values) - set(known)):
            raise ContentRefused("bad_condition")
        if any(not each.strip() or len(each) > _LONGEST_VALUE or set(each) & set("/;=,") for each in values):
            raise ContentRefused("bad_condition")
    return partial(_add, where, wanted, sources, today)


def _add(where: Document, wanted: Addition, sources: Sequence[str], today: dt.date, root: Any) -> None:
    place = tuple(wanted.target.split("/"))
    target = next((each for each in targets(root, where) if each.place == place), None)
    if target is None:
        raise ContentRefused("no_such_text")
    if place[0] == _SECTIONS:
        return _add_section(root, wanted)
    if place[0] == Shelf.FAQ:
        return _add_faq(root, wanted, sources, today)
    if place[0] == "channels":
        root.setdefault("channels", CommentedMap())[place[1]] = _texts(wanted.texts)
        return None
    if target.new:
        if wanted.when:
            raise ContentRefused("usual_words_first")
        piece = CommentedMap(answer=_texts(wanted.texts), sources=_flow(sources), reviewed_on=today)
        root.setdefault("questions", CommentedMap())[place[1]] = piece
        return None
    if not wanted.when:
        raise ContentRefused("condition_needed")
    return _add_variant(text_at(root, place) if where.shelf in OF_TOPICS else root, where, wanted)


def _add_variant(holder: Any, where: Document, wanted: Addition) -> None:
    when = CommentedMap({slot: _flow([_value(each) for each in values]) for slot, values in wanted.when.items()})
    when.fa.set_flow_style()
    words = _texts(wanted.texts)
    made = CommentedMap(when=when)
    made |= {_WORDINGS: CommentedSeq([words])} if where.shelf == Shelf.ACTS else {"answer": words}
    there = holder.setdefault(VARIANTS, CommentedSeq())
    if entry_key(made) in [entry_key(each) for each in there]:
        raise ContentRefused("variant_exists")
    fewer = [at for at, each in enumerate(there) if len(each.get("when") or ()) < len(when)]
    there.insert(min(fewer, default=len(there)), made)


def _add_faq(root: Any, wanted: Addition, sources: Sequence[str], today: dt.date) -> None:
    """A topic's own question under a name made of its first English wording."""
    _need_headings(wanted)
    there = root.setdefault(Shelf.FAQ.value, CommentedMap())
    words = _NO_NAME.sub("_", wanted.headings["en"].strip().splitlines()[0].lower()).strip("_")
    first = words[:_NAME].strip("_") if words[:1].isalpha() else f"question_{words[:_NAME]}".strip("_")
    name = next(each for number in range(1, len(there) + 3) if (each := f"{first}_{number}") not in there)
    asked = CommentedMap({each: block(wanted.headings[each].replace("\r\n", "\n").strip()) for each in LANGUAGES})
    there[name] = CommentedMap(asked=asked, answer=_texts(wanted.texts), sources=_flow(sources), reviewed_on=today)


def _need_headings(wanted: Addition) -> None:
    empty = next((each for each in LANGUAGES if not wanted.headings.get(each, "").strip()), None)
    if empty:
        raise ContentRefused("text_empty", language=empty)


def _add_section(root: Any, wanted: Addition) -> None:
    _need_headings(wanted)
    for each in LANGUAGES:
        section = CommentedMap(heading=_words(wanted.headings[each]), text=_words(wanted.texts[each]))
        root[each][_SECTIONS].append(section)


def _texts(texts: Mapping[str, str]) -> CommentedMap:
    return CommentedMap({each: _words(texts[each]) for each in LANGUAGES})


def _words(text: str) -> str:
    clean = text.replace("\r\n", "\n").strip()
    return block(clean) if "\n" in clean else quoted(clean)


def _value(value: str) -> str:
    """A word of a condition; what YAML would read as a number or as a truth stands in quotation marks."""
    clean = value.strip()
    return clean if clean.replace("_", "").isalpha() and clean != "yes" else quoted(clean)


def _flow(values: Sequence[str]) -> CommentedSeq:
    made = CommentedSeq(values)
    made.fa.set_flow_style()
    return made
