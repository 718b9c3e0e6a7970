"""Conversation: what a citizen tells in passing that can be told by its form: ages, a profession, what was done."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml

_FILE: Final = Path(__file__).with_name("told.yml")
_YOUNGEST, _OLDEST = 3, 99
_CHILD, _GROWN_UP = 15, 18
# Numbers of years, not of euros, hours or people.
_AGE: Final = (
    r"(?P<age>\d{1,2})(?!\d)(?!\s*(?:%|€|e\b|eu?r\b|euro|egee|km|min|h\b|tun|tim|hour|kert|gång|times|sek|m\b|cm\b|kg|"
    r"päiv|pv\b|dag|day|viik|veck|week|kuukau|kk\b|månad|month|kpl|st\b|[.,:]\d|th\b))"
)
_GAP: Final = r"(?:\W+\w+){0,4}?\W+"
_NO_GAP_AT_END: Final = re.compile(r"\{gap\}\\b")
_DOTLESS: Final = str.maketrans("äöå", "aoa")
_FEW_WORDS: Final = 5
_DONE: Final = ("paid", "codes_given", "picture_sent", "reported", "blocked", "deleted")
_NUMBER_ALONE: Final = re.compile(r"\W*(?P<age>\d{1,2})\s*(?:v|vee|vuotta|vuotias|år|yo|years?(?: old)?)?\W*")
# "I have not paid", "should I pay": what was not done is no fact.
_DENIED: Final = re.compile(
    r"\b(?:en|et|ei|emme|eikä|enkä|inte|int|inga|ingen|aldrig|not|never|havent|haven't|didnt|didn't|dont|don't|if|jos|om)\W+(?:\w+\W+){0,2}$"
)


@dataclass(frozen=True)
class Told:
    """A slot's value and where the message says it, in code points; the whole message where the model found it.

    `is_hint`: told by the way ("my son ..."), so that what is known already, and what the model is sure of, wins.
    """

    slot: str
    value: str
    start: int
    end: int
    is_hint: bool = False


@dataclass(frozen=True)
class _Forms:
    patterns: dict[str, tuple[re.Pattern[str], ...]]
    banks: dict[str, tuple[str, ...]]


def band_of(age: int) -> str | None:
    """The band of an age in years: under_15, 15_17 or adult; None for a number that is nobody's age."""
    if not _YOUNGEST <= age <= _OLDEST:
        return None
    if age < _CHILD:
        return "under_15"
    return "15_17" if age < _GROWN_UP else "adult"


def told_by_form(text: str, asked: str | None) -> list[Told]:
    """What the words say; `asked` is the slot that the last reply asked for, so that "14" alone is an answer."""
    lowered = text.lower()
    found = [*_ages(lowered, asked), *_done(lowered), *_role(lowered, asked)]
    for pattern in _forms().patterns["watched"]:
        found += [Told("watched", "yes", *match.span()) for match in [pattern.search(lowered)] if match]
    return [*found, *_banks(lowered)]


def named(entities: Iterable[dict[str, Any]]) -> list[Told]:
    """The first platform and bank that the patterns saw, written as the labels are."""
    first: dict[str, Told] = {}
    for entity in entities:
        if entity["entity"] in ("platform", "bank"):
            value = re.sub(r"\W+", "_", str(entity["value"]).lower().translate(_DOTLESS)).strip("_")
            first.setdefault(entity["entity"], Told(entity["entity"], value, entity["start"], entity["end"]))
    return list(first.values())


def _ages(text: str, asked: str | None) -> Iterator[Told]:
    alone = _NUMBER_ALONE.fullmatch(text)
    if alone and asked in ("age", "whose_age") and (band := band_of(int(alone["age"]))):
        yield Told(asked, band, *alone.span("age"))
        return
    seen: set[tuple[int, int]] = set()
    for slot, name in (("whose_age", "other_age"), ("age", "self_age")):
        match = next((match for pattern in _forms().patterns[name] if (match := pattern.search(text))), None)
        if match is None or match.span("age") in seen:
            continue
        band = band_of(int(match["age"]))
        if band is not None:
            seen.add(match.span("age"))
            yield Told(slot, band, *match.span())


def _role(text: str, asked: str | None) -> Iterator[Told]:
    """Who writes: answered, corrected ("not me, my friend"), or told in passing; where words speak for two, nothing."""
    if asked == "role":
        for name, role in (("self_alone", "victim"), ("other_alone", "helper")):
            if any(pattern.fullmatch(text) for pattern in _forms().patterns[name]):
                yield Told("role", role, 0, len(text))
                return
    for name, role in (("not_me", "helper"), ("professional", "professional")):
        if span := _first(name, text):
            yield Told("role", role, *span)
            return
    if _first("me_too", text):
        return
    for name in ("doer", "witness", "helper"):
        span = _first(name, text)
        if span and not (name == "doer" and _DENIED.search(text[: span[0]])):
            yield Told("role", name, *span, is_hint=True)
            return


def _first(name: str, text: str) -> tuple[int, int] | None:
    """Where the first of these forms stands."""
    return next((match.span() for pattern in _forms().patterns[name] if (match := pattern.search(text))), None)


def _done(text: str) -> Iterator[Told]:
    for value in _DONE:
        for pattern in _forms().patterns[value]:
            match = pattern.search(text)
            if match and not _DENIED.search(text[: match.start()]):
                yield Told("done", value, *match.span())
                break


def _banks(text: str) -> Iterator[Told]:
    if len(text.split()) > _FEW_WORDS:
        return
    for bank, names in _forms().banks.items():
        for name in names:
            match = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)
            if match:
                yield Told("bank", bank, *match.span())
                return


@lru_cache(maxsize=1)
def _forms() -> _Forms:
    read = yaml.safe_load(_FILE.read_text("utf-8"))
    banks = {bank: tuple(names) for bank, names in read.pop("banks").items()}
    return _Forms({name: tuple(map(compiled, patterns)) for name, patterns in read.items()}, banks)


def compiled(written: str) -> re.Pattern[str]:
    """The pattern with its age and gaps, reading ä, ö and å with or without their dots."""
    whole = _NO_GAP_AT_END.sub(lambda _: _GAP, written).replace("{gap}", _GAP).replace("{age}", _AGE)
    for letter, plain in (("ä", "a"), ("ö", "o"), ("å", "a")):
        whole = whole.replace(letter, f"[{letter}{plain}]")
    return re.compile(whole)
