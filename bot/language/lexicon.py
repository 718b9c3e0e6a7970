"""Station language: the lexicon, word lists read once from lexicon.yml."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

LANGUAGES = ("fi", "sv", "en")
"""The languages Neuvo answers in; the order is that of every array of scores. Finnish is the default."""

LEXICON_FILE = Path(__file__).with_name("lexicon.yml")

_NOT_WORDS = re.compile(
    r"^/\S+|(?:https?://|www\.)\S+|\S+@\S+|[@#]\S+|\S*\d\S*|\b[\w-]+\.(?:fi|com|net|org|io|eu|ru|info)\b\S*"
)
_WORD = re.compile(r"[^\W\d_]+(?:['’´`][^\W\d_]+)*")
_DOTS = str.maketrans("åäö", "aao")
_APOSTROPHES = str.maketrans("", "", "'’´`")
_REPEATED = re.compile(r"(.)\1{2,}")
_VOWELS = frozenset("aeiouyåäöéü")
_COURTESY = ("greetings", "agreement", "refusal", "thanks")
# A message is at most 4096 characters; its language is plain long before that.
_MAX_CHARACTERS = 600


def words_of(text: str) -> list[str]:
    """The words of a message in lower case, without links, addresses, handles, numbers, emojis and apostrophes."""
    plain = _NOT_WORDS.sub(" ", unicodedata.normalize("NFKC", text[:_MAX_CHARACTERS]).lower())
    return [_REPEATED.sub(r"\1\1", word).translate(_APOSTROPHES) for word in _WORD.findall(plain)]


def without_dots(text: str) -> str:
    """The text as a keyboard without å, ä and ö has it."""
    return text.translate(_DOTS)


@dataclass(frozen=True)
class Lexicon:
    """What single words say about their language."""

    languages: dict[str, tuple[str, ...]]
    """Word, also without its dots -> the languages that claim it."""
    shared: dict[str, str]
    """Word that is no evidence -> the language to guess when a message holds nothing else."""
    function: frozenset[str]
    """Pronouns, question words and the like: nobody borrows them."""
    courtesy: frozenset[str]
    """Greetings, yes, no and thanks: borrowed so freely that they never switch a conversation."""
    requests: dict[tuple[str, ...], str]
    """The words of "in English, please" -> the language asked for."""
    others: dict[str, str]
    """Word of a language beyond the three -> that language."""

    def evidence(self, words: Iterable[str]) -> list[str]:
        """The words that may say something about the language; "fghjkl" does not."""
        return [word for word in words if word not in self.shared and not _VOWELS.isdisjoint(word)]

    def shares(self, words: list[str]) -> list[float]:
        """How much of the message each of LANGUAGES claims, 0 to 1; a word claimed by two counts half for each."""
        counts = dict.fromkeys(LANGUAGES, 0.0)
        for word in words:
            claims = self.languages.get(word, ())
            for language in claims:
                counts[language] += 1 / len(claims)
        return [counts[language] / max(1, len(words)) for language in LANGUAGES]

    def requested(self, words: list[str]) -> str | None:
        """The language asked for in a message that asks nothing else, such as "på svenska tack", else None."""
        request = tuple(word for word in words if word not in self.courtesy and word not in self.shared)
        return self.requests.get(request)


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """The lists of lexicon.yml."""
    content = yaml.safe_load(LEXICON_FILE.read_text(encoding="utf-8"))
    shared = {word: language for language, words in content["shared"].items() for word in words.split()}
    listed = {language: _listed(content[language].values()) for language in LANGUAGES}
    courtesy = {word for language in LANGUAGES for group in _COURTESY for word in content[language][group].split()}
    function = {word for language in LANGUAGES for word in content[language]["function"].split()}
    requests = {tuple(words_of(phrase)): language for language, them in content["requests"].items() for phrase in them}
    others = {word: language for language, words in content["others"].items() for word in words.split()}
    return Lexicon(_claims(listed, shared), shared, frozenset(function), frozenset(courtesy), requests, others)


def _listed(groups: Iterable[str]) -> set[str]:
    return {word for group in groups for word in group.split()}


def _claims(listed: dict[str, set[str]], shared: dict[str, str]) -> dict[str, tuple[str, ...]]:
    """Every listed spelling first; a dotless one counts only where no language spells a word that way."""
    spelled: dict[str, set[str]] = {}
    dotless: dict[str, set[str]] = {}
    for language, words in listed.items():
        for word in words - shared.keys():
            spelled.setdefault(word, set()).add(language)
            dotless.setdefault(without_dots(word), set()).add(language)
    merged = {**dotless, **spelled}
    return {word: tuple(sorted(claims)) for word, claims in merged.items() if word not in shared}
