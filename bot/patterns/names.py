"""Station patterns: the platforms and banks that a message names, by spaCy's EntityRuler."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import spacy
import yaml
from spacy.language import Language

_NAMES = Path(__file__).with_name("names.yml")


@dataclass(frozen=True)
class FoundName:
    """A name: `kind` is platform or bank, `value` how it is properly written."""

    kind: str
    value: str
    start: int
    end: int


def find_names(text: str) -> Iterator[FoundName]:
    """The platforms and banks of a message, in its order."""
    for entity in _ruler()(text).ents:
        yield FoundName(entity.label_, entity.ent_id_, entity.start_char, entity.end_char)


@lru_cache(maxsize=1)
def _ruler() -> Language:
    # "xx" cuts at spaces and punctuation only, which is right for names in all three languages.
    pipeline = spacy.blank("xx")
    pipeline.add_pipe("entity_ruler").add_patterns(list(_patterns()))  # type: ignore[attr-defined]  # spaCy's factory is untyped
    return pipeline


def _patterns() -> Iterator[dict[str, Any]]:
    names = yaml.safe_load(_NAMES.read_text("utf-8"))
    for kind, group in names.items():
        for value, forms in group.items():
            words = [word for word in forms["words"] if "-" not in word]
            yield {"label": kind, "id": value, "pattern": [{"LOWER": {"IN": words}}]}
            for stem in forms["stems"]:
                yield {"label": kind, "id": value, "pattern": [{"LOWER": {"REGEX": f"^{stem}"}}]}
