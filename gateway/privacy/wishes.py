"""Privacy, recognising: whether a citizen wants to be forgotten, or to know what is known; in fi, sv and en.

Two independent means, as with danger: the dialogue engine's topic, and a closed vocabulary here, which also works
while the engine is silent or an officer has the conversation. Neither does anything yet: both lead to a question.
"""

import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Literal

import yaml

Wish = Literal["erase", "tell"]
ERASE_TOPIC, TELL_TOPIC = "erase_my_data", "my_data"
LONGEST = 14  # words; longer messages say something else too
_TYPO_FROM = 5  # letters: in a shorter word another letter is another word
_TOPICS: dict[str, Wish] = {ERASE_TOPIC: "erase", TELL_TOPIC: "tell"}
# What happened to somebody's things is no wish: one letter away from the words that are.
_PAST = frozenset(
    {
        "poisti", "poistin", "poistit", "poisto", "tuhosi",
        "raderat", "raderad", "raderade",
        "removed", "removes", "deletes", "deleted", "erased",
    }
)  # fmt: skip
_WORDS = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_LANGUAGES = ("fi", "sv", "en")
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


def wish_of(text: str, topic: str | None) -> tuple[Wish, str | None] | None:
    """The wish, and the language where the words themselves tell it."""
    found = _spoken(_plain(text))
    if found is not None:
        return found
    return (_TOPICS[topic], None) if topic in _TOPICS else None


@cache
def _vocabulary() -> dict[str, dict[str, frozenset[str]]]:
    written = yaml.safe_load((Path(__file__).parent / "wishes.yml").read_text("utf-8"))
    return {
        language: {kind: frozenset(map(_plain, words)) for kind, words in kinds.items()}
        for language, kinds in written.items()
    }


def _plain(text: str) -> str:
    """Small letters without dots and accents: half of Finland's phones leave them out."""
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _spoken(text: str) -> tuple[Wish, str] | None:
    words = [word.replace("'", "").replace("’", "") for word in _WORDS.findall(text)]
    if not 2 <= len(words) <= LONGEST or _PAST & set(words):
        return None
    for language in _LANGUAGES:
        kinds = _kinds_of(words, _vocabulary()[language])
        if kinds is None:
            continue
        if _is_erasing(kinds):
            return "erase", language
        if _is_asking(kinds, words, language):
            return "tell", language
    return None


def _kinds_of(words: list[str], vocabulary: dict[str, frozenset[str]]) -> list[frozenset[str]] | None:
    """For each word the kinds it may be; nothing when one of them is not in this vocabulary."""
    found = []
    for word in words:
        kinds = frozenset(kind for kind, known in vocabulary.items() if word in known)
        if not kinds and len(word) >= _TYPO_FROM:
            kinds = frozenset(
                kind for kind, known in vocabulary.items() if any(_is_slip(word, right) for right in known)
            )
        if not kinds:
            return None
        found.append(kinds)
    return found


def _is_erasing(kinds: list[frozenset[str]]) -> bool:
    """Something is to be erased, and it is what stands here, or all there is."""
    erased = any("erase" in each for each in kinds)
    return erased and any("erase" not in each and each & {"theirs", "all"} for each in kinds)


def _is_asking(kinds: list[frozenset[str]], words: list[str], language: str) -> bool:
    mine = bool(_ABOUT_ME[language] & set(words)) and (language != "en" or bool({"about", "on"} & set(words)))
    asks = "asking" in kinds[0] or (len(kinds) > 1 and "asking" in kinds[1])
    if asks and mine and any("know" in each for each in kinds):
        return True
    shown = any("show" in each for each in kinds) and any("theirs" in each for each in kinds)
    return shown and bool(_OWN[language] & set(words))


def _is_slip(written: str, right: str) -> bool:
    """One letter too many, missing, wrong, or two that changed places; the first letter is nearly always right."""
    if len(right) < _TYPO_FROM or written[0] != right[0] or abs(len(written) - len(right)) > 1:
        return False
    start = 0
    while start < min(len(written), len(right)) and written[start] == right[start]:
        start += 1
    left, wanted = written[start:], right[start:]
    return (
        left[1:] == wanted
        or left == wanted[1:]
        or left[1:] == wanted[1:]
        or (len(left) > 1 and left[:2] == wanted[1::-1] and left[2:] == wanted[2:])
    )
