"""The classifier learns topics, the same each time, and survives being stored."""

from pathlib import Path

import numpy as np
import pytest

from bot.arrays import FloatArray
from bot.classifier.lexical import FeatureWeights
from bot.classifier.model import TopicModel
from bot.classifier.storage import ARRAYS_NAME, METADATA_NAME, ModelRefused, read_model, write_model
from bot.classifier.training import NotEnoughExamples, Report, trained_model
from tests.bot.classifier.messages import TEST_MESSAGES, TEXTS, TOPICS


def vector_of(text: str) -> FloatArray:
    """A stand-in for the encoder: two vectors side by side that point to the topic in a text's last word."""
    rng = np.random.default_rng(sum(text.encode()))
    place = sorted(set(TOPICS)).index(TOPICS[TEXTS.index(text)]) if text in TEXTS else 0
    return np.concatenate([np.eye(8)[place], np.eye(8)[place]]).astype(np.float32) + rng.normal(0, 0.1, 16).astype(
        np.float32
    )


@pytest.fixture(scope="module")
def words_alone() -> tuple[TopicModel, Report]:
    return trained_model(TEXTS, TOPICS, None, None, 0.85)


@pytest.fixture(scope="module")
def both() -> tuple[TopicModel, Report]:
    return trained_model(TEXTS, TOPICS, np.stack([vector_of(text) for text in TEXTS]), "an encoder", 0.85)


@pytest.mark.parametrize(("text", "topic"), TEST_MESSAGES)
def test_a_test_message_finds_its_topic_by_words_alone(
    words_alone: tuple[TopicModel, Report], text: str, topic: str
) -> None:
    guess = words_alone[0].guess(text, None, 0.95)

    assert next(iter(guess.probabilities)) == topic
    assert not guess.used_semantic


def test_topics_come_likeliest_first_and_sum_to_one(words_alone: tuple[TopicModel, Report]) -> None:
    shares = list(words_alone[0].guess("mun tili", None, 0.95).probabilities.values())

    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1, rel=1e-4)


@pytest.mark.parametrize("text", ["", "   ", "zzzz qqqq", "😭", "\x00"])
def test_a_message_without_known_words_gets_no_sure_topic(words_alone: tuple[TopicModel, Report], text: str) -> None:
    assert max(words_alone[0].guess(text, None, 0.95).probabilities.values()) < 0.6


def test_training_twice_gives_the_same_model(both: tuple[TopicModel, Report]) -> None:
    again, _ = trained_model(TEXTS, TOPICS, np.stack([vector_of(text) for text in TEXTS]), "an encoder", 0.85)

    np.testing.assert_array_equal(again.lexical.weights.table, both[0].lexical.weights.table)
    assert again.semantic is not None
    assert both[0].semantic is not None
    np.testing.assert_array_equal(again.semantic.weights, both[0].semantic.weights)
    assert again.mixture == both[0].mixture


def test_the_semantic_model_is_used_only_where_the_words_are_unsure(both: tuple[TopicModel, Report]) -> None:
    asked: list[str] = []

    def vector(text: str) -> FloatArray:
        asked.append(text)
        return vector_of(text)

    sure = both[0].guess("miten teen rikosilmoituksen", vector, 0.3)
    assert not sure.used_semantic
    assert asked == []

    assert both[0].guess("zzzz", vector, 0.95).used_semantic
    assert asked == ["zzzz"]


def test_over_one_the_limit_always_uses_the_semantic_model(both: tuple[TopicModel, Report]) -> None:
    assert both[0].guess("miten teen rikosilmoituksen", vector_of, 1.1).used_semantic


def test_a_model_with_vectors_still_answers_without_vectors(both: tuple[TopicModel, Report]) -> None:
    guess = both[0].guess("my account was hijacked", None, 1.1)

    assert next(iter(guess.probabilities)) == "account_hacked"
    assert guess.threshold == both[0].threshold_alone


def test_the_semantic_model_decides_where_words_say_nothing(both: tuple[TopicModel, Report]) -> None:
    first = sorted(set(TOPICS))[0]

    assert next(iter(both[0].guess("zzzz qqqq", vector_of, 0.95).probabilities)) == first


def test_the_report_tells_how_right_held_out_messages_were(both: tuple[TopicModel, Report]) -> None:
    report = both[1]

    assert report.held_out == report.examples == len(TEXTS)
    assert report.accuracy is not None
    assert report.accuracy > report.lexical_accuracy > 1 / report.topics


def test_one_topic_is_not_enough() -> None:
    with pytest.raises(NotEnoughExamples, match="two topics"):
        trained_model(["moi", "hei"], ["greeting_thanks"] * 2, None, None, 0.85)


def test_two_topics_with_one_example_each_can_be_learned() -> None:
    model, report = trained_model(["moi moi", "tili tili"], ["greeting_thanks", "account_hacked"], None, None, 0.85)

    assert report.held_out == 0
    assert set(model.guess("moi", None, 0.95).probabilities) == {"greeting_thanks", "account_hacked"}


def test_examples_without_words_are_not_enough() -> None:
    with pytest.raises(NotEnoughExamples, match="words"):
        trained_model(["", " "], ["greeting_thanks", "account_hacked"], None, None, 0.85)


def test_a_stored_model_answers_as_before(both: tuple[TopicModel, Report], tmp_path: Path) -> None:
    write_model(both[0], tmp_path)
    again = read_model(tmp_path)

    for text, _ in TEST_MESSAGES:
        assert again.guess(text, vector_of, 0.95) == both[0].guess(text, vector_of, 0.95)


def test_a_stored_model_is_numbers_and_text_and_no_code(words_alone: tuple[TopicModel, Report], tmp_path: Path) -> None:
    write_model(words_alone[0], tmp_path)

    assert {path.name for path in tmp_path.iterdir()} == {ARRAYS_NAME, METADATA_NAME}
    with np.load(tmp_path / ARRAYS_NAME, allow_pickle=False) as arrays:
        assert all(array.dtype.kind in "fi" for array in arrays.values())


@pytest.mark.parametrize("name", [ARRAYS_NAME, METADATA_NAME])
def test_a_broken_model_is_refused_with_advice(
    words_alone: tuple[TopicModel, Report], tmp_path: Path, name: str
) -> None:
    write_model(words_alone[0], tmp_path)
    (tmp_path / name).write_bytes(b"{")

    with pytest.raises(ModelRefused, match="make train"):
        read_model(tmp_path)


def test_weights_in_bytes_score_as_the_weights_themselves() -> None:
    rng = np.random.default_rng(7)
    weights = rng.normal(0, 0.02, (400, 9)) * (1 + 300 * (rng.random((400, 9)) > 0.98))
    weights[3] = 0
    columns, values = np.arange(0, 400, 4, dtype=np.int32), np.full(100, 0.1, np.float32)

    found = FeatureWeights.quantised(weights)

    assert found.steps.nbytes == weights.size
    np.testing.assert_allclose(found.scores(columns, values), values @ weights[columns], atol=0.02)
    np.testing.assert_array_equal(found.table[3], 0)
