"""Analytics, answers: what became of each answer, by topic or question and language; pure.

An answer is followed within the citizen's day: it helped, it did not, what was written next was not understood, or an
officer was called. A part is `<language>:<topic>`, of a short answer to a question `<language>:?<question>`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from gateway.analytics.models import Measure, Verdict
from gateway.analytics.rounding import RoundedCounts
from gateway.analytics.topic_feedback import VERDICTS
from gateway.core.locale import LANGUAGES

Cell = tuple[Measure, str]
_FOLLOW_UP: Final = "follow_up_"
_QUESTION: Final = "?"
# What may become of an answer, in the order in which a bar shows it.
OUTCOMES: Final = (
    Measure.ANSWER_HELPED,
    Measure.ANSWER_NOT_HELPED,
    Measure.ANSWER_MISSED,
    Measure.ANSWER_HANDED_OVER,
)
_OF_VERDICT: Final = {
    Verdict.HELPED: Measure.ANSWER_HELPED,
    Verdict.NOT_HELPED: Measure.ANSWER_NOT_HELPED,
    Verdict.WRONG_GUESS: Measure.ANSWER_NOT_HELPED,
}


def cells_of_day(turns: Iterable[Any], misses: frozenset[str]) -> set[Cell]:
    """What became of a citizen's answers of one day, their turns in order; `misses`: topics of what was not understood.

    A turn has `topic`, `language` and `question`.
    """
    cells: set[Cell] = set()
    about: tuple[str, ...] = ()
    for turn in turns:
        topic, language = turn.topic or "", turn.language or ""
        if topic in misses:
            cells |= {(Measure.ANSWER_MISSED, part) for part in about}
        elif topic in VERDICTS:
            cells |= {(_OF_VERDICT[VERDICTS[topic]], part) for part in about}
        else:
            about = _about(topic, language, turn.question, about)
            cells |= {(Measure.ANSWER_ASKED, part) for part in about}
    return cells


def _about(topic: str, language: str, question: str | None, before: tuple[str, ...]) -> tuple[str, ...]:
    """The topic of a turn, or the one before where it goes on, and the question that it asks."""
    if topic and not topic.startswith(_FOLLOW_UP):
        before = (f"{language}:{topic}",)
    asked = (f"{language}:{_QUESTION}{question}",) if question else ()
    return (*(part for part in before if f":{_QUESTION}" not in part), *asked)


@dataclass(frozen=True)
class AnswerRow:
    """One topic or question: how many asked, and of these, by `OUTCOMES`; `left`: the rest, who said no more of it.

    `starts` and `widths` are of the bar, in percent: one for each outcome, then one for the rest.
    """

    name: str
    topic: str
    asked: int
    outcomes: tuple[int, ...]
    left: int
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
        if code in wanted and what.startswith(_QUESTION) == questions:
            parts[what] = None
    found = [_one(rounded, wanted, what, name(what.removeprefix(_QUESTION))) for what in parts]
    return sorted(found, key=lambda each: (-each.asked, each.name))


def _one(rounded: RoundedCounts, languages: Sequence[str], what: str, name: str) -> AnswerRow:
    def total(measure: Measure) -> int:
        return sum(rounded.total(measure, f"{language}:{what}") for language in languages)

    asked = total(Measure.ANSWER_ASKED)
    outcomes = tuple(total(measure) for measure in OUTCOMES)
    left = max(asked - sum(outcomes), 0)
    whole = max(asked, sum(outcomes)) or 1
    widths = tuple(round(100 * each / whole, 2) for each in (*outcomes, left))
    starts = tuple(round(sum(widths[:at]), 2) for at in range(len(widths)))
    return AnswerRow(name, what.removeprefix(_QUESTION), asked, outcomes, left, starts, widths)
