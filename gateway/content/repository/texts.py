"""Content, texts: whatever stands in three languages in a file, with the condition under which it is said.

Answers have their own page (`topics`), contacts theirs; everything else that a citizen or officer reads is here. In the
privacy notice a language holds its texts, elsewhere a text its languages; pages see it as all the others.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Any, Final

from answers.content import ACTS_FOLDER, QUESTIONS_FOLDER
from answers.limits import LANGUAGES
from answers.privacy import PRIVACY
from gateway.content.errors import ContentRefused
from gateway.content.repository.contacts import LINES, READY, SCAM_CHECK
from gateway.content.repository.notes import put_note
from gateway.content.repository.topics import ANSWERS, answer_path
from gateway.content.repository.trilingual import Place, Text, leaves_of, text_at, texts_under
from gateway.content.repository.working_copy import Change, WorkingCopy
from gateway.content.repository.yaml_files import YamlFile, like, notes_of, quoted


class Shelf(StrEnum):
    """Where a document stands among the texts. `TOPIC`: the short answers of one topic; `FAQ`: its own questions."""

    LINES = "lines"
    READY = "ready"
    QUESTIONS = "questions"
    ACTS = "acts"
    SCAM_CHECK = "scam_check"
    TEMPLATES = "templates"
    PRIVACY = "privacy"
    TOPIC = "topic"
    FAQ = "faq"


OF_TOPICS: Final = frozenset({Shelf.TOPIC, Shelf.FAQ})
"""The shelves whose documents are parts of a topic's file."""


@dataclass(frozen=True)
class Document:
    """What is written on one page: a whole file, or one `key` of a file that has many."""

    shelf: Shelf
    name: str
    path: str
    key: str = ""


# The folder of a file for each document, and the files with a document for each key.
_FOLDERS: Final[Mapping[str, Shelf]] = {
    f"{ANSWERS}/{QUESTIONS_FOLDER}": Shelf.QUESTIONS,
    f"{ANSWERS}/{ACTS_FOLDER}": Shelf.ACTS,
    "templates": Shelf.TEMPLATES,
}
_KEYED_FILES: Final[Mapping[str, Shelf]] = {LINES: Shelf.LINES, SCAM_CHECK: Shelf.SCAM_CHECK}
_WHOLE_FILES: Final[Mapping[str, Shelf]] = {PRIVACY: Shelf.PRIVACY}
_KEY: Final = re.compile(r"^([A-Za-z][A-Za-z0-9_]*):", re.MULTILINE)


def shelf_of(path: str) -> Shelf | None:
    """On which shelf a file stands; None for one that is not among the texts."""
    folder = PurePosixPath(path).parent.as_posix()
    if folder == READY and path.endswith(".yml"):
        return Shelf.READY
    return _KEYED_FILES.get(path) or _WHOLE_FILES.get(path) or _FOLDERS.get(folder)


def documents(copy: WorkingCopy) -> list[Document]:
    """Every document, shelf by shelf in the order of the files; of a broken file, too: its page tells what is wrong."""
    found: list[Document] = []
    for path in copy.paths():
        shelf = shelf_of(path)
        if shelf is None or not path.endswith(".yml"):
            continue
        stem = PurePosixPath(path).stem
        if path not in _KEYED_FILES and shelf != Shelf.READY:
            found.append(Document(shelf, stem, path))
            continue
        keys = _KEY.findall(copy.read(path).text)
        prefix = f"{stem}." if shelf == Shelf.READY else ""
        found += [Document(shelf, f"{prefix}{key}", path, str(key)) for key in keys]
    order = list(Shelf)
    return sorted(found, key=lambda each: order.index(each.shelf))


def document(copy: WorkingCopy, shelf: Shelf, name: str) -> Document:
    """One document by its name. Raises `ContentRefused` for an unknown one."""
    if shelf in OF_TOPICS:
        return Document(shelf, name, answer_path(copy, name))
    found = next((each for each in documents(copy) if each.shelf == shelf and each.name == name), None)
    if found is None:
        raise ContentRefused("no_such_text")
    return found


