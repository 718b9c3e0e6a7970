"""Content, spreadsheet: export of answers, short answers and lines for translators, one sheet a language, and import.

Each row carries the hash of the text from which it was made: what the translator left alone changes nothing, and what
has changed here since the export is shown and not saved unless somebody chooses it.
"""

import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from answers.faq import ASKED_KEY
from answers.limits import BODY_WITH_BUTTONS, IN_SHORT, LANGUAGES, LINE_LENGTHS, REPLY_BUTTON_TITLE, TEXT, WHY
from gateway.content.editing.texts import limit_of_text, root_of
from gateway.content.errors import ChangedMeanwhile, ContentRefused
from gateway.content.repository.contacts import LINES, change_line
from gateway.content.repository.texts import Document, Shelf, document, documents, put_text, texts_in
from gateway.content.repository.topics import AnswerChange, Topic, changed_answer, read_topic, topics
from gateway.content.repository.trilingual import Place
from gateway.content.repository.working_copy import Change, WorkingCopy
from gateway.content.repository.yaml_files import YamlFile

if TYPE_CHECKING:
    from openpyxl import Workbook

COLUMNS: Final = ("topic", "field", "text", "limit", "other languages", "version")
_VERSION: Final = COLUMNS[5]
LINE: Final = "(line)"
# What is said whatever the topic, by its row's first column.
_GENERAL: Final[Mapping[str, Shelf]] = {"(question)": Shelf.QUESTIONS, "(act)": Shelf.ACTS}
# Between the keys that lead to a short answer: "questions/cost/answer".
_STEP: Final = "/"
_FIELDS: Final = ("title", "answer", "in_short", "why")
_MOST_ROWS, _MOST_COLUMNS = 20_000, 64
# A spreadsheet of all our words unpacks to some thirty megabytes; what unpacks to more is an attack or a mistake.
_MOST_BYTES: Final = 96 * 1024 * 1024
# Excel takes so many characters in a cell.
_CELL: Final = 32_767

_Key = tuple[str, str]  # topic and field, or LINE and the line's key, or what is general and where its text stands


_Texts = dict[_Key, tuple[dict[str, str], int]]


