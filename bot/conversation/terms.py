"""Conversation: a word or a service whose meaning is asked: "mikä on luottokielto", "Take It Down, what does it do"."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Final

import yaml

from bot.conversation.interpretation import Interpretation
from bot.conversation.told import Told, compiled

TERM: Final = "term"
WHAT_IS_IT: Final = "what_is_it"
_FILE: Final = Path(__file__).with_name("terms.yml")
# Whoever writes more tells or asks something else in which the word stands.
_MOST_WORDS: Final = 14
# The word and hardly anything beside it asks what it is.
_HARDLY_MORE: Final = 2
# What a message about a named service may have been heard as: the explanation has its number.
_OF_A_SERVICE: Final = frozenset({WHAT_IS_IT, "contact_again"})
_WHICH_CONTACT: Final = "which_contact"
_UNSURE: Final = 0.5
_ASKS_WHAT_IT_IS: Final = compiled(
    r"\b(?:mikä|mikäs|mitä|mitäs|mis|missä|kuka|ketkä|miten)\b.{0,40}"
    r"\b(?:on|o|tarkoit\w*|tarkott\w*|tekee|tekevät|meinaa|auttaa\w*|saa|pääse\w*)\b|"
    r"\b(?:tarkoit\w+|tarkott\w+|selitä|auttaa?ks?o?|auttavat?ko)\b|"
    r"\b(?:vad|va|vem|vilka|hur)\b.{0,30}\b(?:är|e|gör|betyder|menas|menar|hjälper|når)\b|"
    r"\b(?:betyder|förklara|hjälper (?:de|dom|den))\b|"
    r"\b(?:what|who|how)\b.{0,30}\b(?:is|are|does|do|mean\w*|reach|work\w*|help\w*)\b|"
    r"\b(?:whats|what's|whos|who's|means?|meaning|explain)\b"
)


def with_terms(found: Interpretation, text: str) -> Interpretation:
    """The interpretation, with the word that is asked about, where it is known."""
    if found.is_new and WHAT_IS_IT not in found.questions:
        return found
    name = term_in(text)
    words = len(text.split())
    if name is None or words > _MOST_WORDS:
        return found
    is_service = bool(_OF_A_SERVICE & set(found.questions)) or found.act == _WHICH_CONTACT
    is_asked = bool(_ASKS_WHAT_IT_IS.search(text.lower())) and (is_service or found.certainty < _UNSURE)
    is_alone = words <= _HARDLY_MORE or (found.certainty < _UNSURE and words <= _HARDLY_MORE * 2)
    if not (WHAT_IS_IT in found.questions or is_asked or is_alone):
        return found
    return replace(found.asking(WHAT_IS_IT), told=(*found.told, Told(TERM, name, 0, len(text))), beside=None)


def term_in(text: str) -> str | None:
    """The first of the known words in a message."""
    lowered = text.lower()
    return next((name for name, pattern in _terms().items() if pattern.search(lowered)), None)


def terms_of(found: Interpretation | None) -> tuple[str, ...]:
    """The words whose meaning a message was found to ask."""
    return () if found is None else tuple(each.value for each in found.told if each.slot == TERM)


@lru_cache(maxsize=1)
def _terms() -> dict[str, re.Pattern[str]]:
    read = yaml.safe_load(_FILE.read_text("utf-8"))
    return {name: compiled(pattern) for name, pattern in read["terms"].items()}
