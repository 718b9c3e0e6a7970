"""Dialogue, the talks: written conversations that the bot learns from or is examined by, one turn a line.

    # id | who the person is | topics
    t: words of the citizen || topic:sextortion; q:parents_told; act:tells; tells:age=under_15; danger:crisis

Talks are separated by an empty line. Of several acceptable values the best stands first: `q:what_first/report_needed`;
two questions in one message are `q:cost + duration`. Examinations add `must:a|b & c` and `not:a & b`: pieces of text
that a right reply has to contain (one of each group), and those that no reply may contain.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from answers.labels import ACTS, DANGERS, QUESTIONS, SLOTS
from answers.limits import LANGUAGES, TEXT
from answers.problems import Problem, worded

_TALK: Final = "# "
_TURN: Final = "t:"
_LABELS: Final = "||"
_NAME: Final = re.compile(r"[a-z0-9_]+")
_DOTLESS: Final = str.maketrans("äöå", "aoa")

# How people who write talks abbreviate or inflect a value, and how it is kept.
_SAME: Final[Mapping[str, str]] = {"under15": "under_15", "15-17": "15_17", "18+": "adult", "true": "yes"}


@dataclass(frozen=True)
class Turn:
    """What a citizen writes, and how it should be understood in its talk.

    `topics`, `acts` and each of `questions` are acceptable values, the best first. `must` are groups of which one piece
    each has to be in the reply.
    """

    text: str
    line: int
    topics: tuple[str, ...] = ()
    questions: tuple[tuple[str, ...], ...] = ()
    acts: tuple[str, ...] = ()
    tells: tuple[tuple[str, str], ...] = ()
    danger: str | None = None
    must: tuple[tuple[str, ...], ...] = ()
    must_not: tuple[str, ...] = ()


@dataclass(frozen=True)
class Talk:
    """One citizen's turns, in their order."""

    name: str
    person: str
    language: str
    file: str
    line: int
    turns: tuple[Turn, ...]


@dataclass
class _Labels:
    topics: tuple[str, ...] = ()
    questions: list[tuple[str, ...]] = field(default_factory=list)
    acts: tuple[str, ...] = ()
    tells: list[tuple[str, str]] = field(default_factory=list)
    danger: str | None = None
    must: list[tuple[str, ...]] = field(default_factory=list)
    must_not: list[str] = field(default_factory=list)


def talk_paths(directory: Path) -> list[Path]:
    """The files of written talks of a content folder, in a fixed order."""
    return sorted((directory / "talks").glob("*/*.txt"))


def read_talks(paths: Iterable[Path], topics: Collection[str]) -> tuple[list[Talk], list[Problem]]:
    """The talks of `<language>/<file>.txt` files, and what is wrong in them; a talk with a fault is left out."""
    talks: list[Talk] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            text = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            problems.append(Problem(path.as_posix(), 1, "The file cannot be read as UTF-8.", "Save it as UTF-8."))
            continue
        found, wrong = talks_of(text, path.parent.name, path.as_posix(), topics)
        talks += found
        problems += wrong
    return talks, problems


def talks_of(text: str, language: str, file: str, topics: Collection[str]) -> tuple[list[Talk], list[Problem]]:
    """The talks of one file's text and what is wrong in it."""
    if language not in LANGUAGES:
        remedy = f"Put it into a folder {', '.join(LANGUAGES[:-1])} or {LANGUAGES[-1]}."
        what = worded("Unknown language '%(language)s'.", language=language)
        return [], [Problem(file, 1, what, remedy)]
    talks: list[Talk] = []
    problems: list[Problem] = []
    names: dict[str, int] = {}
    for block in _blocks(text):
        talk, wrong = _talk(block, language, file, topics)
        problems += wrong
        if talk is None:
            continue
        first = names.setdefault(talk.name, talk.line)
        if first != talk.line:
            twice = f"The talk '{talk.name}' is also on line {first}."
            problems.append(Problem(file, talk.line, twice, "Give it an id of its own."))
        elif not wrong:
            talks.append(talk)
    return talks, problems


def _blocks(text: str) -> Iterator[list[tuple[int, str]]]:
    """The lines of each talk with their numbers; a new heading begins a talk even without an empty line before it."""
    block: list[tuple[int, str]] = []
    for number, raw in enumerate(text.lstrip("\ufeff").splitlines(), 1):
        line = raw.strip()
        if block and (not line or line.startswith(_TALK)):
            yield block
            block = []
        if line:
            block.append((number, line))
    if block:
        yield block


