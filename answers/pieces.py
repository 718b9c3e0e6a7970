"""Dialogue, the words: short answers to what is asked about a subject, with variants where the truth differs."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import yaml

from answers.labels import CONDITIONS, QUESTIONS, SLOTS
from answers.limits import REPLY_BUTTON_TITLE
from answers.problems import worded
from answers.source import NOTE, Source, Wording

TOPIC: Final = "topic"
"""A condition of a variant beside the slots: the subject of the talk."""

PIECE_REQUIRED: Final = ("answer", "sources", "reviewed_on")
PIECE_OPTIONAL: Final = ("variants", "ask")
QUESTION_REQUIRED: Final = ("question", "title", "unknown", "sources", "reviewed_on", "approved_by")
QUESTION_OPTIONAL: Final = ("answer", "variants", "ask", NOTE)

Condition = Mapping[str, tuple[str, ...]]
State = Mapping[str, Collection[str]]


@dataclass(frozen=True)
class Variant:
    """What is said instead where every slot of `when` has one of its values."""

    when: Condition
    texts: Mapping[str, Wording]
    line: int


@dataclass(frozen=True)
class Ask:
    """A short question for a slot that decides the answer."""

    slot: str
    texts: Mapping[str, Wording]


@dataclass(frozen=True)
class Piece:
    """The answer to one question. `texts` is empty where only some variants can be answered."""

    question: str
    texts: Mapping[str, Wording]
    variants: tuple[Variant, ...]
    ask: Ask | None
    sources: tuple[str, ...]
    reviewed_on: date
    line: int

    def place(self, state: State) -> int | None:
        """Which variant is the first that fits what is known; None for the usual texts."""
        return next((place for place, each in enumerate(self.variants) if fits(each.when, state)), None)

    def wordings(self, state: State) -> Mapping[str, Wording]:
        """The first variant that fits what is known, else the usual texts."""
        return next((each.texts for each in self.variants if fits(each.when, state)), self.texts)

    def asks(self, state: State) -> Ask | None:
        """What to ask before more can be said: only where the slot is not known yet."""
        return self.ask if self.ask is not None and not state.get(self.ask.slot) else None


@dataclass(frozen=True)
class GeneralQuestion:
    """What holds of a question whatever the subject: its button, an answer, and what is said where we know none."""

    question: str
    file: str
    title: Mapping[str, Wording]
    piece: Piece
    unknown: Mapping[str, Wording]
    approved_by: str


def fits(when: Condition, state: State) -> bool:
    """Whether every slot of the condition has one of the wanted values."""
    return all(set(values) & set(state.get(slot, ())) for slot, values in when.items())


def read_pieces(source: Source, node: yaml.Node | None) -> dict[str, Piece]:
    """The `questions:` of a topic's file by question."""
    if node is None:
        return {}
    pieces: dict[str, Piece] = {}
    for question, body in source.entries(node).items():
        if question not in QUESTIONS:
            source.refuse(
                body, worded("Unknown question '%(name)s'.", name=question), "See the list in answers/labels.py."
            )
            continue
        piece = _piece(source, body, question)
        if piece is not None:
            pieces[question] = piece
    return pieces


def read_question(path: Path) -> tuple[GeneralQuestion | None, Source]:
    """The question of a file of answers/questions, or None when something in it is refused (see `problems`)."""
    source = Source(path)
    root = source.document()
    if root is None:
        return None, source
    fields = source.fields(root, QUESTION_REQUIRED, QUESTION_OPTIONAL)
    if source.problems:
        return None, source
    source.note(fields.get(NOTE))
    question = named_as_file(source, fields["question"], QUESTIONS)
    general = GeneralQuestion(
        question=question,
        file=path.as_posix(),
        title=button_titles(source, fields["title"]),
        piece=read_piece(source, fields, question, root),
        unknown=source.wordings(fields["unknown"]),
        approved_by=source.string(fields["approved_by"]),
    )
    return (None if source.problems else general), source


def named_as_file(source: Source, node: yaml.Node, known: Collection[str]) -> str:
    """The name that a file of a closed list gives itself; it has to be the file's own."""
    name = source.string(node)
    if name not in known:
        source.refuse(node, worded("Unknown name '%(name)s'.", name=name), "See the lists in answers/labels.py.")
    elif name != source.path.stem:
        what = worded("'%(name)s' stands in %(file)s.", name=name, file=source.path.name)
        source.refuse(node, what, worded("Rename the file to %(name)s.yml.", name=name))
    return name


