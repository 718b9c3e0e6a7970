"""Conversation: whether the form of a message asks something: a question mark, a question word, a Finnish ending."""

from __future__ import annotations

import re
from typing import Final

# A mark after some words: a lone "really?" or "ok?" asks nothing that could be answered.
_MARK: Final = r"\w+\W+\w+.*\?"
# Finnish asks by an ending: "saaks", "pitääkö", "voinko", "onks".
_ENDING: Final = (
    r"\b(?:\w{2,}(?:n|t|mme|tte|aa|ää|ee|oo|uu|ii|yy|a|ä)k[oö]s?|"
    r"\w{2,}(?:aa|ää|ee|oo|uu|ii|yy|n|t)ks|(?:saa|voi|pitää|pitäs|pitäis|on|o|oo|en|ei|oon|tulee|tarvii|tarvin|kannattaa|lähtee|jää|käy|meen|teen|jätän|"
    r"poistan|otan|annan|kerron|soitan|laitan|uskalta)k?ks|"
    r"voinks|saanks|oonks|tarviinks|pitääks|pitäisks|onks|saaks|voiks|voiko|onko|saako|pitääkö|tuleeko|tuleeks)\b"
)
# Where a sentence or its part begins, after the little words of speech, each language asks by its first word.
_BEGINS: Final = r"(?:^|[.,!?;:])\W*"
_FINNISH: Final = (
    r"(?:no |ja |mut |siis |entä |okei |joo |ok |eli |ei |siis kysyn )*"
    r"(?:mitä|mitäs|miten|mite|kuka|ketkä|kenelle|kelle|keneltä|koska|millon|milloin|missä|mis|mihin|minne|mistä|"
    r"paljonko|paljonks|montako|kauanko|kauanks|miks|miksi|entä jos|mikä)\b"
)
_SWEDISH: Final = (
    r"(?:men |å |och |ok |okej |jaha |nä |nej |så )*"
    r"(?:vad|va|hur|vem|vilken|vilket|när|var|vart|varför|kan|får|måst|måste|ska|vågar|kommer|blir|borde|behöver|"
    r"räcker|tar dom|tar de|är det|e de|finns|tänk om|å om)\b"
)
_ENGLISH: Final = (
    r"(?:and |but |so |ok |okay |well |n |no |then |yes )*"
    r"(?:what|whats|how|hows|who|whos|when|where|wheres|why|which|can|could|do|does|did|will|would|should|shall|is|"
    r"are|am|may|what if)\b"
)
_ASKS: Final = re.compile(f"{_MARK}|{_ENDING}|{_BEGINS}(?:{_FINNISH}|{_SWEDISH}|{_ENGLISH})", re.IGNORECASE)
# Where another question may begin.
_PARTS: Final = re.compile(r"(?<=[?!.])\s+|,\s*|\b(?:ja|sekä|entä|tai|och|o|å|samt|and|also|or|plus)\b", re.IGNORECASE)
_OF_AGE: Final = re.compile(
    r"\b(?:minkä ikä\w*|ikäraja\w*|alaikä\w*|kuinka vanha\w*|täysi-?ikä\w*|(?:alle|yli) \d\d\b|under ?-?(?:1\d|age\w*)|"
    r"over 1\d|minors?|how old|old enough|too young|age limits?|what age|åldersgräns\w*|minderårig\w*|hur gammal|"
    r"för ung\w*|(?:under|över) 1\d|myndig\w*|liian nuori)\b",
    re.IGNORECASE,
)


def asks(text: str) -> bool:
    """Whether it is a question by its form. Spoken ones without a mark are found by their words, not all of them."""
    return bool(_ASKS.search(text))


def asks_twice(text: str) -> bool:
    """Whether two of its parts ask: "what does it cost and how long does it take", "is it a crime? who helps?"."""
    return sum(asks(part) for part in _PARTS.split(text) if part.strip()) > 1


def asks_of_age(text: str) -> bool:
    """Whether it asks what an age means, and does not only tell one."""
    return bool(_OF_AGE.search(text))
