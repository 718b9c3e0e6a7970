"""Bulletins, name stems: the forms of a place or subject in a message, by the grammar of its language.

No list of forms: a Finnish stem changes in few ways before an ending (kk : k, t : d, nt : nn, k : nothing; i : e,
-us : -ukse, -nen : -se), so a name has a handful of stems, and every case is a stem and an ending. Stems that a name
does not really have are harmless, because nobody writes them.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

_LETTERS = re.compile(r"[^\W\d_]+")
_JOINED = re.compile(r"(?<=\w)[:'’´](?=\w)")  # S-market:issa, itis:ssä, Kallio's
_VOWELS = "aeiouyåäö"

# Strong before an open syllable, weak before a closed one: the last consonants of the stem.
_GRADATION = {
    "kk": ("k",), "pp": ("p",), "tt": ("t",), "nk": ("ng",), "nt": ("nn",), "mp": ("mm",), "lt": ("ll",),
    "rt": ("rr",), "lk": ("l", "lj"), "rk": ("r", "rj"), "hk": ("h",), "k": ("", "v"), "p": ("v",), "t": ("d",),
}  # fmt: skip

_CASES = """
    n a t ta tta na ssa sta lla lta lle ksi ja ia ita ien jen seen siin issa ista illa ilta ille iin
    s st l lt le sa la
""".split()  # noqa: SIM905  # the last line is spoken, the one before it written Finnish
_CLITICS = ("", "ko", "kö", "kos", "ks", "kin", "kaan", "han", "hän", "pa", "pas", "kohan", "kaa")
_PEOPLE = ("lainen", "laiset", "laisia", "laisten", "laisen", "laisille")
_SWEDISH = ("s", "en", "et", "n", "t", "ar", "er", "or", "arna", "erna", "orna", "na", "ens", "ets", "ns", "are")
_ENGLISH = ("s", "es", "ed", "ing")


def fold(text: str) -> str:
    """Small letters without dots and accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text in small letters; what follows a colon or an apostrophe belongs to its word."""
    return tuple(_LETTERS.findall(_JOINED.sub("", unicodedata.normalize("NFKC", text).casefold())))


def same_letter(written: str, meant: str) -> bool:
    """Whether a letter stands for another: people leave dots out, but nobody puts them in (vänta is not Vantaa)."""
    return written == meant or written == _BARE.get(meant)


_BARE = {"ä": "a", "ö": "o", "å": "a", "é": "e", "ü": "u"}


@dataclass(frozen=True)
class Stem:
    """What an ending may follow; `whole` is the name as it was given."""

    text: str
    whole: bool


@cache
def stems(name: str) -> tuple[Stem, ...]:
    """The stems of one word of a name (in small letters), the name itself first."""
    found = {name: Stem(name, whole=True)}
    for text in _changed(name):
        found.setdefault(text, Stem(text, whole=False))
    return tuple(found.values())


def _changed(name: str) -> Iterator[str]:
    if name.endswith("nen"):
        yield from (name[:-3] + "se", name[:-3] + "si", name[:-3] + "s")
    elif name.endswith(("us", "ys", "os", "is", "es")):
        yield from (name[:-1] + "kse", name[:-1] + "ksi")
    elif name[-1] not in _VOWELS:
        yield name + "i"  # Forum : Forumissa
    for strong in _vowel_stems(name):
        yield strong
        yield from _weakened(strong)


def _vowel_stems(name: str) -> Iterator[str]:
    yield name
    if name.endswith("i"):
        yield name[:-1] + "e"
    if name.endswith("t") and len(name) > 4:  # a plural: Arabianrannat
        yield from (name[:-1], name[:-2] + "i")


def _weakened(stem: str) -> Iterator[str]:
    match = re.fullmatch(rf"(.*[{_VOWELS}])([^{_VOWELS}]+)([{_VOWELS}]+)", stem)
    if match is None:
        return
    start, consonants, vowels = match.groups()
    # The longest that is known: kk weakens to k, and not further.
    for length in range(min(len(consonants), 2), 0, -1):
        if consonants[-length:] in _GRADATION:
            for weak in _GRADATION[consonants[-length:]]:
                yield start + consonants[:-length] + weak + vowels
            return


def _all_endings() -> frozenset[str]:
    # Without dots, as they are compared: harmony says nothing about which name it is.
    cases = {"", *map(fold, _CASES)}
    finnish = {case + fold(clitic) for case in cases for clitic in _CLITICS}
    return frozenset(finnish | set(_PEOPLE) | set(_SWEDISH) | set(_ENGLISH))


ENDINGS = _all_endings()
# What may follow a consonant: "Itistä", "Hakisko", "Berghälls"; the cases of such a name stand after another stem.
AFTER_CONSONANT = frozenset(
    {fold(case + clitic) for case in ("", "tä", "i", "t") for clitic in _CLITICS} | set(_SWEDISH) | set(_ENGLISH)
)
VOWELS = frozenset(_VOWELS)
CLITICS = frozenset(map(fold, _CLITICS))
LONGEST_ENDING = max(map(len, ENDINGS))
