"""Content, the names of texts on pages: what a file or a place in it is called, and the page on which it is written."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Final

from answers.contacts import Contact
from gateway.bulletins.word_diff import Part
from gateway.content.editing.texts import Filling, first_asked, root_of, title_of, title_of_question
from gateway.content.repository.changes import FileDifference
from gateway.content.repository.contacts import CONTACTS
from gateway.content.repository.texts import OF_TOPICS, Document, Shelf, shelf_of
from gateway.content.repository.topics import answer_path, topics
from gateway.content.repository.trilingual import Place
from gateway.content.routes import text_wording
from gateway.content.routes.request_context import EditingContext
from gateway.content.routes.wording import BEGINNINGS, FIELDS, FILE_KINDS
from gateway.core.i18n import named

_BRACE: Final = re.compile(r"\{([a-z0-9_]+)(?:\.([a-z]+))?\}")
_IDENTIFIER: Final = re.compile(r"\b[a-z0-9]+(?:_[a-z0-9]+)+\b|(?<=: )[a-z0-9]+$")


def without_braces(text: str, language: str, contacts: Mapping[str, Contact]) -> str:
    """A text as it stands in a file, with what its braces stand for."""

    def words(found: re.Match[str]) -> str:
        key, part = found.group(1), found.group(2) or ""
        contact = contacts.get(key)
        if contact is None:
            return f"[{named(language, text_wording.BRACES, key)}]" if key in text_wording.BRACES else found.group()
        fact = contact.facts.get(part)
        return fact.value[language] if fact else contact.name[language]

    return _BRACE.sub(words, text)


def message_in_words(editing: EditingContext, message: str) -> str:
    """What a save says of itself, with the titles of topics and the names of contacts for their identifiers."""
    first = message.partition("\n")[0]
    if first in BEGINNINGS:
        return editing.gettext(first)
    return _without_identifiers(first, editing.person.language, editing.titles(), editing.contacts)


def _without_identifiers(text: str, language: str, titles: Mapping[str, str], contacts: Mapping[str, Contact]) -> str:
    def words(found: re.Match[str]) -> str:
        key = found.group()
        return titles.get(key) or (contacts[key].name[language] if key in contacts else key)

    return _IDENTIFIER.sub(words, text)


def difference_in_words(editing: EditingContext, difference: FileDifference) -> FileDifference:
    """A file's change with what its braces stand for, and titles for identifiers."""
    language, titles, contacts = editing.person.language, editing.titles(), editing.contacts

    def words(part: Part) -> Part:
        plain = without_braces(part.text, language, contacts)
        return replace(part, text=_without_identifiers(plain, language, titles, contacts))

    texts = [replace(each, parts=tuple(map(words, each.parts))) for each in difference.texts]
    return replace(difference, texts=tuple(texts))


def document_of(path: str, key: str = "") -> Document | None:
    """The document of a file among the texts, of a file with many the one of `key`; None for another file."""
    shelf = shelf_of(path)
    if shelf is None:
        return None
    stem = PurePosixPath(path).stem
    if shelf in (Shelf.LINES, Shelf.SCAM_CHECK, Shelf.READY):
        return Document(shelf, f"{stem}.{key}" if shelf == Shelf.READY else key, path, key) if key else None
    return Document(shelf, stem, path)


def title_of_document(editing: EditingContext, where: Document) -> str:
    """What a document is called in the editor's language."""
    language = editing.person.language
    if where.shelf in OF_TOPICS:
        return editing.titles().get(where.name, where.name)
    if where.shelf == Shelf.ACTS and where.name in text_wording.ACTS:
        return named(language, text_wording.ACTS, where.name)
    return title_of(root_of(editing.copy, where.path), where, filling(editing))


def filling(editing: EditingContext) -> Filling:
    """What stands for braces in names, in the editor's language."""
    language = editing.person.language
    braces = {name: named(language, text_wording.BRACES, name) for name in text_wording.BRACES}
    return Filling(language, editing.contacts, editing.settings.privacy_url, braces)


def name_of_file(editing: EditingContext, path: str, key: str = "") -> str:
    """A file, or one key of it, in words; the path where nobody has words for it."""
    language, stem = editing.person.language, PurePosixPath(path).stem
    where = document_of(path, key)
    if where is not None:
        return f"{named(language, text_wording.SHELVES, where.shelf)}: {title_of_document(editing, where)}"
    if shelf := shelf_of(path):
        return named(language, text_wording.SHELVES, shelf)
    if topics(editing.copy).get(stem) and answer_path(editing.copy, stem) == path:
        return editing.titles().get(stem, stem)
    return named(language, FILE_KINDS, "contacts") if path == CONTACTS else path


def address_of_text(editing: EditingContext, path: str, place: Place = ()) -> str:
    """The page on which a text is written."""
    where = document_of(path, place[0] if place else "")
    if where is not None:
        return f"/content/texts/{where.shelf}/{where.name}"
    if shelf_of(path):
        return "/content/texts"
    stem = PurePosixPath(path).stem
    if path == CONTACTS:
        return f"/content/contacts/{place[0]}" if place else "/content/contacts"
    if stem in editing.titles():
        inner = place[0] if place else ""
        if inner == Shelf.FAQ:
            return f"/content/texts/{Shelf.FAQ}/{stem}"
        return f"/content/texts/topic/{stem}" if inner in ("questions", "channels") else f"/content/topics/{stem}"
    return f"/content/history?path={path}"


def name_of_text(editing: EditingContext, path: str, place: Place) -> str:
    """A text of a file: the topic or document, and which part of it, without a code."""
    language = editing.person.language
    where = document_of(path, place[0] if place else "")
    if where is not None:
        return name_of_file(editing, path, place[0])
    name = name_of_file(editing, path)
    if len(place) > 1 and place[0] == "questions":
        return f"{name} · {title_of_question(editing.copy, place[1], language)}"
    if len(place) > 1 and place[0] == Shelf.FAQ:
        return f"{name} · {first_asked(root_of(editing.copy, path), place[1], language)}"
    return f"{name} · {named(language, FIELDS, place[0])}" if place else name
