"""Classifier (station 4, dialogue): the topics of a message by its wording and, if need be, by its meaning."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.classifier.calibration import Mixture
from bot.classifier.meaning import MeaningModel
from bot.classifier.wording import Floats, WordingModel

Vector = Callable[[str], Floats]


@dataclass(frozen=True)
class Guess:
    """Topics with their probabilities, likeliest first, and from which probability on the first one may be answered."""

    probabilities: dict[str, float]
    threshold: float
    asked_meaning: bool


@dataclass(frozen=True)
class TopicModel:
    """A trained classifier. `encoder` is the hash of the encoder whose vectors the meaning was learned from."""

    topics: Sequence[str]
    wording: WordingModel
    meaning: MeaningModel | None
    mixture: Mixture
    encoder: str | None
    threshold_alone: float
    threshold_together: float

    def guess(self, text: str, vector: Vector | None, cascade_limit: float) -> Guess:
        """The topics of one message.

        `vector` gives a text's vector (None: without); it is asked only when the wording's best probability is under
        `cascade_limit`. Over 1 it is always asked.
        """
        wording = self.wording.scores(text)
        probabilities = self.mixture.alone(wording)
        threshold = self.threshold_alone
        asked = False
        if self.meaning is not None and vector is not None and float(probabilities.max()) < cascade_limit:
            probabilities = self.mixture.together(wording, self.meaning.scores_of(vector(text)))
            threshold, asked = self.threshold_together, True
        order = probabilities.argsort(kind="stable")[::-1]
        return Guess({self.topics[place]: float(probabilities[place]) for place in order}, threshold, asked)
