"""Station patterns: the platforms and banks that a message names, in slang and in cases, by spaCy's EntityRuler."""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import spacy
import yaml
from spacy.language import Language

from bot.pipelines import is_full, valid_unicode

_NAMES = Path(__file__).with_name("names.yml")

# Case endings of Finnish, standard and spoken, on a stem that may take an i; then Swedish and English ones.
_FINNISH = (
    r"i?(?:n|a|ä|en|in|iin|an|än|een|ssa|ssä|s|sta|stä|st|lla|llä|l|lle|lta|ltä|lt|ksi|ks|na|nä|tta|ttä|ia|iä|ja|jä|t)?"
    r"(?:ni|si|nsa|mme|kin|ki|kaan|ko|kö)?"
)
_SWEDISH_AND_ENGLISH = r"(?:en|et|n|s|ens|ns|ets|'s|’s|ing|ed|as|at|ar)?"
_COMPOUND = (
    r"(?:[-:]?(?:tili|konto|acc|tunnuk|tunnus|viest|meddel|messag|lösen|salasan|password|profi|sovell|app|kuv|bild|pic|"
    r"story|tarin|ryhm|grupp|group|kanav|kanal|server|palvelin|chat|kaver|vän|friend|video|sivu|sida|page|huijau|bluff|"
    r"scam|käyttäj|användar|mail|pankk|bank|kort|kod)\w*)?"
)
_ENDED = rf"(?:{_FINNISH}|{_SWEDISH_AND_ENGLISH}){_COMPOUND}$"

Entry = dict[str, list[str]]


@dataclass(frozen=True)
class FoundName:
    """A name and where the message has it, in code points."""

    kind: str
    """`platform` or `bank`."""
    value: str
    """How names.yml writes it."""
    start: int
    end: int


def find_names(text: str) -> list[FoundName]:
    """The platforms and banks of a message, in its order."""
    return _recognizer().find(text)


class _NameRecognizer:
    """Runs spaCy only on messages with a possible name: faster, and spaCy keeps fewer of the citizens' words."""

    def __init__(self) -> None:
        self._names: dict[str, dict[str, Entry]] = yaml.safe_load(_NAMES.read_text("utf-8"))
        entries = [entry for group in self._names.values() for entry in group.values()]
        stems = [re.escape(stem) for entry in entries for stem in entry.get("stems", [])]
        exact = [re.escape(word) for entry in entries for word in entry.get("exact", [])]
        self._candidate = re.compile(rf"(?<!\w)(?i:{'|'.join(stems)})|(?<!\w)(?:{'|'.join(exact)})(?!\w)")
        self._pipeline = self._built()

    def find(self, text: str) -> list[FoundName]:
        if self._candidate.search(text) is None:
            return []
        if is_full(self._pipeline):
            self._pipeline = self._built()
        spans = self._pipeline(valid_unicode(text)).ents
        return [FoundName(span.label_, span.ent_id_, span.start_char, span.end_char) for span in spans]

    def _built(self) -> Language:
        # "xx" splits at spaces and punctuation only, which is right for names in all three languages.
        pipeline = spacy.blank("xx")
        ruler = pipeline.add_pipe("entity_ruler")
        for kind, group in self._names.items():
            for value, entry in group.items():
                rows = _patterns(pipeline, entry)
                ruler.add_patterns([{"label": kind, "id": value, "pattern": row} for row in rows])  # type: ignore[attr-defined]
        return pipeline


def _patterns(pipeline: Language, entry: Entry) -> list[list[dict[str, Any]]]:
    rows: list[list[dict[str, Any]]] = []
    for stem in entry.get("stems", []):
        *whole, last = [token.text for token in pipeline.make_doc(stem)]
        rows.append([*({"LOWER": word} for word in whole), {"LOWER": {"REGEX": f"^{re.escape(last)}{_ENDED}"}}])
    rows += [[{"TEXT": token.text} for token in pipeline.make_doc(word)] for word in entry.get("exact", [])]
    return rows


@lru_cache(maxsize=1)
def _recognizer() -> _NameRecognizer:
    return _NameRecognizer()
