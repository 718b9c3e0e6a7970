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
# Years as words, where they are no number of anything else.
_WORDS: Final = {
    "seitsemän": 7, "kahdeksan": 8, "yhdeksän": 9, "kymmenen": 10, "sju": 7, "åtta": 8, "nio": 9, "tio": 10, "elva": 11,
    "tolv": 12, "tretton": 13, "fjorton": 14, "femton": 15, "sexton": 16, "sjutton": 17, "arton": 18, "nitton": 19,
    "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14,
    "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
    "yksitoist": 11, "kaksitoist": 12, "kaheltoist": 12, "kakstoist": 12, "kolmetoist": 13, "neljätoist": 14,
    "viisitoist": 15, "viistoist": 15, "kuusitoist": 16, "kuustoist": 16, "seitsemäntoist": 17, "seittemäntoist": 17,
    "seiskatoist": 17, "kahdeksantoist": 18, "yhdeksäntoist": 19,
}  # fmt: skip
_NUMBER: Final = rf"\d{{1,2}}|(?:{'|'.join(_WORDS)})a?\b"
# Numbers of years, not of euros, hours or people.
_AGE: Final = (
    rf"(?P<age>{_NUMBER})(?!\d)(?!\s*(?:%|€|e\b|eu?r\b|euro|egee|km|min|h\b|tun|tim|hour|kert|gång|times|sek|m\b|cm\b|kg|"
    r"päiv|pv\b|dag|day|viik|veck|week|kuukau|kk\b|månad|month|kpl|st\b|[.,:]\d|th\b))"
)
_GAP: Final = r"(?:\W+\w+){0,4}?\W+"
_NO_GAP_AT_END: Final = re.compile(r"\{gap\}\\b")
_DOTLESS: Final = str.maketrans("äöå", "aoa")
_FEW_WORDS: Final = 5
_DONE: Final = ("paid", "codes_given", "picture_sent", "bank_called", "reported", "blocked", "deleted")
_NUMBER_ALONE: Final = re.compile(
    rf"\W*(?:joo |no |jo |yeah |about |noin |typ |ehkä |varmaan )?(?P<age>{_NUMBER})\s*"
    r"(?:v|vee|vuotta|vuotias|år|yo|yrs?|years?(?: old)?)?\W*"
)
# "15 btw", "16, can I report without my parents": what a talk begins with such a number tells, whoever asked for it.
_NUMBER_FIRST: Final = re.compile(
    rf"\W*(?P<age>{_NUMBER})"
    r"(?:\s*(?:v\b|vee\b|vuotta|vuotias|år\b|yo\b|yrs?\b|years? old|n half|ja puol\w*|och ett halvt))?"
    r"(?:\W*$|\s*[,.]\s|\s+(?:btw|if|can|jos|mut|mutta|ja|oon|olen|nyt|täytin|täytän|since|in|and|n|shes|hes|just|fyllde|"
    r"fyller|e|är|o|å|och|men|som|nu|now|saa|saanko|saanks|voinko|voinks|kohta|snart|almost|turning|sen jälkeen)\b)"
)
# Whoever turns fifteen soon is fourteen.
_SOON: Final = re.compile(r"\b(?:täyttää|täytän|fyller|turns|turning|will be|'ll be)\b")
_YOUNG_WRITERS: Final = (7, 19)
_MOST_WORDS: Final = 9
# "I have not paid", "should I pay": what was not done is no fact.
_DENIED: Final = re.compile(
    r"\b(?:en|et|ei(?! kun?\b)|emme|eikä|enkä|inte|int|inga|ingen|aldrig|not|never|havent|haven't|didnt|didn't|dont|"
    r"don't|if|jos|om)\W+(?:\w+\W+){0,2}$"
)


# "Not paid more", "inte betalat resten": something was.
_NOT_MORE: Final = (
    r"(?!(?:\W+\w+){0,3}?\W+(?:enemp\w+|lisää|loppu\w*|enää|toista|uudestaan|mer|mera|resten|igen|flera|nästa|"
    r"more|rest|again|second|another|other)\b)"
)
# "Eiku", "no wait": what follows sets right what was said, and a beginning "ei, " denies nothing of it.
_SETS_RIGHT: Final = re.compile(
    r"^\W*(?:ei\W*(?:vaan|siis)\b|ei,|nej\b|nä\b|no\b|nope\b|nah\b|siis\b)|"
    r"\b(?:ei kun?|eiku\w*|wait|vänta|tarkoit\w+|tarkot\w+|meinasin|sittenkään|oikeesti|oikeasti|i mean|i meant|"
    r"actually|sorry|menar|menade|faktiskt|förlåt|egentligen|nothing|anything|mitään|mitää|ingenting|aldrig|never|ikinä|koskaan)\b"
)
_BEGINS_WITH_NO: Final = re.compile(r"^\W*ei\W*(?:,|ku\b|kun\b|vaan\b|siis\b)\W*")
# Who is threatened for somebody else still writes for them.
_WRITE_FOR_OTHERS: Final = frozenset({"helper", "professional", "witness"})
NOT_PAID: Final = "not_paid"
NOT_SENT: Final = "not_sent"
"""No value of a slot: `with_deeds` makes it `NOT_PAID` where money was asked for, and forgets it elsewhere."""


# "They say I stole it": what others claim was not done.
_SAID: Final = re.compile(
    r"\b(?:say\w*|said|claim\w*|accus\w*|väit\w+|sanoo|sano|syyt\w+|påstå\w*|säger|skriv\w*|anklag\w*)\W+(?:\w+\W+){0,3}$"
)