@dataclass(frozen=True)
class TextChange:
    """One text that an import would change. `stale`: it has changed here since the sheet was made, or nobody knows."""

    topic: str
    field: str
    language: str
    before: str
    after: str
    stale: bool

    @property
    def name(self) -> str:
        """The row, with both of its texts, as a form names it."""
        sides = "\0".join((self.topic, self.field, self.language, self.before, self.after))
        return hashlib.sha256(sides.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Import:
    """What an import may change: shown to the editor first, who chooses row by row."""

    texts: tuple[TextChange, ...]


def export(copy: WorkingCopy) -> bytes:
    """The spreadsheet (.xlsx) of the answers, the short answers, the replies to moves in a talk, and the lines."""
    from openpyxl import Workbook  # with it comes half a second of loading, for who takes a spreadsheet along
    from openpyxl.styles import Alignment, Font

    book = Workbook()
    book.remove(book.worksheets[0])
    texts = _texts(copy)
    for language in LANGUAGES:
        sheet = book.create_sheet(language)
        sheet.append(COLUMNS)
        for (topic, field), (by_language, limit) in texts.items():
            others = "\n\n".join(f"{name}: {by_language.get(name, '')}" for name in LANGUAGES if name != language)
            version = version_of(by_language.get(language, ""))
            sheet.append((topic, field, None, limit, None, version))
            for column, text in ((3, by_language.get(language, "")), (5, others)):
                cell = sheet.cell(sheet.max_row, column, text[:_CELL])
                cell.data_type = "s"  # a text that begins with = is no formula
                cell.alignment = Alignment(wrap_text=True, vertical="top")
        for cell in sheet[1]:
            cell.font = Font(bold=True)
        for letter, width in (("A", 28), ("B", 24), ("C", 80), ("D", 8), ("E", 80), ("F", 18)):
            sheet.column_dimensions[letter].width = width
        sheet.freeze_panes = "A2"
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def read_import(copy: WorkingCopy, content: bytes) -> Import:
    """What the spreadsheet would change. Rows and columns may stand in another order, and rows may be missing.

    Raises `ContentRefused` for what is no spreadsheet of ours, a formula, an unknown row, one that stands twice, and an
    empty text where one is needed.
    """
    book = _open(content)
    sheets = [sheet for sheet in book.worksheets if sheet.title in LANGUAGES]
    if not sheets:
        raise ContentRefused("sheet_no_sheets")
    known = _texts(copy)
    texts: list[TextChange] = []
    for sheet in sheets:
        for key, after, version in _rows(sheet, known):
            before = known[key][0].get(sheet.title, "")
            if after != before and version_of(after) != version:  # else the translator has left it as it was
                texts.append(TextChange(*key, sheet.title, before, after, version_of(before) != version))
    return Import(tuple(texts))


def version_of(text: str) -> str:
    """The version of a text: a hash of it."""
    return hashlib.sha256(text.strip().encode()).hexdigest()[:16]


def _texts(copy: WorkingCopy) -> _Texts:
    """Every text by topic and field, with its limit in characters."""
    found: _Texts = {}
    for name in topics(copy):
        topic = read_topic(copy, name)
        for field in _FIELDS:
            by_language = {language: getattr(topic, field).get(language, "") for language in LANGUAGES}
            if any(by_language.values()):
                found[name, field] = by_language, _limit(topic, field)
        for shelf in (Shelf.TOPIC, Shelf.FAQ):
            found |= _short_answers(copy, document(copy, shelf, name), name)
    for label, shelf in _GENERAL.items():
        for where in documents(copy):
            if where.shelf == shelf:
                found |= _short_answers(copy, where, label, where.name)
    lines = YamlFile(LINES, copy.read(LINES).text).root
    for key, node in lines.items():
        by_language = {language: str(node.get(language) or "").strip() for language in LANGUAGES}
        found[LINE, str(key)] = by_language, LINE_LENGTHS.get(str(key), BODY_WITH_BUTTONS)
    return found


def _short_answers(copy: WorkingCopy, where: Document, label: str, *above: str) -> _Texts:
    """The texts of a document that has many; `above` is what stands before the place in the second column."""
    return {
        (label, _STEP.join((*above, *text.place))): (dict(text.texts), limit_of_text(where, text.place))
        for text in texts_in(root_of(copy, where.path), where)
        if text.place[-1:] != (ASKED_KEY,)  # how people ask is written, not translated
    }


def place_of_row(copy: WorkingCopy, topic: str, field: str) -> tuple[Document, Place]:
    """Where the short answer of a row stands."""
    steps = tuple(field.split(_STEP))
    if topic in _GENERAL:
        return document(copy, _GENERAL[topic], steps[0]), steps[1:]
    return document(copy, Shelf.FAQ if steps[0] == Shelf.FAQ else Shelf.TOPIC, topic), steps


def is_short_answer(topic: str, field: str) -> bool:
    """Whether a row has a short answer, not a topic's own text or a line."""
    return topic in _GENERAL or _STEP in field


def _limit(topic: Topic, field: str) -> int:
    limits = {"title": REPLY_BUTTON_TITLE, "in_short": IN_SHORT, "why": WHY}
    return limits.get(field, BODY_WITH_BUTTONS if topic.buttons else TEXT)


# A broken or hostile XML is a `SyntaxError` there; entities that unfold without end are stopped by the parser itself.
_UNREADABLE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    SyntaxError,
)


def _open(content: bytes) -> "Workbook":
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            size = sum(each.file_size for each in packed.infolist())
        if size > _MOST_BYTES:
            raise ContentRefused("sheet_too_large", count=size)
        # Read as it streams by: a whole workbook in memory costs fifty times its file.
        return load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
    except (InvalidFileException, *_UNREADABLE) as error:
        raise ContentRefused("sheet_unreadable") from error


