"""Content, contacts and fixed lines: read, change, and where each contact is used."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final

from answers.contacts import Status
from answers.limits import LANGUAGES
from answers.render import contact_keys
from gateway.content.errors import ContentRefused
from gateway.content.repository.topics import ANSWERS
from gateway.content.repository.trilingual import Place, text_at, texts_under
from gateway.content.repository.working_copy import Change, WorkingCopy
from gateway.content.repository.yaml_files import YamlFile, like, parsed, quoted

CONTACTS: Final = "contacts.yml"
LINES: Final = "lines.yml"
SCAM_CHECK: Final = "scam_check.yml"
READY: Final = "canned"
FACTS: Final = ("phone", "url", "hours")

Value = str | Mapping[str, str]


@dataclass(frozen=True)
class FactChange:
    """A phone, page or hours of a contact: one value, or one for each language."""

    value: Value
    status: Status
    source: str
    source_date: str


@dataclass(frozen=True)
class ContactChange:
    """What an editor changes of a contact; None leaves it as it is, what is among `removed` (see `FACTS`) goes."""

    name: Mapping[str, str] | None = None
    phone: FactChange | None = None
    url: FactChange | None = None
    hours: FactChange | None = None
    checked_on: dt.date | None = None
    checked_by: str | None = None
    removed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Use:
    """A text that names a contact: its file, its place there, and in which languages it does."""

    path: str
    place: Place
    languages: tuple[str, ...]


def change_contact(copy: WorkingCopy, key: str, version: str, change: ContactChange) -> Change:
    """contacts.yml with one contact changed. Raises `ContentRefused` for an unknown key."""
    file = YamlFile(CONTACTS, copy.version(version))
    if key not in file.root:
        raise ContentRefused("no_such_contact", contact=key)
    entry = file.root[key]
    if change.name is not None:
        _update(entry["name"], change.name)
    for part in FACTS:
        wanted: FactChange | None = getattr(change, part)
        if wanted is not None:
            _change_fact(entry, part, wanted)
        elif part in change.removed:
            _require_unused(copy, key, part)
            entry.pop(part, None)
    _note_check(entry, change)
    return Change(CONTACTS, file.text(), version)


def new_contact(copy: WorkingCopy, key: str, version: str, change: ContactChange) -> Change:
    """contacts.yml with a new contact at its end. Raises `ContentRefused` for a taken key or a missing name."""
    file = YamlFile(CONTACTS, copy.version(version))
    if key in file.root:
        raise ContentRefused("contact_exists", contact=key)
    if not key.isidentifier() or key.lower() != key or not change.name:
        raise ContentRefused("bad_contact", contact=key)
    file.root[key] = {"name": dict(change.name), "checked_on": None, "checked_by": None}
    grown = Change(CONTACTS, file.text(), version)
    filled = YamlFile(CONTACTS, grown.text or "")
    for part in FACTS:
        wanted: FactChange | None = getattr(change, part)
        if wanted is not None:
            _change_fact(filled.root[key], part, wanted)
    _note_check(filled.root[key], change)
    return Change(CONTACTS, filled.text(), version)


def change_line(text: str, key: str, wanted: Mapping[str, str]) -> str:
    """The text of lines.yml with one line changed. Raises `ContentRefused` for an unknown key."""
    file = YamlFile(LINES, text)
    if key not in file.root:
        raise ContentRefused("no_such_line", line=key)
    _update(file.root[key], wanted)
    return file.text()


def uses(copy: WorkingCopy, key: str) -> list[Use]:
    """Every text that a change of this contact touches, in whatever file."""
    found = []
    for path in [*copy.paths(f"{ANSWERS}/"), *copy.paths(f"{READY}/"), LINES, SCAM_CHECK]:
        text = copy.read(path).text if (copy.folder / path).is_file() else ""
        if key not in text:
            continue
        for each in texts_under(parsed(text)):
            languages = tuple(own for own in LANGUAGES if key in contact_keys(each.texts[own]))
            if languages:
                found.append(Use(path, each.place, languages))
    return found


def _require_unused(copy: WorkingCopy, key: str, part: str) -> None:
    """A number that a text names cannot go: the text would have a hole. Raises `ContentRefused` with the texts."""
    named = [_name(use) for use in uses(copy, key) if f"{{{key}.{part}}}" in _texts_of(copy, use)]
    if named:
        raise ContentRefused("part_in_use", topics=", ".join(dict.fromkeys(named)))


def _name(use: Use) -> str:
    """What a sentence calls a text: its file, or the key of a file with many."""
    is_keyed = use.path in (LINES, SCAM_CHECK) or use.path.startswith(f"{READY}/")
    return use.place[0] if is_keyed else PurePosixPath(use.path).stem


def _texts_of(copy: WorkingCopy, use: Use) -> str:
    node = text_at(parsed(copy.read(use.path).text), use.place)
    return "\n".join(str(node[language]) for language in use.languages)


def _note_check(entry: Any, change: ContactChange) -> None:
    if change.checked_on is not None:
        entry["checked_on"] = change.checked_on
    if change.checked_by is not None:
        entry["checked_by"] = like(entry.get("checked_by"), change.checked_by)


def _change_fact(entry: Any, part: str, wanted: FactChange) -> None:
    if part not in entry:
        before = [name for name in ("name", *FACTS[: FACTS.index(part)]) if name in entry]
        fresh = {"value": wanted.value, "status": "", "source": "", "source_date": ""}
        entry.insert(list(entry).index(before[-1]) + 1, part, fresh)
    fact = entry[part]
    if isinstance(wanted.value, str):
        fact["value"] = quoted(wanted.value) if part == "phone" else like(fact["value"], wanted.value)
    elif isinstance(fact["value"], dict):
        _update(fact["value"], wanted.value)
    else:
        fact["value"] = dict(wanted.value)
    fact["status"] = wanted.status.value
    fact["source"] = like(fact.get("source"), wanted.source)
    fact["source_date"] = like(fact.get("source_date"), wanted.source_date)


def _update(node: Any, texts: Mapping[str, str]) -> None:
    for language, text in texts.items():
        if language not in LANGUAGES:
            raise ContentRefused("unknown_language", language=language)
        if str(node.get(language) or "").strip() != text.strip():
            node[language] = like(node.get(language), text.strip())
