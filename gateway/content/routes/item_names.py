"""Content, the names of items on pages: what an answer, a contact, a line or another text is called there."""

from collections.abc import Iterable

from gateway.content.editing.texts import root_of, title_of
from gateway.content.errors import ContentRefused
from gateway.content.repository.contacts import LINES
from gateway.content.repository.items import ItemKind
from gateway.content.repository.talk_files import is_talk
from gateway.content.routes.request_context import EditingContext
from gateway.content.routes.text_names import document_of, filling, name_of_file
from gateway.core.i18n import language_name


def names_of_items(editing: EditingContext, keys: Iterable[str]) -> dict[str, str]:
    """What items are called in the editor's language, by their keys; one that is gone has its identifier."""
    return {key: _name(editing, key) for key in keys}


def _name(editing: EditingContext, key: str) -> str:
    kind, _, name = key.partition(":")
    contacts = editing.contacts
    if kind == ItemKind.CONTACT and name in contacts:
        return contacts[name].name[editing.person.language]
    try:
        if kind == ItemKind.LINE and (where := document_of(LINES, name)):
            return title_of(root_of(editing.copy, LINES), where, filling(editing))
        if kind == ItemKind.TEXTS:
            return name_of_file(editing, name)
    except ContentRefused:
        return name  # its file is gone, or broken: the check tells
    if is_talk(name):
        spoken = language_name(editing.person.language, name.split("/")[1])
        return editing.gettext("a talk (%(language)s)", language=spoken)
    return editing.titles().get(name, name.replace("_", " "))
