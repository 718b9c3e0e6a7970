"""What a text is about is in its rare words, not in how it is asked."""

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from bot.encoder import EncoderRefused
from bot.encoder.content_words import ContentWords, Frequencies, load_content_words
from bot.encoder.manifest import GRAPH_NAME, MANIFEST_NAME
from bot.similarity import Similarity
from evaluation.clusters import CHOOSING, missed_messages
from tests.bot.built_encoder import built_encoder
from tests.bot.stage import small_folder

ASKED_ALIKE = ["how old do you have to be to ride a horse", "how old do you have to be to buy fireworks"]
ABOUT_A_HORSE = "where can i ride my horse"


def test_a_token_of_every_text_counts_little_and_what_stands_around_not_at_all() -> None:
    encoder = built_encoder()
    frequencies = Frequencies.of(encoder, ["how old is it", "how old am i", "how far"], ["en"] * 3)
    ids = encoder.input_ids("how horse")
    weights = frequencies.weights(ids, "en")
    assert weights[0] == weights[-1] == 0
    assert weights[ids.index(encoder.input_ids("how")[-2])] < 0.01
    assert weights[-2] == 1


def test_one_matter_asked_in_two_ways_is_nearer_than_two_matters_asked_alike() -> None:
    encoder = built_encoder()
    words = ContentWords(encoder)
    texts = [*ASKED_ALIKE, ABOUT_A_HORSE]
    questions = [f"how old do you have to be to {each}" for each in ("drive", "vote", "work", "fly", "drink", "marry")]
    frequencies = Frequencies.of(encoder, questions, ["en"] * len(questions))
    about = words.encode(texts, ["en"] * 3, frequencies)
    plain = encoder.encode(texts)
    assert about[0] @ about[2] > about[0] @ about[1] + 0.1
    assert plain[0] @ plain[2] < plain[0] @ plain[1] + 0.05, "the plain mean says as much of how it is asked"


def test_another_file_than_the_one_that_was_built_is_refused_and_grouping_goes_on_without(tmp_path: Path) -> None:
    (tmp_path / GRAPH_NAME).write_bytes(b"another network")
    (tmp_path / MANIFEST_NAME).write_text(json.dumps({"graph_sha256": "0"}), encoding="utf-8")
    encoder = built_encoder()
    with pytest.raises(EncoderRefused, match="is missing or not as it was built"):
        ContentWords(encoder, tmp_path)
    assert load_content_words(encoder, tmp_path / "nowhere") is None


def test_the_process_of_the_inbox_finds_matters_that_nobody_named(tmp_path: Path) -> None:
    chosen = missed_messages(CHOOSING)[: 12 * 15]
    similarity = Similarity(built_encoder(), small_folder(tmp_path / "data", few=12))
    order = {"texts": [each.text for each in chosen], "languages": [each.language for each in chosen]}
    labels = similarity.answer({"group": order})["labels"]
    assert adjusted_rand_score([each.topic for each in chosen], labels) > 0.45
    assert np.array_equal(labels, similarity.answer({"group": order})["labels"])
