"""Content, the names of texts on pages: what a file or a place in it is called, and the page on which it is written."""

from pathlib import PurePosixPath

from gateway.content.editing.texts import Filling, root_of, title_of, title_of_question
from gateway.content.repository.contacts import CONTACTS
from gateway.content.repository.texts import Document, Shelf, shelf_of
from gateway.content.repository.topics import answer_path, topics
from gateway.content.repository.trilingual import Place
from gateway.content.routes import text_wording
from gateway.content.routes.request_context import EditingContext
from gateway.content.routes.wording import FIELDS, FILE_KINDS
from gateway.core.i18n import named


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
    if where.shelf == Shelf.TOPIC:
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
    if stem in topics(editing.copy):
        inner = place[0] if place else ""
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
    return f"{name} · {named(language, FIELDS, place[0])}" if place else name
