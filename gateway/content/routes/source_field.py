"""Content, the field of sources: those that a fact has, each with a tick, one more from the list, and others in words.

Editors see what a source is; its code is for the file alone.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from gateway.content.editing.sources import Source, sources_of

_BETWEEN: Final = re.compile(r",\s+")


@dataclass(frozen=True)
class ChosenSource:
    """One source of a fact: as the file has it, and what that names."""

    written: str
    names: Sequence[Source]


class FormValues(Protocol):
    """A form, of which one field may come several times."""

    def getlist(self, key: str, /) -> Sequence[object]:
        """Every value of a field."""


def chosen_sources(written: str, known: Mapping[str, Source]) -> list[ChosenSource]:
    """The sources that a fact has; words that name no page or code stand for themselves."""
    parts = [part for part in _BETWEEN.split(written.strip()) if part]
    return [ChosenSource(each, sources_of(each, known) or [Source("", each, "", "", "")]) for each in parts]


def written_sources(form: FormValues, part: str) -> str:
    """What the file shall have: the sources that kept their tick, the one picked, and the others in words."""
    fields = (f"{part}.source", f"{part}.source.pick", f"{part}.source.other")
    values = [str(value).strip() for field in fields for value in form.getlist(field)]
    return ", ".join(dict.fromkeys(value for value in values if value))
