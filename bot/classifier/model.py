"""Classifier (station 4, dialogue): the topics of a message by the lexical model and, if needed, the semantic one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.arrays import FloatArray
from bot.classifier.calibration import Mixture
from bot.classifier.lexical import LexicalModel
from bot.classifier.semantic import SemanticModel

VectorFunction = Callable[[str], FloatArray]


@dataclass(frozen=True)
class Guess:
    """Topics with their probabilities, likeliest first, and the threshold from which on the first one is answered.

    `used_semantic`: whether the semantic model was evaluated.
    """

    probabilities: dict[str, float]
    threshold: float
    used_semantic: bool


@dataclass(frozen=True)
class TopicModel:
    """A trained classifier. `encoder` is the hash of the encoder that the semantic model was trained with."""

    topics: Sequence[str]
    lexical: LexicalModel
    semantic: SemanticModel | None
    mixture: Mixture
    encoder: str | None
    threshold_alone: float
    threshold_together: float

    def guess(self, text: str, vector: VectorFunction | None, cascade_limit: float) -> Guess:
        """The topics of one message.

        `vector` returns a text's vector (None: without); it is called only when the lexical model's best probability is
        under `cascade_limit`. Over 1 it is always called.
        """
        lexical = self.lexical.log_probabilities(text)
        probabilities = self.mixture.alone(lexical)
        threshold = self.threshold_alone
        used_semantic = False
        if self.semantic is not None and vector is not None and float(probabilities.max()) < cascade_limit:
            probabilities = self.mixture.together(lexical, self.semantic.log_probabilities_of(vector(text)))
            threshold, used_semantic = self.threshold_together, True
        order = probabilities.argsort(kind="stable")[::-1]
        return Guess({self.topics[index]: float(probabilities[index]) for index in order}, threshold, used_semantic)