def texts_in(root: Any, where: Document) -> list[Text]:
    """The texts of a document in the order of the file."""
    if where.shelf in OF_TOPICS:
        wanted = ("questions", "channels") if where.shelf == Shelf.TOPIC else (Shelf.FAQ.value,)
        parts = [key for key in wanted if key in root]
        return [each for key in parts for each in texts_under(root[key], (key,), ())]
    if where.shelf == Shelf.PRIVACY:
        return _texts_by_language(root)
    if where.key:
        return list(texts_under(root.get(where.key), (where.key,), ()))
    return list(texts_under(root, (), ()))


def _texts_by_language(root: Any) -> list[Text]:
    """The texts of a file in which each language has all of its own; one that a language lacks is empty there."""
    leaves = {each: leaves_of(root.get(each), by_position=True) for each in LANGUAGES}
    places = dict.fromkeys(place for each in LANGUAGES for place in leaves[each])
    return [Text(place, {each: leaves[each].get(place, "") for each in LANGUAGES}) for place in places]


def change_texts(
    copy: WorkingCopy,
    where: Document,
    version: str,
    wanted: Mapping[Place, Mapping[str, str]],
    approved_by: str | None = None,
    reviewed_on: dt.date | None = None,
    edits: Iterable[Callable[[Any], None]] = (),
    note: Mapping[str, str] | None = None,
) -> Change:
    """The document's file with a change made to the version that the editor saw; None leaves a note as it is.

    `edits`: what comes or goes besides (see `variants`). Raises `ContentRefused` for an empty text.
    """
    file = YamlFile(where.path, copy.version(version))
    for place, texts in wanted.items():
        put_text(file.root, where, place, texts)
    for edit in edits:
        edit(file.root)
    if note is not None and has_note(where):
        put_note(file.root[where.key] if where.key else file.root, note)
    if approved_by is not None and str(file.root.get("approved_by") or "") != approved_by:
        file.root["approved_by"] = quoted(approved_by)
    if reviewed_on is not None and "reviewed_on" in file.root:
        file.root["reviewed_on"] = reviewed_on
    return Change(where.path, file.text(), version)


def put_text(root: Any, where: Document, place: Place, texts: Mapping[str, str]) -> None:
    """Put the words of some languages into a place; every other line of the file stays as it is.

    Raises `ContentRefused` for an empty text, and where there is none.
    """
    for language, words in texts.items():
        if where.shelf == Shelf.PRIVACY:
            node, key = text_at(root, (language, *place[:-1])), place[-1]
        else:
            node, key = text_at(root, place), language
        if not isinstance(node, dict) or not isinstance(node.get(key), str):
            raise ContentRefused("no_such_text")
        clean = words.replace("\r\n", "\n").strip()
        if not clean:
            raise ContentRefused("text_empty", language=language)
        if str(node[key]).strip() != clean:
            node[key] = like(node[key], clean)


def has_note(where: Document) -> bool:
    """Whether a note in the editors' languages may stand with a document."""
    return where.shelf in (Shelf.LINES, Shelf.QUESTIONS, Shelf.ACTS, Shelf.TEMPLATES) and where.path != SCAM_CHECK


def notes(text: str, where: Document) -> list[str]:
    """What the file's comments say of a document: of the whole file, of one with many keys what stands with its key."""
    if not where.key:
        return notes_of(text)
    lines = text.splitlines()
    head = next((number for number, line in enumerate(lines) if line and not line.startswith("#")), len(lines))
    begin = next((number for number, line in enumerate(lines) if line.startswith(f"{where.key}:")), None)
    if begin is None:
        return []
    end = next((at for at in range(begin + 1, len(lines)) if lines[at] and not lines[at].startswith((" ", "#"))), None)
    inside = lines[begin:end]
    while inside and (not inside[-1].strip() or inside[-1].startswith("#")):
        inside.pop()  # what stands there is of the next key
    above = begin
    while above > head and lines[above - 1].startswith("#"):
        above -= 1
    return [*notes_of("\n".join(lines[above:begin])), *notes_of("\n".join(inside))]
