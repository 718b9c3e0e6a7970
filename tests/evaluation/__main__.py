"""Measures what the trained model understands: `.venv/rasa/bin/python -m tests.evaluation`.

Topics that the model does not know yet are left out and counted. Intervals are Wilson's, 95 %.
"""

import asyncio
import logging
import math
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rasa.core.agent import Agent
from rasa.utils.log_utils import configure_structlog

FOLDER = Path(__file__).parent
MODEL = Path("models/neuvo.tar.gz")
LANGUAGES = ("fi", "sv", "en")
SHORT = 4  # words


@dataclass
class Share:
    """So many of so many."""

    hits: int = 0
    of: int = 0

    def add(self, hit: bool) -> None:
        """Count one more."""
        self.hits += hit
        self.of += 1

    def __str__(self) -> str:
        if not self.of:
            return "     -"
        share, z = self.hits / self.of, 1.96
        middle = (share + z * z / (2 * self.of)) / (1 + z * z / self.of)
        half = z * math.sqrt(share * (1 - share) / self.of + z * z / (4 * self.of**2)) / (1 + z * z / self.of)
        return f"{share:.3f} [{max(0, middle - half):.3f}, {min(1, middle + half):.3f}] n={self.of}"


@dataclass
class Result:
    """The figures of one language."""

    first: Share = field(default_factory=Share)
    three: Share = field(default_factory=Share)
    short_language: Share = field(default_factory=Share)
    full_language: Share = field(default_factory=Share)
    emergencies: Share = field(default_factory=Share)
    crises: Share = field(default_factory=Share)
    false_alarms: Share = field(default_factory=Share)
    mistakes: Counter[tuple[str, str]] = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)


def lines(path: Path) -> list[str]:
    """The messages of a file."""
    return [line for line in path.read_text("utf-8").splitlines() if line.strip()] if path.exists() else []


def entity(parsed: dict[str, Any], name: str) -> str | None:
    """The value of an entity."""
    return next((str(each["value"]) for each in parsed["entities"] if each["entity"] == name), None)


async def examine(agent: Agent, language: str, known: set[str]) -> Result:
    """Every message of one language."""
    result = Result()
    for path in sorted((FOLDER / language / "topics").glob("*.txt")):
        for text in lines(path) if path.stem in known else ():
            parsed = await agent.parse_message(text)
            guess = parsed["intent"]["name"]
            ranked = [each["name"] for each in parsed["intent_ranking"] if each["name"] != "nlu_fallback"]
            result.first.add(guess == path.stem)
            result.three.add(path.stem in [guess, *ranked[:3]])
            if guess != path.stem:
                result.mistakes[path.stem, guess] += 1
            _count_language(result, text, entity(parsed, "language") == language)
    for text in lines(FOLDER / language / "short.txt"):
        _count_language(result, text, entity(await agent.parse_message(text), "language") == language)
    await _examine_dangers(agent, language, result)
    return result


def _count_language(result: Result, text: str, right: bool) -> None:
    (result.short_language if len(text.split()) <= SHORT else result.full_language).add(right)


async def _examine_dangers(agent: Agent, language: str, result: Result) -> None:
    for name, share, wanted in (
        ("emergencies", result.emergencies, {"emergency"}),
        ("crises", result.crises, {"crisis", "emergency"}),
    ):
        for text in lines(FOLDER / language / f"{name}.txt"):
            found = entity(await agent.parse_message(text), "danger") in wanted
            share.add(found)
            if not found:
                result.missed.append(text)
    for text in lines(FOLDER / language / "lookalikes.txt"):
        result.false_alarms.add(entity(await agent.parse_message(text), "danger") is not None)


def show(language: str, result: Result, verbose: bool) -> Iterable[str]:
    """The figures of one language as lines."""
    yield f"\n{language}"
    rows = {
        "topic, first guess": result.first,
        "topic among three": result.three,
        f"language, 1-{SHORT} words": result.short_language,
        "language, longer": result.full_language,
        "emergency found": result.emergencies,
        "crisis found": result.crises,
        "false alarm on look-alikes": result.false_alarms,
    }
    yield from (f"  {name:<28}{share}" for name, share in rows.items())
    if verbose:
        yield from (f"    {right} -> {guess}: {count}" for (right, guess), count in result.mistakes.most_common(12))
        yield from (f"    missed: {text}" for text in result.missed)


async def main(verbose: bool) -> None:
    """Measure all languages."""
    configure_structlog(logging.ERROR)  # Rasa prints every text at debug
    agent = Agent.load(str(MODEL))
    known = set(agent.domain.intents)
    asked = {path.stem for path in FOLDER.glob("*/topics/*.txt")}
    print(f"{len(asked & known)} topics examined; {len(asked - known)} are not in the model yet.")
    for language in LANGUAGES:
        print("\n".join(show(language, await examine(agent, language, known), verbose)), flush=True)


if __name__ == "__main__":
    asyncio.run(main("--mistakes" in sys.argv))
