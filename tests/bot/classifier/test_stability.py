"""A stable trainer: what a few examples more or less change."""

import numpy as np
import scipy.sparse as sparse

from bot.arrays import FloatArray, IndexArray
from bot.classifier.features import Vocabulary
from bot.classifier.lexical import AVERAGE_AFTER_EPOCHS, EPOCHS, LexicalTrainer
from bot.classifier.semantic import SemanticModel

EXAMPLES, PARTS = 2_000, 40
FEWER = EXAMPLES - 20


def noisy_examples() -> tuple[FloatArray, IndexArray]:
    """Three topics that share their words, as dangers and look-alikes do."""
    rng = np.random.default_rng(1984)
    features = rng.normal(size=(EXAMPLES, PARTS)).astype(np.float32)
    weights = rng.normal(size=(PARTS, 3))
    return features, (features @ weights + rng.gumbel(0, 4, size=(EXAMPLES, 3))).argmax(axis=1)


def test_the_mean_of_the_last_steps_moves_less_than_the_last_one() -> None:
    features, topics = noisy_examples()

    def learned(examples: int, average_after: int) -> FloatArray:
        trainer = LexicalTrainer(Vocabulary.of([], np.empty(0, np.float32)), [1.0, 1.0, 1.0], average_after)
        model = trainer.train(sparse.csr_matrix(features[:examples]), topics[:examples], EPOCHS)
        return model.log_probabilities_of(sparse.csr_matrix(features))

    def moved(average_after: int) -> float:
        return float(np.abs(learned(EXAMPLES, average_after) - learned(FEWER, average_after)).mean())

    assert moved(AVERAGE_AFTER_EPOCHS * FEWER) < 0.7 * moved(0)


def test_a_stable_semantic_model_forgets_its_warm_start() -> None:
    features, topics = noisy_examples()
    features = features * np.geomspace(0.01, 1, PARTS, dtype=np.float32)  # the faint ones are learned late
    class_weights = [1.0, 1.0, 1.0]
    warm_start = SemanticModel.trained(features[:FEWER], topics[:FEWER], class_weights, 2)
    goal = SemanticModel.trained(
        features, topics, class_weights, 2, SemanticModel.trained(features, topics, class_weights, 2), True
    )

    def distance(stable: bool) -> float:
        continued = SemanticModel.trained(features, topics, class_weights, 2, warm_start, stable)
        return float(np.abs(continued.log_probabilities_of(features) - goal.log_probabilities_of(features)).mean())

    assert distance(stable=True) < 0.5 * distance(stable=False)
