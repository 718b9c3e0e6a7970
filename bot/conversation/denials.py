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


# "Not for real", "I was joking": said of a danger in a few words, it ends it.
_JOKED: Final = re.compile(
    r"\b(?:ei|en|emmä|älä)\b.{0,15}\b(?:oikeesti|oikeasti|oikeest|tosissa\w*|tosis|vakavissaan|tosiaan)\b|"
    r"\b(?:läpäl\w*|läppä\w*|vitsi\w*|vitsail\w*|pilail\w*|vitsinä|tapana sanoa|sanontatapa)\b|"
    r"\b(?:int|inte|ej)\b.{0,12}\b(?:på riktigt|på allvar|allvarligt|menat|bokstavligt)\b|"
    r"\b(?:skoja\w*|skämt\w*|på skoj|på skämt|bara ett uttryck|ba ett uttryck)\b|"
    r"\b(?:not|n'?t|never|wasn'?t|isn'?t)\b.{0,12}\b(?:for real|fr|serious\w*|literally|irl)\b|"
    r"\b(?:jk|just kidding|only kidding|kidding|joking|joke|figure of speech|not like that|didn'?t mean it)\b",
    re.IGNORECASE,
)
_MOST_WORDS: Final = 10
_BUT: Final = re.compile(r"\b(?:mut|mutta|men|fast|but|though|tho)\b", re.IGNORECASE)
# "That's no joke", "nobody takes me seriously": the opposite.
_INSISTS: Final = re.compile(
    r"\b(?:ei|en|eikä|int|inte|ej|ingen|inget|not|no|ain'?t|isn'?t|wasn'?t|aint|isnt|n't)\b.{0,14}"
    r"\b(?:läpp\w*|läpäl\w*|vitsi\w*|pila\w*|skämt\w*|skoj\w*|jok\w+|kidding|jk)\b|"
    r"\b(?:ota|ottanu\w*|oteta|usko\w*|ta|tar|tog|tas|tro|tror|take|takes|took|taking|believes?)\b.{0,20}"
    r"\b(?:tosissa\w*|vakavasti|oikeesti|på allvar|på riktigt|serious\w*|for real)\b",
    re.IGNORECASE,
)


def corrects(text: str) -> bool:
    """Whether it begins with a no and goes on: what counts is what follows."""
    return bool(_CORRECTS.search(text))


def denies_danger(text: str) -> bool:
    """Whether it says that nobody is in danger; to be believed only where danger was spoken of just before."""
    is_short = len(text.split()) <= _MOST_WORDS and not _BUT.search(text)
    is_joke = is_short and bool(_JOKED.search(text)) and not _INSISTS.search(text)
    return is_joke or bool(_DENIES.search(text))
