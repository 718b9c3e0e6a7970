"""Evaluation of the talks that editors have kept: those of a content folder, played with a model, and two compared.

They stand in the folder's `tests/<language>/talks/*.txt`, in the format of every written talk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from answers.content import answer_paths
from answers.library import privacy_url
from answers.limits import LANGUAGES
from answers.talks import Talk, talks_of
from evaluation.baseline import Change
from evaluation.comparison import figure_of
from evaluation.dataset import CRISES, EMERGENCIES
from evaluation.metrics import Metric
from evaluation.played_talks import PlayedTurn, load_agent, play
from evaluation.verdicts import RIGHT, verdict

KIND = "talks"
METRIC = "talks of editors: turns right"
_KIND_OF_DANGER = {"emergency": EMERGENCIES, "crisis": CRISES}


@dataclass(frozen=True)
class TurnVerdict:
    """A turn of a talk and what the reply to it was worth (`verdicts.VERDICTS`)."""

    language: str
    talk: str
    place: int
    text: str
    danger: str | None
    verdict: str


def talks_in(content: Path) -> list[Talk]:
    """The talks of a content folder; one with a topic that it does not have is left out."""
    topics = {path.stem for path in answer_paths(content)}
    talks: list[Talk] = []
    for language in LANGUAGES:
        for path in sorted((content / "tests" / language / KIND).glob("*.txt")):
            talks += talks_of(path.read_text("utf-8"), language, path.as_posix(), topics)[0]
    return talks


def talk_verdicts(
    model: Path, content: Path, talks: Sequence[Talk], on_talk: Callable[[int], None] = lambda done: None
) -> list[TurnVerdict]:
    """Play the talks with a model and the answers of a content folder."""
    if not talks:
        return []
    return verdicts_of(play(load_agent(model, content, privacy_url()), talks, on_talk))


def verdicts_of(played: Iterable[PlayedTurn]) -> list[TurnVerdict]:
    """What each reply was worth."""
    return [
        TurnVerdict(each.talk.language, each.talk.name, each.place, each.turn.text, each.turn.danger, verdict(each))
        for each in played
    ]


def compare_talks(before: Sequence[TurnVerdict], now: Sequence[TurnVerdict]) -> dict[str, Any]:
    """What `comparison.compare` gives, of the same turns of two models; and `talks`: how many were right, by language.

    A turn that tells of a danger counts among the messages of danger.
    """
    pairs = list(zip(before, now, strict=True))
    changes = [_change(language, pairs) for language in LANGUAGES if any(each.language == language for each in now)]
    return {
        "better": [_message(a, b) for a, b in pairs if b.verdict == RIGHT != a.verdict],
        "worse": [_message(a, b) for a, b in pairs if a.verdict == RIGHT != b.verdict],
        "figures": [figure_of(each) for each in changes],
        "refused": [figure_of(each) for each in changes if each.is_worse],
        "talks": [
            {
                "language": each.language,
                "talks": len({turn.talk for turn in now if turn.language == each.language}),
                "turns": each.now.total,
                "before": each.before.hits,
                "now": each.now.hits,
            }
            for each in changes
        ],
    }


def merged(messages: dict[str, Any], talks: dict[str, Any]) -> dict[str, Any]:
    """One comparison of both."""
    together = {name: [*messages[name], *talks[name]] for name in ("better", "worse", "figures", "refused")}
    return {**messages, **together, "talks": talks["talks"]}


def _change(language: str, pairs: Sequence[tuple[TurnVerdict, TurnVerdict]]) -> Change:
    own = [(a.verdict, b.verdict) for a, b in pairs if b.language == language]
    outcomes = ("".join("1" if each[side] == RIGHT else "0" for each in own) for side in (0, 1))
    old, new = (Metric(METRIC, each) for each in outcomes)
    return Change(language, METRIC, old, new, same_messages=True)


def _message(before: TurnVerdict, now: TurnVerdict) -> dict[str, Any]:
    return {
        "language": now.language,
        "kind": _KIND_OF_DANGER.get(now.danger or "", KIND),
        "label": now.talk,
        "text": now.text,
        "before": before.verdict,
        "now": now.verdict,
        "turn": now.place + 1,
    }