def _talk(
    block: list[tuple[int, str]], language: str, file: str, topics: Collection[str]
) -> tuple[Talk | None, list[Problem]]:
    number, heading = block[0]
    if not heading.startswith(_TALK):
        return None, [Problem(file, number, "A talk begins with its heading.", "Write `# id | who | topics` above it.")]
    name, person, *_ = [part.strip() for part in heading.removeprefix(_TALK).split("|")] + [""]
    problems: list[Problem] = []
    turns: list[Turn] = []
    for place, line in block[1:]:
        turn = _turn(line, place, file, topics)
        if isinstance(turn, Turn):
            turns.append(turn)
        else:
            problems.append(turn)
    if not turns and not problems:
        problems.append(Problem(file, number, "The talk has no turns.", "Write `t: words || labels` below it."))
    if turns and not problems and not (turns[0].topics or turns[0].questions or turns[0].acts or turns[0].danger):
        problems.append(Problem(file, turns[0].line, "The first turn has no topic, question or act.", "Label it."))
    return Talk(name, person, language, file, number, tuple(turns)), problems


class _Wrong(Exception):
    def __init__(self, what: str, remedy: str) -> None:
        self.what = what
        self.remedy = remedy
        super().__init__(what)


def _turn(line: str, number: int, file: str, topics: Collection[str]) -> Turn | Problem:
    try:
        return _read_turn(line, number, topics)
    except _Wrong as wrong:
        return Problem(file, number, wrong.what, wrong.remedy)


def _read_turn(line: str, number: int, topics: Collection[str]) -> Turn:
    if not line.startswith(_TURN):
        raise _Wrong("This is no turn.", "Begin the line with `t: `, or with `# ` for a new talk.")
    words, mark, written = line.removeprefix(_TURN).rpartition(_LABELS)
    if not mark:
        raise _Wrong("The turn has no labels.", "Write `||` after the words, then the labels.")
    text = words.strip()
    if not text or len(text) > TEXT:
        raise _Wrong("The turn has no words, or too many.", f"Write 1 to {TEXT} characters.")
    labels = _Labels()
    for label in written.split(";"):
        if label.strip():
            _add(labels, label.strip(), topics)
    if not (labels.topics or labels.questions or labels.acts or labels.tells or labels.danger):
        raise _Wrong("The turn has no labels.", "Give at least one of topic, q, act, tells or danger.")
    return Turn(
        text=text,
        line=number,
        topics=labels.topics,
        questions=tuple(labels.questions),
        acts=labels.acts or (("tells",) if _only_tells(labels) else ()),
        tells=tuple(labels.tells),
        danger=labels.danger,
        must=tuple(labels.must),
        must_not=tuple(labels.must_not),
    )


def _only_tells(labels: _Labels) -> bool:
    return bool(labels.tells) and not (labels.topics or labels.questions or labels.danger)


def _add(labels: _Labels, label: str, topics: Collection[str]) -> None:
    kind, _, value = (part.strip() for part in label.partition(":"))
    if kind == "topic":
        labels.topics = _known(value, topics, "topic")
    elif kind == "q":
        labels.questions += [_known(part, QUESTIONS, "question") for part in value.split("+")]
    elif kind == "act":
        labels.acts = _known(value, ACTS, "act")
    elif kind == "tells":
        labels.tells += _told(value)
    elif kind == "danger":
        (labels.danger, *_) = _known(value, DANGERS, "danger")
    elif kind == "must":
        labels.must += [
            tuple(piece for one in group.split("|") if (piece := one.strip())) for group in value.split("&")
        ]
    elif kind == "not":
        labels.must_not += [piece for one in re.split(r"[&|]", value) if (piece := one.strip())]
    else:
        raise _Wrong(f"Unknown label '{label}'.", "Known: topic, q, act, tells, danger, must, not.")


def _known(value: str, known: Collection[str], kind: str) -> tuple[str, ...]:
    names = tuple(part.strip() for part in value.split("/"))
    for name in names:
        if name not in known:
            where = "Topics are the files of answers/." if kind == "topic" else "See answers/labels.py."
            remedy = f"One of: {', '.join(sorted(known))}." if len(known) <= len(ACTS) else where
            raise _Wrong(f"Unknown {kind} '{name}'.", remedy)
    return names


def _told(written: str) -> list[tuple[str, str]]:
    """`age=under_15`, or several at once: `role=victim, done=paid/blocked`."""
    found: list[tuple[str, str]] = []
    slot = ""
    for part in re.split(r"[,+/]", written):
        name, mark, value = (piece.strip() for piece in part.rpartition("="))
        slot = name if mark else slot
        if slot not in SLOTS:
            raise _Wrong(f"'tells:{written}' tells nothing.", f"Write tells:<slot>=<value>; slots: {', '.join(SLOTS)}.")
        found.append((slot, _value(slot, value)))
    return found


def _value(slot: str, written: str) -> str:
    allowed = SLOTS[slot]
    plain = _SAME.get(written.lower(), written.lower())
    if allowed is None:
        plain = re.sub(r"\W+", "_", plain.translate(_DOTLESS)).strip("_")
    if not _NAME.fullmatch(plain) or (allowed is not None and plain not in allowed):
        remedy = f"One of: {', '.join(allowed)}." if allowed else "Write one word."
        raise _Wrong(f"'{written}' is no {slot}.", remedy)
    return plain
