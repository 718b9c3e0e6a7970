"""Content, texts on pages: what a document is called, how long each text may be, and what stands in its braces."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from answers.contacts import Contact
from answers.content import QUESTIONS_FOLDER
from answers.faq import ASKED_KEY
from answers.limits import ACT, ASK, BODY_WITH_BUTTONS, LANGUAGES, LINE_LENGTHS, PIECE, REPLY_BUTTON_TITLE, TEXT
from answers.render import placeholders
from gateway.content.editing.preview import Preview, filled, preview
from gateway.content.errors import ContentRefused
from gateway.content.repository.texts import OF_TOPICS, Document, Shelf, texts_in
from gateway.content.repository.topics import ANSWERS
from gateway.content.repository.trilingual import Place, Text, text_at
from gateway.content.repository.variants import removable
from gateway.content.repository.working_copy import WorkingCopy
from gateway.content.repository.yaml_files import parsed

_TITLE: Final = 70
# What is left in braces; a template's gaps have two.
_BRACES: Final = re.compile(r"\{{1,2}([^{}\n]*)\}{1,2}")
_EMERGENCY = re.compile(r"\b112\b")
_BY_SHELF: Final[Mapping[Shelf, int]] = {
    Shelf.QUESTIONS: PIECE,
    Shelf.TOPIC: PIECE,
    Shelf.FAQ: PIECE,
    Shelf.ACTS: ACT,
    Shelf.SCAM_CHECK: BODY_WITH_BUTTONS,
    Shelf.TEMPLATES: BODY_WITH_BUTTONS,
    Shelf.PRIVACY: TEXT,
}


@dataclass(frozen=True)
class Listed:
    """A document in the list: its title in the reader's language, and the rest of it for whoever searches."""

    where: Document
    title: str
    words: str
    approved_by: str
    has_approval: bool


def root_of(copy: WorkingCopy, path: str) -> dict[str, Any]:
    """A file's keys; empty for one that is broken, whose own page tells."""
    return parsed(copy.read(path).text)


@dataclass(frozen=True)
class Filling:
    """What stands for braces in names and lists: contacts, and the names of what only the program fills."""

    language: str
    contacts: Mapping[str, Contact]
    privacy_url: str
    braces: Mapping[str, str]

    def words(self, text: str) -> str:
        """A text in one line, as somebody reads it."""
        known = filled(text.replace("*", ""), self.language, self.contacts, self.privacy_url)
        named = _BRACES.sub(lambda match: f"[{self.braces.get(match.group(1), '…')}]", known)
        return " ".join(named.split())


def listed(copy: WorkingCopy, documents: Iterable[Document], filling: Filling) -> list[Listed]:
    """The documents as a list shows them."""
    found = []
    for each in documents:
        root = root_of(copy, each.path)
        texts = texts_in(root, each)
        words = " ".join(filling.words(text.texts[filling.language]) for text in texts)
        approved = root.get("approved_by")
        title = title_of(root, each, filling)
        found.append(Listed(each, title, words, str(approved or ""), not each.key and "approved_by" in root))
    return found


def title_of(root: Mapping[str, Any], where: Document, filling: Filling) -> str:
    """What a document is called: its own title, else its first words as they are said; "" for one without words."""
    titled = text_at(root, (*([where.key] if where.key else []), "title"))
    if isinstance(titled, Mapping) and titled.get(filling.language):
        return str(titled[filling.language])
    texts = texts_in(root, where)
    if not texts:
        return where.name
    words = filling.words(texts[0].texts[filling.language])
    return words if len(words) <= _TITLE else words[:_TITLE].rsplit(" ", 1)[0] + " …"


def title_of_question(copy: WorkingCopy, question: str, language: str) -> str:
    """What people ask, as the button to it says; its name where no file has it."""
    path = f"{ANSWERS}/{QUESTIONS_FOLDER}/{question}.yml"
    titles = root_of(copy, path).get("title") if (copy.folder / path).is_file() else None
    return str(titles.get(language) or question) if isinstance(titles, Mapping) else question.replace("_", " ")


def first_asked(root: Mapping[str, Any], name: str, language: str) -> str:
    """How one of a topic's own questions is asked first; its name where nothing says it."""
    asked = text_at(root, (Shelf.FAQ.value, name, ASKED_KEY))
    lines = str(asked.get(language) or "").split("\n") if isinstance(asked, Mapping) else []
    return lines[0] if lines and lines[0] else name.replace("_", " ")


def limit_of_text(where: Document, place: Place) -> int:
    """How many characters a text may have, filled."""
    last = place[-1] if place else ""
    if last == "title" and where.shelf != Shelf.PRIVACY:
        return REPLY_BUTTON_TITLE
    if where.shelf in (Shelf.QUESTIONS, *OF_TOPICS) and last == "text":
        return ASK
    if where.shelf == Shelf.FAQ and last == ASKED_KEY:
        return TEXT
    if where.shelf == Shelf.LINES:
        return LINE_LENGTHS.get(where.key, TEXT)
    if where.shelf == Shelf.TOPIC and place[0] == "channels":
        return TEXT
    return _BY_SHELF.get(where.shelf, TEXT)


def braces_of(texts: Iterable[Text], contacts: Mapping[str, Contact]) -> list[str]:
    """What the program fills into these texts and is no contact, in the order of the texts."""
    names = [name for text in texts for words in text.texts.values() for name, _ in placeholders(words)]
    return [name for name in dict.fromkeys(names) if name.partition(".")[0] not in contacts]


def bubble(
    text: str,
    language: str,
    reader: str,
    contacts: Mapping[str, Contact],
    privacy_url: str,
    limit: int,
    braces: Mapping[str, str],
) -> Preview:
    """A text as it is said; what only the program knows stands as its name. `braces`: the names of these."""
    values = {name: f"[{words}]" for name, words in braces.items()}
    once = text.replace("{{", "{").replace("}}", "}")  # a template's gaps have two
    if once != text:  # no contact can stand in a template, and of all numbers 112 alone may be typed there
        once = _EMERGENCY.sub("{emergency_112.phone}", once)
    return preview(once, language, reader, contacts, privacy_url, limit=limit, more=values)


def removed_of(form: Mapping[str, str], texts: Iterable[Text], where: Document) -> list[Place]:
    """What a form takes away, the last ones of a list first, so that the positions before them stay."""
    ticked = {removable(text, where) for number, text in enumerate(texts) if form.get(f"remove.{number}")}
    return sorted((each for each in ticked if each), key=lambda place: [key.zfill(6) for key in place], reverse=True)


def wanted_of(form: Mapping[str, str], texts: Iterable[Text]) -> dict[Place, Mapping[str, str]]:
    """What a form says of each text that stays. Raises `ContentRefused` for one that was emptied."""
    wanted: dict[Place, Mapping[str, str]] = {}
    for number, text in enumerate(texts):
        if form.get(f"remove.{number}"):
            continue
        words = {each: form[f"text.{number}.{each}"] for each in LANGUAGES if f"text.{number}.{each}" in form}
        empty = next((each for each, value in words.items() if not value.strip()), None)
        if empty:
            raise ContentRefused("text_empty", language=empty)
        wanted[text.place] = words
    return wanted
