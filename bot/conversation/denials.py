"""Conversation: what the form of a message says for certain: that it corrects, or denies a danger."""

from __future__ import annotations

import re
from typing import Final

_CORRECTS: Final = re.compile(
    r"^\W*(?:ei+|eiku|eikun|ei ku|ei kun|en|nej+|nää|näe|nä|inte|no+|nope|nah|not)\b\W*"
    r"(?!(?:kiitos|kiitti|tack|thanks|thank|thx|tarvi\w*|need|problem|worries|mitään hätää)\b)(?:\w+\W+){1,}\w+",
    re.IGNORECASE,
)
_DENIES: Final = re.compile(
    r"\b(?:ei|eikä|en|et|kukaan)\b.{0,25}\b(?:hätää|hätä|vaaraa|vaarassa|vaaras|hädässä|hätätapaus|hengenvaara\w*)\b|"
    r"\b(?:oon|olen|ollaan)\b.{0,10}\b(?:ok|okei|turvassa|kunnossa)\b|\bkysyin? va(?:an|in)\b|\bväärinkäsity|"
    r"\b(?:ingen|inga|inte|int|nej|nä)\b.{0,25}\b(?:fara|nöd|skadad|skadade|nödläge)\b|"
    r"\b(?:är|e|mår)\b.{0,8}\b(?:trygg|okej|ok|oskadd)\b|\b(?:bara|ba) (?:fråga|frågade|undra|undrade)\b|\bmissförstå|"
    r"\b(?:no ?one|nobody|not|no|isn'?t|ain'?t|aint)\b.{0,25}\b(?:danger|emergency|hurt)\b|"
    r"\bi'?m (?:ok|okay|fine|safe|alright)\b|\b(?:just|only) (?:asking|asked|wondering)\b|\bmisunderst",
    re.IGNORECASE | re.DOTALL,
)


def corrects(text: str) -> bool:
    """Whether it begins with a no and goes on: what counts is what follows."""
    return bool(_CORRECTS.search(text))


def denies_danger(text: str) -> bool:
    """Whether it says that nobody is in danger; to be believed only where danger was spoken of just before."""
    return bool(_DENIES.search(text))