@dataclass(frozen=True)
class Told:
    """A slot's value and where the message says it, in code points; the whole message where the model found it.

    `is_hint`: told by the way ("my son ..."), so that what is known already, and what the model is sure of, wins. Of
    what is not paid: it does not take back that something was ("I paid", "now he wants 200, I haven't paid").
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


def told_by_form(text: str, asked: str | None, role: str | None = None, *, in_talk: bool = False) -> list[Told]:
    """What the words say; `asked` is the slot that the last reply asked for, so that "14" alone is an answer.

    `in_talk`: something was said before, so that a number at the beginning is an age; `role` says whose.
    """
    lowered = text.lower()
    whose = asked if asked in ("age", "whose_age") else "whose_age" if role in ("helper", "professional") else "age"
    found = [*_ages(lowered, asked, whose if in_talk else None), *_done(lowered), *_role(lowered, asked, role)]
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


def _ages(text: str, asked: str | None, whose: str | None) -> Iterator[Told]:
    alone = _NUMBER_ALONE.fullmatch(text)
    if alone and asked in ("age", "whose_age") and (band := band_of(_number(alone["age"]))):
        yield Told(asked, band, *alone.span("age"))
        return
    first = _NUMBER_FIRST.match(text) if whose is not None and len(text.split()) <= _MOST_WORDS else None
    if first and whose and _YOUNG_WRITERS[0] <= _number(first["age"]) <= _YOUNG_WRITERS[1]:
        yield Told(whose, band_of(_number(first["age"])) or "", *first.span("age"))
        return
    seen: set[tuple[int, int]] = set()
    for slot, name in (("whose_age", "other_age"), ("age", "self_age")):
        match = next((match for pattern in _forms().patterns[name] if (match := pattern.search(text))), None)
        if match is None or match.span("age") in seen:
            continue
        band = band_of(_number(match["age"]) - bool(_SOON.search(match.group())))
        if band is not None:
            seen.add(match.span("age"))
            yield Told(slot, band, *match.span())


def _number(written: str) -> int:
    """The number that digits or words name."""
    return int(written) if written.isdigit() else _WORDS.get(written) or _WORDS[written.removesuffix("a")]


def _role(text: str, asked: str | None, known: str | None) -> Iterator[Told]:
    """Who writes: answered, corrected ("not me, my friend"), or told in passing; where words speak for two, nothing."""
    alone = _role_alone(text) if asked == "role" else None
    if alone is not None:
        yield Told("role", alone, 0, len(text))
        return
    for name, role in (
        ("is_victim", "victim"),
        ("me_after_all", "victim"),
        ("not_me", "helper"),
        ("professional", "professional"),
    ):
        if span := _first(name, text):
            yield Told("role", role, *span)
            return
    threatened, is_doer = _first("threatened", text), _first("doer", text) is not None
    if threatened and not is_doer and not _first("helper", text) and not _DENIED.search(text[: threatened[0]]):
        yield Told("role", "victim", *threatened, is_hint=known in _WRITE_FOR_OTHERS)
        return
    me = _first("me_too", text)
    told_me = _first("told_me", text) if me else None
    if me and told_me is None:
        victim = _first("me_hurt", text)
        if victim and not is_doer:
            yield Told("role", "victim", *victim, is_hint=True)
        return
    for name in ("doer", "witness", "helper"):
        span = _first(name, text)
        if span and not (name == "doer" and (_DENIED.search(text[: span[0]]) or _SAID.search(text[: span[0]]))):
            yield Told("role", name, *span, is_hint=True)
            return


def _role_alone(text: str) -> str | None:
    """The role that a message of one or two words names."""
    forms = (("self_alone", "victim"), ("other_alone", "helper"))
    return next((role for name, role in forms if any(each.fullmatch(text) for each in _forms().patterns[name])), None)


def _first(name: str, text: str) -> tuple[int, int] | None:
    """Where the first of these forms stands."""
    return next((match.span() for pattern in _forms().patterns[name] if (match := pattern.search(text))), None)


def _done(text: str) -> Iterator[Told]:
    not_paid = _not_paid(text)
    for value in _DONE:
        match = _deed(value, text)
        if match is None:
            continue
        # "I paid, no wait, I haven't": the last word counts; "I paid 50, 200 more I haven't paid" is paid.
        if value == "paid" and not_paid and not not_paid.is_hint and not_paid.start > match.start():
            continue
        yield Told("done", value, *match.span())
        if value == "paid":
            not_paid = None
    if not_paid:
        yield not_paid


def _deed(value: str, text: str) -> re.Match[str] | None:
    start = _after_no(text)
    for pattern in _forms().patterns[value]:
        match = pattern.search(text, start)
        if match and not _DENIED.search(text[start : match.start()]):
            return match
    return None


def _after_no(text: str) -> int:
    """Where the message begins after a no that stands alone."""
    begins = _BEGINS_WITH_NO.match(text)
    return begins.end() if begins else 0


def _not_paid(text: str) -> Told | None:
    """That the writer has paid nothing; what others claim, or what would be, is no such word."""
    start = _after_no(text)
    for name in (NOT_PAID, NOT_SENT):
        for pattern in _forms().patterns[name]:
            match = pattern.search(text)
            before = text[start : match.start()] if match else ""
            if match and not _DENIED.search(before) and not _SAID.search(before):
                is_clear = name == NOT_PAID and bool(_SETS_RIGHT.search(text))
                return Told("done", name, *match.span(), is_hint=not is_clear)
    return None


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
    whole = _NO_GAP_AT_END.sub(lambda _: _GAP, written)
    for name, form in (("{gap}", _GAP), ("{age}", _AGE), ("{not_more}", _NOT_MORE)):
        whole = whole.replace(name, form)
    for letter, plain in (("ä", "a"), ("ö", "o"), ("å", "a")):
        whole = whole.replace(letter, f"[{letter}{plain}]")
    return re.compile(whole)
