"""Privacy: detects requests to erase one's data or to see it (GDPR articles 17 and 15), in fi, sv and en.

Two independent detectors, as with danger: the dialogue engine's topic, and a closed vocabulary here, which also works
while the engine is unavailable or an officer has the conversation. Both only lead to a request for confirmation.
"""

import re
import unicodedata
from enum import StrEnum
from functools import cache
from pathlib import Path

import yaml

from gateway.core.locale import Language


class DataRequest(StrEnum):
    """What a citizen requests: erasure, or a copy of their data in the chat."""

    ERASE = "erase"
    TELL = "tell"


MAX_WORDS = 14  # a longer message says something else too
_TYPO_FROM = 5  # letters; in a shorter word another letter makes another word
_TOPICS = {"erase_my_data": DataRequest.ERASE, "my_data": DataRequest.TELL}
# The past tense tells what happened and requests nothing; it is one letter away from words that do.
_PAST = frozenset(
    {
        "poisti", "poistin", "poistit", "poisto", "tuhosi",
        "raderat", "raderad", "raderade",
        "removed", "removes", "deletes", "deleted", "erased",
    }
)  # fmt: skip
_WORDS = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_ABOUT_ME = {
    "fi": frozenset({"minusta", "musta", "must", "minust", "itsestani", "itestani"}),
    "sv": frozenset({"mig", "mej"}),
    "en": frozenset({"me", "my", "mine"}),
}
_OWN = {
    "fi": _ABOUT_ME["fi"]
    | {"minun", "mun", "omat", "omia", "tietoni", "viestini", "tietojani", "henkilotietoni", "datani"},
    "sv": frozenset({"mina", "min", "mitt"}),
    "en": frozenset({"my", "mine"}),
}


def detect_request(text: str, topic: str | None) -> tuple[DataRequest, Language | None] | None:
    """The request, and its language where the words themselves tell it; None for any other message."""
    found = _detect_in_text(_normalize(text))
    if found is not None:
        return found
    return (_TOPICS[topic], None) if topic in _TOPICS else None


@cache
def _vocabulary() -> dict[str, dict[str, frozenset[str]]]:
    written = yaml.safe_load((Path(__file__).parent / "request_detection.yml").read_text("utf-8"))
    return {
        language: {kind: frozenset(map(_normalize, words)) for kind, words in kinds.items()}
        for language, kinds in written.items()
    }


def _normalize(text: str) -> str:
    """Lower case without diacritics, which many write without."""
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _detect_in_text(text: str) -> tuple[DataRequest, Language] | None:
    words = [word.replace("'", "").replace("’", "") for word in _WORDS.findall(text)]
    if not 2 <= len(words) <= MAX_WORDS or _PAST & set(words):
        return None
    for language in Language:
        kinds = _kinds_of(words, _vocabulary()[language])
        if kinds is None:
            continue
        if _asks_for_erasure(kinds):
            return DataRequest.ERASE, language
        if _asks_for_access(kinds, words, language):
            return DataRequest.TELL, language
    return None


def _kinds_of(words: list[str], vocabulary: dict[str, frozenset[str]]) -> list[frozenset[str]] | None:
    """The possible kinds of each word; None when one word is not in this vocabulary."""
    found = []
    for word in words:
        kinds = frozenset(kind for kind, known in vocabulary.items() if word in known)
        if not kinds and len(word) >= _TYPO_FROM:
            kinds = frozenset(
                kind for kind, known in vocabulary.items() if any(_is_typo(word, correct) for correct in known)
            )
        if not kinds:
            return None
        found.append(kinds)
    return found


def _asks_for_erasure(kinds: list[frozenset[str]]) -> bool:
    """Something is to be erased, and it is what is stored here, or everything."""
    erased = any("erase" in each for each in kinds)
    return erased and any("erase" not in each and each & {"theirs", "all"} for each in kinds)


def _asks_for_access(kinds: list[frozenset[str]], words: list[str], language: str) -> bool:
    mine = bool(_ABOUT_ME[language] & set(words)) and (language != "en" or bool({"about", "on"} & set(words)))
    asks = "asking" in kinds[0] or (len(kinds) > 1 and "asking" in kinds[1])
    if asks and mine and any("know" in each for each in kinds):
        return True
    shown = any("show" in each for each in kinds) and any("theirs" in each for each in kinds)
    return shown and bool(_OWN[language] & set(words))


def _is_typo(written: str, correct: str) -> bool:
    """Whether it is one edit away (Damerau-Levenshtein), with the same first letter, which is nearly always right."""
    if len(correct) < _TYPO_FROM or written[0] != correct[0] or abs(len(written) - len(correct)) > 1:
        return False
    start = 0
    while start < min(len(written), len(correct)) and written[start] == correct[start]:
        start += 1
    left, wanted = written[start:], correct[start:]
    return (
        left[1:] == wanted
        or left == wanted[1:]
        or left[1:] == wanted[1:]
        or (len(left) > 1 and left[:2] == wanted[1::-1] and left[2:] == wanted[2:])
    )
