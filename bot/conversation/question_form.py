"""Conversation: what the form of a message asks: a question mark, a question word, a Finnish ending; and what it says
that it did not ask.
"""

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

# "I didn't ask about the passport. Where do I report it": the first half has the words of another matter.
_CLAUSE: Final = r"[^.,;!?]*?"
_ENDS: Final = r"(?=\b(?:vaan|utan|but)\b|[.,;!?]|$)"
_NOT_ASKED: Final = re.compile(
    r"\b(?:mä |minä |mie )?(?:en|emmä)\s+(?:mä |minä |mie |nyt |oo |ole |siis |tosiaan )*"
    rf"(?:kysy\w*|tarko[it]\w*\s+(?:sitä|tota|tuota|tätä|mitään|niitä|noita))\b{_CLAUSE}{_ENDS}|"
    rf"\b(?:ei|eikä)\s+(?:nyt |siis |tää |tämä |se )*(?:oo|ole|o)\s+(?:nyt |siis )*kyse\b{_CLAUSE}{_ENDS}|"
    rf"^\W*(?:(?:joo|no|hei|siis|täh|ää+h|yes|nä|nej|no)\W+)*ei\s+mi(?:kään|tään|stään)\s+(?!hät|vaara)\w+{_ENDS}|"
    r"\b(?:ja|jag)\s+(?:\w+\s+)?(?:fråga\w*|men\w+|undra\w*|tala\w*|prata\w*)\s+(?:ju |väl |nu |ännu )*"
    rf"(?:int|inte|ej)\b(?!\s+att\b){_CLAUSE}{_ENDS}|"
    rf"\b(?:de|det)\s+(?:handla\w*|gäll\w*)\s+(?:ju |nu )?(?:int|inte|ej)\b{_CLAUSE}{_ENDS}|"
    r"\bi\s*(?:did ?n.?t|did not|dint|was ?n.?t|was not|am not|.?m not|never)\s+"
    rf"(?:ask\w*|mean\w*|talk\w*|wonder\w*)\b(?!\s+(?:to|for)\b){_CLAUSE}{_ENDS}",
    re.IGNORECASE,
)
# "I asked about my parents, not the suspect."
_AND_NOT: Final = re.compile(
    r"(?P<asked>\b(?:kysyin|kysyn|tarkoitin|tarkotin)\s+\w+(?:\s+\w+){0,2}),?\s+en(?:kä)?\s+\w+(?:\s+\w+)?(?=[.,;!?]|$)|"
    r"(?P<meant>\b(?:ja|jag)\s+(?:fråga\w*|men\w+)\s+[^.,;!?]*?),\s*(?:inte|int|ej)\s+[^.,;!?]+|"
    r"(?P<ask>\bi\s+(?:asked|ask|meant|mean)\s+[^.,;!?]*?),\s*not\s+[^.,;!?]+|"
    r"(?P<about>\bi\s+(?:asked|ask|meant|mean)\s+(?:about|the|my)\s+[^.,;!?]*?)\s+not\s+(?:about|the|my)\s+[^.,;!?]+",
    re.IGNORECASE,
)
_LEADS: Final = re.compile(r"^(?:\W|\b(?:vaan|vain|utan|but|nä|nej|no)\b)+", re.IGNORECASE)
_LEAST_WORDS: Final = 2


def asks(text: str) -> bool:
    """Whether it is a question by its form. Spoken ones without a mark are found by their words, not all of them."""
    return bool(_ASKS.search(text))


def asks_twice(text: str) -> bool:
    """Whether two of its parts ask: "what does it cost and how long does it take", "is it a crime? who helps?"."""
    return sum(asks(part) for part in _PARTS.split(text) if part.strip()) > 1


def asks_of_age(text: str) -> bool:
    """Whether it asks what an age means, and does not only tell one."""
    return bool(_OF_AGE.search(text))


def asked_part(text: str) -> str:
    """The message without what it says that it did not ask, where two words or more are left of it."""
    left = _NOT_ASKED.sub(" ", _AND_NOT.sub(lambda found: next(each for each in found.groups() if each), text))
    if left == text:
        return text
    left = _LEADS.sub("", left).strip()
    return left if len(left.split()) >= _LEAST_WORDS else text
