"""The second look at danger: lines of the same meaning are found again, and only doubts are looked up."""

from pathlib import Path

import numpy as np
import pytest

from bot.arrays import FloatArray
from bot.classifier.storage import ModelRefused
from bot.danger.fusion import Fusion, log_odds_of, read_fusion
from bot.danger.nearest import FILE_NAME, NearestLines, no_evidence

WIDTH = 48
GROUPS = 30


def lines() -> tuple[FloatArray, FloatArray]:
    """Thirty groups of lines, each around a direction of its own; every third group tells of danger."""
    rng = np.random.default_rng(11)
    centres = rng.normal(0, 1, (GROUPS, WIDTH))
    groups = np.repeat(np.arange(GROUPS), 40)
    vectors = centres[groups] + rng.normal(0, 0.2, (len(groups), WIDTH))
    return vectors.astype(np.float32), groups


@pytest.fixture(scope="module")
def nearest() -> NearestLines:
    vectors, groups = lines()
    found = NearestLines.trained(vectors, groups % 3 == 0, np.full(len(groups), 0.5, np.float32))
    assert found is not None
    return found


def test_a_message_beside_lines_of_danger_is_told_from_one_beside_others(nearest: NearestLines) -> None:
    vectors, groups = lines()
    rng = np.random.default_rng(12)
    for group in range(GROUPS):
        message = vectors[groups == group].mean(axis=0) + rng.normal(0, 0.2, WIDTH).astype(np.float32)
        odds = nearest.evidence(message)
        assert odds.keys() == no_evidence().keys()
        assert all(value > 2 if group % 3 == 0 else value < -2 for value in odds.values()), group


def test_lines_that_the_classifier_is_sure_of_are_left_out() -> None:
    vectors, groups = lines()
    certainty = np.where(groups < 10, 0.999, 0.5).astype(np.float32)

    found = NearestLines.trained(vectors, groups % 3 == 0, certainty)

    assert found is not None
    assert len(found.steps) == (groups >= 10).sum()
    assert NearestLines.trained(vectors, groups % 3 == 0, np.ones(len(groups), np.float32)) is None


def test_it_is_stored_as_numbers_and_read_again(nearest: NearestLines, tmp_path: Path) -> None:
    vector = lines()[0][5]
    assert NearestLines.read(tmp_path) is None

    nearest.write(tmp_path)
    again = NearestLines.read(tmp_path)

    assert again is not None
    assert again.evidence(vector) == nearest.evidence(vector)
    (tmp_path / FILE_NAME).write_bytes(b"PK")
    with pytest.raises(ModelRefused, match="make train"):
        NearestLines.read(tmp_path)


def test_only_a_doubt_is_worth_a_second_look() -> None:
    assert not Fusion.is_in_doubt(log_odds_of(0.001))
    assert Fusion.is_in_doubt(log_odds_of(0.2))
    assert not Fusion.is_in_doubt(log_odds_of(0.97))


def test_lines_of_danger_nearby_raise_the_odds() -> None:
    second = read_fusion().second
    nothing = dict.fromkeys(second.weights, 0.0)

    assert second.log_odds({**nothing, **dict.fromkeys(no_evidence(), 3.0)}) > second.log_odds(nothing)