def button_titles(source: Source, node: yaml.Node) -> dict[str, Wording]:
    """Titles that a WhatsApp button takes."""
    titles = source.wordings(node)
    for language, title in titles.items():
        if len(title.text) > REPLY_BUTTON_TITLE:
            what = worded(
                "The title in '%(language)s' has %(count)s characters; a WhatsApp button takes %(limit)s.",
                language=language,
                count=len(title.text),
                limit=REPLY_BUTTON_TITLE,
            )
            source.refuse(title.line, what, "Shorten it.")
        if "{" in title.text or "\n" in title.text:
            what = worded("The title in '%(language)s' is not plain words.", language=language)
            source.refuse(title.line, what, "No placeholders, one line.")
    return titles


def review_date(source: Source, node: yaml.Node) -> date:
    """The day when somebody last compared a text with its sources."""
    try:
        return date.fromisoformat(source.string(node))
    except ValueError:
        source.refuse(node, "This is not a date.", "Write year-month-day, for example 2026-11-24.")
        return date.min


def condition(source: Source, node: yaml.Node) -> dict[str, tuple[str, ...]]:
    """A `when:` as slots and wanted values."""
    found = source.entries(node)
    if not found:
        source.refuse(node, "The variant has no condition.", "Write when: {role: [doer]}, or delete the variant.")
    return {slot: values for slot, body in found.items() if (values := _values(source, slot, body))}


def _values(source: Source, slot: str, node: yaml.Node) -> tuple[str, ...]:
    if slot not in CONDITIONS and slot != TOPIC:
        source.refuse(node, worded("Unknown slot '%(name)s'.", name=slot), _one_of([*CONDITIONS, TOPIC]))
        return ()
    allowed = CONDITIONS.get(slot)
    values = source.items(node)
    for value, item in values:
        if allowed is not None and value not in allowed:
            source.refuse(item, worded("'%(name)s' is no %(slot)s.", name=value, slot=slot), _one_of(allowed))
    return tuple(value for value, _ in values)


def _piece(source: Source, node: yaml.Node, question: str) -> Piece | None:
    before = len(source.problems)
    fields = source.fields(node, PIECE_REQUIRED, PIECE_OPTIONAL)
    if len(source.problems) > before:
        return None
    return read_piece(source, fields, question, node)


def read_piece(source: Source, fields: Mapping[str, yaml.Node], question: str, node: yaml.Node) -> Piece:
    """The piece of these fields of an entry; `question` is what it answers."""
    answer = fields.get("answer")
    return Piece(
        question=question,
        texts={} if answer is None else source.wordings(answer),
        variants=_variants(source, fields.get("variants")),
        ask=_ask(source, fields.get("ask")),
        sources=tuple(code for code, _ in source.items(fields["sources"])),
        reviewed_on=review_date(source, fields["reviewed_on"]),
        line=int(node.start_mark.line) + 1,
    )


def _variants(source: Source, node: yaml.Node | None) -> tuple[Variant, ...]:
    if node is None:
        return ()
    if not isinstance(node, yaml.SequenceNode):
        source.refuse(node, "Here should be a list of variants.", "Begin each with `- when: {...}`.")
        return ()
    return tuple(variant for each in node.value if (variant := _variant(source, each)) is not None)


def _variant(source: Source, node: yaml.Node) -> Variant | None:
    fields = source.fields(node, ("when", "answer"))
    if {"when", "answer"} - fields.keys():
        return None
    line = int(node.start_mark.line) + 1
    return Variant(condition(source, fields["when"]), source.wordings(fields["answer"]), line)


def _ask(source: Source, node: yaml.Node | None) -> Ask | None:
    if node is None:
        return None
    fields = source.fields(node, ("slot", "text"))
    if {"slot", "text"} - fields.keys():
        return None
    slot = source.string(fields["slot"])
    if slot not in SLOTS:
        source.refuse(fields["slot"], worded("Unknown slot '%(name)s'.", name=slot), _one_of(SLOTS))
    return Ask(slot, source.wordings(fields["text"]))


def _one_of(names: Iterable[str]) -> str:
    return worded("One of: %(names)s.", names=", ".join(names))
