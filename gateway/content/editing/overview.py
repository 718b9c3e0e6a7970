"""Content, overview: every topic in every language, with marks for what an editor should look at first."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml

from answers.content import answer_paths, signature_of
from answers.limits import LANGUAGES
from answers.render import contact_keys
from gateway.content.editing.freshness import left_behind
from gateway.content.publishing.releases import Published
from gateway.content.publishing.results import examined
from gateway.content.repository.working_copy import WorkingCopy

LOOK_AGAIN_AFTER: Final = dt.timedelta(days=180)
# Below this share of right answers a topic is weak; fewer messages than this say nothing.
_WEAK: Final = 0.75
_ENOUGH: Final = 3
_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Mark(StrEnum):
    """Why an editor should look at a topic, most urgent first; the first one gives a cell its colour."""

    MISSING = "missing"
    WEAK = "weak"
    BEHIND = "behind"
    STALE = "stale"
    WAITING = "waiting"
    UNCHECKED = "unchecked"
    UNAPPROVED = "unapproved"
    UNMEASURED = "unmeasured"


@dataclass(frozen=True)
class Cell:
    """A topic in one language; `accuracy` (0 to 1) of the live model on its test messages, None without enough."""

    marks: tuple[Mark, ...]
    accuracy: float | None


@dataclass(frozen=True)
class Row:
    """A topic: its title by language, and a cell for each."""

    topic: str
    group: str
    titles: Mapping[str, str]
    cells: Mapping[str, Cell]

    def has(self, mark: str) -> bool:
        """Whether one of its languages has this mark."""
        return any(mark in cell.marks for cell in self.cells.values())


@dataclass(frozen=True)
class Overview:
    """All topics by group, and the files that cannot be read, each with the line."""

    groups: Mapping[str, tuple[Row, ...]]
    broken: tuple[tuple[str, int], ...]

    @property
    def rows(self) -> list[Row]:
        """All topics in the order of the files."""
        return [row for rows in self.groups.values() for row in rows]

    def counts(self) -> dict[str, int]:
        """How many cells have each mark, and how many have none."""
        cells = [cell for row in self.rows for cell in row.cells.values()]
        counted = Counter(mark for cell in cells for mark in cell.marks)
        return {**{mark: counted[mark] for mark in Mark}, "good": sum(not cell.marks for cell in cells)}


def overview(copy: WorkingCopy, live: Path, results: Path | None, today: dt.date) -> Overview:
    """The draft beside what is live (a content folder), with the examination's results of the live model."""
    files = Files()
    behind, accuracies = left_behind(copy), accuracy(results)
    contacts = files.read(copy.folder / "contacts.yml", "")
    unchecked = frozenset(
        key for key, each in contacts.items() if isinstance(each, dict) and not each.get("checked_on")
    )
    groups: dict[str, list[Row]] = {}
    for path in answer_paths(copy.folder):
        group, topic = path.parent.name, path.stem
        inside = Path("answers", group, f"{topic}.yml"), Path("nlu", group, f"{topic}.yml")
        draft = [files.read(copy.folder / each, each.as_posix()) for each in inside]
        there = [files.read(live / each, "") for each in inside]
        cells = {
            language: _cell(language, draft, there, topic, behind, accuracies, unchecked, today)
            for language in LANGUAGES
        }
        titles = draft[0].get("title") if isinstance(draft[0].get("title"), dict) else {}
        names = {language: str((titles or {}).get(language) or topic) for language in LANGUAGES}
        groups.setdefault(group, []).append(Row(topic, group, names, cells))
    for name in ("contacts.yml", "senders.yml", "lines.yml", "scam_check.yml"):
        files.read(copy.folder / name, name)
    return Overview({group: tuple(rows) for group, rows in groups.items()}, tuple(files.broken))


def accuracy(results: Path | None) -> dict[tuple[str, str], float]:
    """The share of right answers by (topic, language); empty without results."""
    return {} if results is None or not results.exists() else _accuracy(results, signature_of(results))


@lru_cache(maxsize=2)  # every page of a topic asks for it
def _accuracy(results: Path, _signature: tuple[int, int]) -> dict[tuple[str, str], float]:
    right: Counter[tuple[str, str]] = Counter()
    asked: Counter[tuple[str, str]] = Counter()
    for each in examined(results):
        question = each["question"]
        place = question["label"], question["language"]
        asked[place] += 1
        right[place] += (each["ranked"] or [""])[0] in (question["label"], question["also"])
    return {place: right[place] / count for place, count in asked.items() if count >= _ENOUGH}


def results_of_live(published: Published) -> Path | None:
    """The examination's results of the live model, when it has been examined."""
    results = published.results(Path(published.live().model))
    return results if results.exists() else None


class Files:
    """YAML files read fast, each once while it does not change; a broken one is listed and reads as empty."""

    _kept: Final[dict[Path, tuple[tuple[int, int], dict[str, Any], int]]] = {}

    def __init__(self) -> None:
        self.broken: list[tuple[str, int]] = []

    def read(self, path: Path, name: str) -> dict[str, Any]:
        """The file's keys; `name` is told when it is broken."""
        signature = signature_of(path)
        known = self._kept.get(path)
        if known is None or known[0] != signature:
            root, line = _parse(path)
            known = self._kept[path] = (signature, root, line)
        if known[2] and name:
            self.broken.append((name, known[2]))
        return known[1]


def _parse(path: Path) -> tuple[dict[str, Any], int]:
    """The root, and the line that is broken (0: none)."""
    try:
        root = yaml.load(path.read_text("utf-8"), Loader=_LOADER)  # noqa: S506  # a safe loader
    except FileNotFoundError:
        return {}, 0
    except (OSError, UnicodeDecodeError):
        return {}, 1
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        return {}, mark.line + 1 if mark else 1
    return (root, 0) if isinstance(root, dict) else ({}, 1)


def _cell(
    language: str,
    draft: list[dict[str, Any]],
    live: list[dict[str, Any]],
    topic: str,
    behind: Mapping[str, frozenset[str]],
    accuracies: Mapping[tuple[str, str], float],
    unchecked: frozenset[str],
    today: dt.date,
) -> Cell:
    texts, examples = _texts(draft[0], language), _examples(draft[1], language)
    share = accuracies.get((topic, language))
    reviewed = draft[0].get("reviewed_on")
    found = {
        Mark.MISSING: not all(texts[:2]) or not examples,
        Mark.WEAK: share is not None and share < _WEAK,
        Mark.BEHIND: language in behind.get(topic, ()),
        Mark.STALE: not isinstance(reviewed, dt.date) or today - reviewed > LOOK_AGAIN_AFTER,
        Mark.UNCHECKED: any(contact_keys(text) & unchecked for text in texts),
        Mark.UNAPPROVED: not draft[0].get("approved_by"),
        Mark.UNMEASURED: share is None,
        Mark.WAITING: texts != _texts(live[0], language) or examples != _examples(live[1], language),
    }
    return Cell(tuple(mark for mark in Mark if found[mark]), share)


def _texts(root: dict[str, Any], language: str) -> list[str]:
    parts = (root.get(name) for name in ("title", "answer", "in_short", "why"))
    return [str(part.get(language) or "").strip() if isinstance(part, dict) else "" for part in parts]


def _examples(root: dict[str, Any], language: str) -> str:
    blocks = root.get("nlu")
    for block in blocks if isinstance(blocks, list) else ():
        metadata = block.get("metadata") if isinstance(block, dict) else None
        if isinstance(metadata, dict) and metadata.get("language") == language:
            return str(block.get("examples") or "")
    return ""
