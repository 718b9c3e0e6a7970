"""The linear model of words: how likely each danger and each language is, from the hashed words of a message alone.

Its weights are plain data beside this module, made from the training examples by `python -m bot.danger.words`.
"""

from __future__ import annotations

import hashlib
import json
import math
import zlib
from array import array
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from screening.danger.features import BUCKETS, features_of
from screening.danger.rules import CRISIS, EMERGENCY, LANGUAGES
from screening.danger.tokens import Token

DESCRIPTION = Path(__file__).with_name("words.json")
WEIGHTS = Path(__file__).with_name("words.bin")
KINDS = (EMERGENCY, CRISIS)
"""The dangers that have weights, against none of them."""
WEIGHED_LANGUAGES = LANGUAGES[:-1]
"""The languages that have weights, against the last one."""


class WeightsDamaged(ValueError):
    """The file of weights is not the one that its description speaks of."""


@dataclass(frozen=True)
class WordsModel:
    """Weights of one byte for each bucket, with a step and an offset, for each danger, then for each language."""

    weights: tuple[array[int], ...]
    steps: tuple[float, ...]
    offsets: tuple[float, ...]

    def dangers(self, tokens: list[Token]) -> dict[str, float]:
        """The probability of each danger."""
        return dict(zip(KINDS, self._probabilities(tokens, range(len(KINDS)))[:-1], strict=True))

    def languages(self, tokens: list[Token]) -> dict[str, float]:
        """The probability of each language."""
        places = range(len(KINDS), len(self.weights))
        return dict(zip(LANGUAGES, self._probabilities(tokens, places), strict=True))

    def _probabilities(self, tokens: list[Token], places: range) -> list[float]:
        """Of each of these places, and last of none of them."""
        buckets = features_of(tokens)
        length = math.sqrt(len(buckets) or 1)
        exponents = [
            math.exp(
                self.offsets[place] + self.steps[place] * sum(map(self.weights[place].__getitem__, buckets)) / length
            )
            for place in places
        ]
        total = 1.0 + sum(exponents)
        return [*(exponent / total for exponent in exponents), 1.0 / total]


@lru_cache(maxsize=1)
def words_model() -> WordsModel:
    """The model as shipped; raises `WeightsDamaged`."""
    description: dict[str, Any] = json.loads(DESCRIPTION.read_text("utf-8"))
    packed = WEIGHTS.read_bytes()
    if hashlib.sha256(packed).hexdigest() != description["sha256"] or description["buckets"] != BUCKETS:
        raise WeightsDamaged(f"{WEIGHTS.name} is damaged or of another version: install the program again.")
    values = array("b", zlib.decompress(packed))
    weights = tuple(values[start : start + BUCKETS] for start in range(0, len(values), BUCKETS))
    return WordsModel(weights, tuple(description["steps"]), tuple(description["offsets"]))


def write_model(weights: list[list[float]], offsets: list[float], **about: Any) -> None:
    """Write the weights and offsets of each danger and language, and what is to be known `about` them."""
    steps = [max(map(abs, each)) / 127 for each in weights]
    packed = zlib.compress(
        b"".join(
            array("b", [round(value / step) for value in each]).tobytes()
            for each, step in zip(weights, steps, strict=True)
        ),
        9,
    )
    WEIGHTS.write_bytes(packed)
    description = {
        "sha256": hashlib.sha256(packed).hexdigest(),
        "buckets": BUCKETS,
        "steps": steps,
        "offsets": offsets,
        **about,
    }
    DESCRIPTION.write_text(json.dumps(description, indent=1) + "\n", "utf-8")
