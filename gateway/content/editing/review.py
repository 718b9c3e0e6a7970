"""Content, review: an item as the citizen will see it, text by text, before and after."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from answers.contacts import Contact
from answers.limits import LANGUAGES
from gateway.bulletins.word_diff import Part, differences
from gateway.content.editing.overview import Files
from gateway.content.editing.preview import filled
from gateway.content.publishing.approvals import Reviewed
from gateway.content.repository.contacts import Use, uses
from gateway.content.repository.items import ItemKind, Place
from gateway.content.repository.trilingual import text_at
from gateway.content.repository.working_copy import WorkingCopy


@dataclass(frozen=True)
class ShownText:
    """One text of an item: where it stands, word by word, who wrote it, and whether somebody else has read it."""

    place: Place
    language: str
    parts: tuple[Part, ...]
    author: str
    read: bool


@dataclass(frozen=True)
class TouchedText:
    """A text that a contact's change makes different for the citizen."""

    use: Use
    language: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Shown:
    """What a page shows of an item; `touched` of a contact only, `lines` (language, line, added) of training."""

    reviewed: Reviewed
    texts: tuple[ShownText, ...]
    touched: tuple[TouchedText, ...]


class Reader:
    """Fills numbers and addresses in, as they are live and as they are in the draft."""

    def __init__(
        self, copy: WorkingCopy, live: Mapping[str, Contact], draft: Mapping[str, Contact], privacy_url: str
    ) -> None:
        self._copy = copy
        self._live, self._draft = live, draft
        self._privacy_url = privacy_url

    def shown(self, reviewed: Reviewed) -> Shown:
        """The item with every text filled; training is shown line by line by its files."""
        item = reviewed.item
        if item.kind == ItemKind.TRAINING:
            return Shown(reviewed, (), ())
        missing = set(reviewed.missing)
        texts = tuple(
            ShownText(
                place,
                _language_of(place),
                differences(*self._filled(place, item.before.get(place, ""), item.after.get(place, ""))),
                item.authors[place].name if place in item.authors else "",
                place in item.to_approve and place not in missing,
            )
            for place in item.to_show
        )
        return Shown(reviewed, texts, tuple(self._touched(item.name)) if item.kind == ItemKind.CONTACT else ())

    def _filled(self, place: Place, before: str, after: str) -> tuple[str, str]:
        """A contact that waits, too, stands in the draft's text as it is live, until it goes live itself."""
        language = _language_of(place)
        if not language:
            return before, after
        contacts = {**self._draft, **self._live}
        return (
            filled(before, language, self._live, self._privacy_url),
            filled(after, language, contacts, self._privacy_url),
        )

    def _touched(self, key: str) -> Iterable[TouchedText]:
        after = {name: contact for name, contact in self._live.items() if name != key}
        if key in self._draft:
            after[key] = self._draft[key]
        return touched(self._copy, key, self._live, after, self._privacy_url)


def touched(
    copy: WorkingCopy, key: str, before: Mapping[str, Contact], after: Mapping[str, Contact], privacy_url: str
) -> list[TouchedText]:
    """Each text that another value of a contact makes different, word by word, in the languages in which it is."""
    found = []
    for use in uses(copy, key):
        for language in use.languages:
            text = _text_of(copy.folder, use, language)
            old, new = (filled(text, language, each, privacy_url) for each in (before, after))
            if old != new:
                found.append(TouchedText(use, language, differences(old, new)))
    return found


def _text_of(folder: Path, use: Use, language: str) -> str:
    node = text_at(Files().read(folder / use.path, ""), use.place)
    return str(node.get(language) or "") if isinstance(node, dict) else ""


def _language_of(place: Place) -> str:
    return next((key for key in reversed(place) if key in LANGUAGES), "")
