"""Station language: eldc, the compiled detector, for our three languages and for all it knows."""

from functools import lru_cache

import eldc  # type: ignore[import-untyped]

from bot.language.lexicon import LANGUAGES

Scores = dict[str, float]


@lru_cache(maxsize=1)
def _instances() -> tuple[object, object]:
    eldc.init()
    ours = eldc.instance()
    ours.set_languages(list(LANGUAGES))
    everything = eldc.instance()
    everything.set_scores(20)
    return ours, everything


def scores_of_ours(text: str) -> list[float]:
    """A score from 0 to 1 for each of LANGUAGES; all 0 where eldc cannot tell."""
    scores: Scores = _instances()[0].detect_details(text).scores  # type: ignore[attr-defined]
    return [scores.get(language, 0.0) for language in LANGUAGES]


def scores_of_all(text: str) -> tuple[Scores, bool]:
    """The twenty likeliest of eldc's sixty languages, best first, and whether eldc calls the best reliable."""
    result = _instances()[1].detect_details(text)  # type: ignore[attr-defined]
    return result.scores, result.reliable
