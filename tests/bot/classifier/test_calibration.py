"""Probabilities mean what they say, and the threshold follows from held-out messages."""

import numpy as np
import pytest

from bot.classifier import calibration
from bot.classifier.calibration import (
    MAX_THRESHOLD,
    MIN_THRESHOLD,
    CurvePoint,
    Mixture,
    chosen_threshold,
    curve,
    fitted_mixture,
    folds_of,
    holdout_folds,
)
from bot.classifier.lexical import log_softmax
from bot.encoder.holdout import HOLDOUT_FOLD, fold_of


def test_the_first_fold_is_the_holdout_of_tuning() -> None:
    texts, topics = [f"viesti {number}" for number in range(400)], np.arange(400) % 3
    folds = folds_of(texts, topics)

    assert [text for text, fold in zip(texts, folds, strict=True) if fold == 0] == [
        text for text in texts if fold_of(text) == HOLDOUT_FOLD
    ]
    assert 30 <= (folds == 0).sum() <= 70


def test_an_added_example_moves_no_other() -> None:
    texts = [f"viesti {number}" for number in range(50)]

    assert (
        folds_of([*texts, "uusi"], np.zeros(51, np.int64))[:50].tolist()
        == folds_of(texts, np.zeros(50, np.int64)).tolist()
    )


def test_a_topics_only_example_is_never_held_out() -> None:
    assert folds_of(["a", "b", "c"], np.array([0, 0, 1]))[2] == -1


def test_the_order_of_the_examples_changes_no_fold() -> None:
    texts, topics = [f"viesti {number}" for number in range(20)], np.zeros(20, np.int64)

    assert folds_of(texts[::-1], topics)[::-1].tolist() == folds_of(texts, topics).tolist()


def test_no_more_folds_are_held_out_than_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    folds = np.arange(160) % 8
    assert holdout_folds(folds) == list(range(8))

    monkeypatch.setattr(calibration, "MIN_HOLDOUT", 25)
    assert holdout_folds(folds) == [0, 1]


def overconfident(messages: int, right: float) -> tuple[np.ndarray, np.ndarray]:
    """Scores that claim 99 % for the first of three topics, of which `right` are."""
    rng = np.random.default_rng(3)
    topics = np.where(rng.random(messages) < right, 0, 1)
    return np.tile(np.log([0.99, 0.005, 0.005]).astype(np.float32), (messages, 1)), topics


def test_overconfident_scores_are_toned_down() -> None:
    scores, topics = overconfident(2000, 0.7)
    mixture = fitted_mixture(scores, None, topics)

    assert mixture.lexical_alone < 1
    assert mixture.alone(scores)[0, 0] < 0.85


def test_the_model_that_knows_counts_for_more() -> None:
    rng = np.random.default_rng(5)
    topics = rng.integers(0, 3, 1000)
    knowing = log_softmax(np.eye(3, dtype=np.float32)[topics] * 3 + rng.normal(size=(1000, 3)).astype(np.float32))
    guessing = log_softmax(rng.normal(size=(1000, 3)).astype(np.float32))

    mixture = fitted_mixture(guessing, knowing, topics)

    assert mixture.semantic > 5 * mixture.lexical


def test_probabilities_sum_to_one() -> None:
    scores = log_softmax(np.array([[3.0, 1.0, -800.0]], np.float32))

    assert Mixture(2.0, 1.0, 1.0).together(scores, scores).sum() == pytest.approx(1, rel=1e-5)


def test_the_curve_has_coverage_and_precision() -> None:
    probabilities = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]], np.float32)
    points = {point.threshold: point for point in curve(probabilities, np.array([0, 1, 1]))}

    assert points[0.0] == CurvePoint(0.0, 1.0, pytest.approx(2 / 3))
    assert points[0.7] == CurvePoint(0.7, pytest.approx(2 / 3), 1.0)


def test_the_threshold_is_the_lowest_with_the_target_precision() -> None:
    points = [CurvePoint(0.3, 1.0, 0.8), CurvePoint(0.4, 0.9, 0.86), CurvePoint(0.5, 0.8, 0.95)]

    assert chosen_threshold(points, 0.85) == 0.4


def test_the_threshold_stays_within_sane_bounds() -> None:
    assert chosen_threshold([CurvePoint(0.0, 1.0, 1.0)], 0.85) == MIN_THRESHOLD
    assert chosen_threshold([CurvePoint(0.98, 0.1, 0.5)], 0.85) == MAX_THRESHOLD


def test_without_held_out_messages_there_is_a_plain_mixture() -> None:
    no_scores = np.empty((0, 2), np.float32)

    assert fitted_mixture(no_scores, None, np.empty(0, np.int64)) == Mixture()
