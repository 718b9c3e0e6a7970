"""A steady learner: what a few examples more or less change."""

import numpy as np
import scipy.sparse as sparse

from bot.classifier.features import Vocabulary
from bot.classifier.meaning import MeaningModel
from bot.classifier.wording import ROUNDS, STEADY_AFTER, Floats, Places, WordingLearner

EXAMPLES, PARTS = 2_000, 40
FEWER = EXAMPLES - 20


def noisy_examples() -> tuple[Floats, Places]:
    """Three topics that share their words, as dangers and look-alikes do."""
    chance = np.random.default_rng(1984)
    features = chance.normal(size=(EXAMPLES, PARTS)).astype(np.float32)
    pull = chance.normal(size=(PARTS, 3))
    return features, (features @ pull + chance.gumbel(0, 4, size=(EXAMPLES, 3))).argmax(axis=1)


def test_the_mean_of_the_last_steps_moves_less_than_the_last_one() -> None:
    features, topics = noisy_examples()

    def learned(examples: int, mean_after: int) -> Floats:
        learner = WordingLearner(Vocabulary.of([], np.empty(0, np.float32)), [1.0, 1.0, 1.0], mean_after)
        model = learner.learn(sparse.csr_matrix(features[:examples]), topics[:examples], ROUNDS)
        return model.scores_of(sparse.csr_matrix(features))

    def moved(mean_after: int) -> float:
        return float(np.abs(learned(EXAMPLES, mean_after) - learned(FEWER, mean_after)).mean())

    assert moved(STEADY_AFTER * FEWER) < 0.7 * moved(0)


def test_meaning_that_is_learned_to_the_end_forgets_where_it_began() -> None:
    features, topics = noisy_examples()
    features = features * np.geomspace(0.01, 1, PARTS, dtype=np.float32)  # the faint ones are learned late
    counts = [1.0, 1.0, 1.0]
    begun = MeaningModel.trained(features[:FEWER], topics[:FEWER], counts, 2)
    goal = MeaningModel.trained(features, topics, counts, 2, MeaningModel.trained(features, topics, counts, 2), True)

    def away(steady: bool) -> float:
        gone_on = MeaningModel.trained(features, topics, counts, 2, begun, steady)
        return float(np.abs(gone_on.scores_of(features) - goal.scores_of(features)).mean())

    assert away(steady=True) < 0.5 * away(steady=False)
