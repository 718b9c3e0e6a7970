"""Station language: a fourth language, named only where it is sure."""

import unicodedata
from collections import Counter
from functools import lru_cache

from bot.language.detector import scores_of_all
from bot.language.lexicon import LANGUAGES, lexicon

# Scandinavian neighbours read our Swedish; telling them apart in one line of chat would cost Swedish speakers.
_ANSWERED_IN_SWEDISH = frozenset({"da", "no", "is"})
_MIN_WORDS = 4
_MIN_LISTED_WORDS = 3
# Measured on the project's own messages and on subtitles: see tests/bot/language/test_other_languages.py.
_MIN_SCORE = 0.5
_MIN_MARGIN = 0.2
_MAX_LEXICON_SHARE = 0.4
_MIN_LISTED_SHARE = 0.25

# Script, as it begins the Unicode name of a letter -> the languages eldc may choose from, the likeliest here first.
_SCRIPTS = {
    "CYRILLIC": ("ru", "uk", "be", "bg", "sr"),
    "ARABIC": ("ar", "fa", "ur", "ku"),
    "HEBREW": ("he",),
    "GREEK": ("el",),
    "CJK": ("zh", "ja"),
    "HIRAGANA": ("ja",),
    "KATAKANA": ("ja",),
    "HANGUL": ("ko",),
    "THAI": ("th",),
    "LAO": ("lo",),
    "DEVANAGARI": ("hi", "mr"),
    "BENGALI": ("bn",),
    "GUJARATI": ("gu",),
    "GURMUKHI": ("pa",),
    "TAMIL": ("ta",),
    "TELUGU": ("te",),
    "KANNADA": ("kn",),
    "MALAYALAM": ("ml",),
    "ORIYA": ("or",),
    "ARMENIAN": ("hy",),
    "GEORGIAN": ("ka",),
    "ETHIOPIC": ("am",),
}


def other_language(text: str, words: list[str]) -> str | None:
    """The ISO 639-1 code of a language beyond LANGUAGES, or None where that is not sure.

    Another script decides by itself; a language in Latin script needs four words and a clear margin.
    """
    return _by_script(text, words) or _by_list(words) or _by_detector(words)


def _by_script(text: str, words: list[str]) -> str | None:
    if text.isascii():
        return None
    letters = [character for character in "".join(words) if character.isalpha()]
    foreign = Counter(script for script in map(_script_of, letters) if script is not None)
    if sum(foreign.values()) < 2 or sum(foreign.values()) * 2 < len(letters):
        return None
    # Japanese mixes its own letters with Chinese ones: one kana is proof.
    script = next((kana for kana in ("HIRAGANA", "KATAKANA") if foreign[kana]), foreign.most_common(1)[0][0])
    candidates = _SCRIPTS[script]
    scores, _ = scores_of_all(" ".join(words))
    return max(candidates, key=lambda language: (scores.get(language, 0.0), -candidates.index(language)))


@lru_cache(maxsize=4096)
def _script_of(character: str) -> str | None:
    script = unicodedata.name(character, "").split(" ", 1)[0]
    return script if script in _SCRIPTS else None


def _by_list(words: list[str]) -> str | None:
    others = lexicon().others
    found = Counter(others[word] for word in words if word in others)
    if not found or len(words) < _MIN_WORDS:
        return None
    language, count = found.most_common(1)[0]
    return language if count >= _MIN_LISTED_WORDS and count / len(words) >= _MIN_LISTED_SHARE else None


def _by_detector(words: list[str]) -> str | None:
    if len(words) < _MIN_WORDS or sum(lexicon().shares(words)) > _MAX_LEXICON_SHARE:
        return None
    scores, is_reliable = scores_of_all(" ".join(words))
    if not is_reliable:
        return None
    best, score = next(iter(scores.items()))
    if best in LANGUAGES or best in _ANSWERED_IN_SWEDISH or score < _MIN_SCORE:
        return None
    margin = score - max(scores.get(language, 0.0) for language in LANGUAGES)
    return best if margin >= _MIN_MARGIN else None
