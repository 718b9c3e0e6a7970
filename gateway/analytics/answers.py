"""Analytics, answers: the rows of what became of each answer, by topic or question and language; pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.analytics.counts import QUESTION_MARK
from gateway.analytics.models import Measure
from gateway.analytics.rounding import RoundedCounts
from gateway.core.locale import LANGUAGES

# What may become of an answer, in the order in which a bar shows it.
OUTCOMES: Final = (
    Measure.ANSWER_HELPED,
    Measure.ANSWER_NOT_HELPED,
    Measure.ANSWER_MISSED,
    Measure.ANSWER_HANDED_OVER,
    Measure.ANSWER_LEFT,
)


@dataclass(frozen=True)
class AnswerRow:
    """One topic or question: how many asked, and by `OUTCOMES`, of these; `went_on`: the rest.

    `starts` and `widths` are of the bar, in percent: one for each outcome, then one for the rest.
    """

    name: str
    topic: str
    asked: int
    outcomes: tuple[int, ...]
    went_on: int
    starts: tuple[float, ...]
    widths: tuple[float, ...]


def answer_rows(
    rounded: RoundedCounts, language: str, name: Callable[[str], str], *, questions: bool
) -> list[AnswerRow]:
    """The topics, or the questions, the most asked first; `language` is one of ours, or "" for all together."""
    wanted = [language] if language else list(LANGUAGES)
    parts: dict[str, None] = {}
    for part, _ in rounded.parts(Measure.ANSWER_ASKED):
        code, _, what = part.partition(":")
        if code in wanted and what.startswith(QUESTION_MARK) == questions:
            parts[what] = None
    found = [_one(rounded, wanted, what, name(what.removeprefix(QUESTION_MARK))) for what in parts]
    return sorted(found, key=lambda each: (-each.asked, each.name))


def _one(rounded: RoundedCounts, languages: Sequence[str], what: str, name: str) -> AnswerRow:
    def total(measure: Measure) -> int:
        return sum(rounded.total(measure, f"{language}:{what}") for language in languages)

    asked = total(Measure.ANSWER_ASKED)
    outcomes = tuple(total(measure) for measure in OUTCOMES)
    went_on = max(asked - sum(outcomes), 0)
    whole = max(asked, sum(outcomes)) or 1
    widths = tuple(round(100 * each / whole, 2) for each in (*outcomes, went_on))
    starts = tuple(round(sum(widths[:at]), 2) for at in range(len(widths)))
    return AnswerRow(name, what.removeprefix(QUESTION_MARK), asked, outcomes, went_on, starts, widths)