def _stored_rows(sheet: Any) -> Iterator[tuple[int, Sequence[Any]]]:
    """The rows with their numbers from 1, each as wide as one of ours can be, made as the file streams by.

    What the file claims of its size is not believed: one cell at the far end of a sheet would else be a sheet of cells.
    """
    sheet.reset_dimensions()
    for number, row in enumerate(sheet.iter_rows(max_row=_MOST_ROWS + 1, max_col=_MOST_COLUMNS), 1):
        if number > _MOST_ROWS:
            raise ContentRefused("sheet_too_large", count=number)
        yield number, row


def _rows(sheet: Any, known: dict[_Key, Any]) -> Iterator[tuple[_Key, str, str]]:
    stored = _stored_rows(sheet)
    first = next(stored, (1, ()))[1]
    head = {str(cell.value).strip().lower(): place for place, cell in enumerate(first) if cell.value is not None}
    for column in COLUMNS[:3]:
        if column not in head:
            raise ContentRefused("sheet_without_columns", sheet=sheet.title, column=column)
    seen: set[_Key] = set()
    for number, row in stored:
        cells = [row[head[column]] for column in COLUMNS[:3]]
        if all(cell.value is None for cell in cells):
            continue
        if any(cell.data_type == "f" for cell in cells):
            raise ContentRefused("sheet_formula", sheet=sheet.title, row=number)
        topic, field, text = (_clean(cell.value) for cell in cells)
        name = f"{topic} {field}"
        version = _clean(row[head[_VERSION]].value) if _VERSION in head else ""
        if (topic, field) not in known and version_of(text) == version:
            continue  # it has gone since, and the translator has left it alone
        if (topic, field) not in known:
            raise ContentRefused("sheet_unknown_row", sheet=sheet.title, row=number, name=name)
        if (topic, field) in seen:
            raise ContentRefused("sheet_twice", sheet=sheet.title, row=number, name=name)
        if not text and field not in ("in_short", "why"):
            raise ContentRefused("sheet_empty_text", sheet=sheet.title, row=number, name=name)
        seen.add((topic, field))
        yield (topic, field), text, version


def _clean(value: Any) -> str:
    return "" if value is None else str(value).replace("\r\n", "\n").replace("_x000D_", "").strip()


def _as_change(fields: dict[str, dict[str, str]]) -> AnswerChange:
    return AnswerChange(
        title=fields.get("title"), answer=fields.get("answer"), in_short=fields.get("in_short"), why=fields.get("why")
    )


def changes_of(copy: WorkingCopy, texts: Iterable[TextChange]) -> list[Change]:
    """The files with these texts. Raises `ChangedMeanwhile` where one is not any more what it was when it was read."""
    wanted = list(texts)
    known = _texts(copy)
    if any(known.get((each.topic, each.field), ({}, 0))[0].get(each.language, "") != each.before for each in wanted):
        raise ChangedMeanwhile("draft_changed")
    return list(_changes(copy, wanted))


def _changes(copy: WorkingCopy, texts: Iterable[TextChange]) -> Iterator[Change]:
    by_topic: dict[str, dict[str, dict[str, str]]] = {}
    for each in texts:
        by_topic.setdefault(each.topic, {}).setdefault(each.field, {})[each.language] = each.after
    lines = by_topic.pop(LINE, {})
    files: dict[str, dict[tuple[str, str], dict[str, str]]] = {}
    for topic, fields in by_topic.items():
        for field, wanted in fields.items():
            where = place_of_row(copy, topic, field)[0] if is_short_answer(topic, field) else None
            path = where.path if where is not None else read_topic(copy, topic).path
            files.setdefault(path, {})[topic, field] = wanted
    for path, rows in files.items():
        seen = copy.read(path)
        own = {field: wanted for (topic, field), wanted in rows.items() if not is_short_answer(topic, field)}
        text = changed_answer(path, seen.text, _as_change(own)) if own else seen.text
        file = YamlFile(path, text)
        for (topic, field), wanted in rows.items():
            if is_short_answer(topic, field):
                put_text(file.root, *place_of_row(copy, topic, field), wanted)
        yield Change(path, file.text(), seen.version)
    if lines:
        seen = copy.read(LINES)
        text = seen.text
        for key, wanted in lines.items():
            text = change_line(text, key, wanted)
        yield Change(LINES, text, seen.version)
