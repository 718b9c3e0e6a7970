"""Encoder, tuning: the dataset, and the holdout fold of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from answers.content import answer_paths
from answers.danger_lines import read_danger_lines
from answers.examples import example_paths, read_examples
from answers.talks import Talk, read_talks, talk_paths
from bot.arrays import IndexArray
from bot.conversation.context import MOVES
from bot.conversation.dataset import HELD_OUT_FOLD, TALK_FOLDS, moves_of
from bot.conversation.dataset import fold_of as fold_of_talk
from bot.conversation.intents import MOVE_OF
from bot.danger.fusion import NEAR_DANGER
from bot.danger.labels import DANGERS, NEITHER, danger_of
from bot.encoder.encoder import MAX_TOKENS, PREFIX
from bot.encoder.holdout import HOLDOUT_FOLD, fold_of
from bot.encoder.subwords import UnigramTokenizer, kept_token_ids
from bot.encoder.weights_file import WeightsFile

# The label of a text of a task that it has no example for; the loss ignores it.
IGNORED = -100

# Dangers, and the topics with most of what only looks like one: all of their examples are in each epoch. The other
# topics' examples are sampled, since each epoch takes minutes.
_IN_EACH_EPOCH = NEAR_DANGER | {
    "dangerous_challenge", "drugs_alcohol", "out_of_scope", "gaming_safety", "rumours_and_news", "about_bot",
}  # fmt: skip


@dataclass(frozen=True)
class TuningDataset:
    """Texts as arrays: token ids; topic, danger and move of each, or `IGNORED`; and which of them are held out.

    `is_near` marks the texts that every epoch has: those near danger, and the turns of talks.
    """

    texts: Sequence[str]
    input_ids: Sequence[Sequence[int]]
    topics: IndexArray
    dangers: IndexArray
    moves: IndexArray
    topic_names: Sequence[str]
    is_near: npt.NDArray[np.bool_]
    holdout: npt.NDArray[np.bool_]

    @property
    def sha256(self) -> str:
        """The hash of what is learned: texts with their labels, sorted."""
        train = np.flatnonzero(~self.holdout)
        labels = zip(self.topics, self.dangers, self.moves, strict=True)
        lines = [f"{topic}\t{danger}\t{move}\t" for topic, danger, move in labels]
        return hashlib.sha256("\n".join(sorted(lines[i] + self.texts[i] for i in train)).encode("utf-8")).hexdigest()


@dataclass
class _Labels:
    """What one text teaches."""

    topic: str | None = None
    danger: str | None = None
    move: str | None = None
    is_near: bool = False
    is_held_out: bool = False


def read_dataset(content: Path, weights: WeightsFile) -> TuningDataset:
    """All examples, danger lines and turns of talks of a content folder; a text that stands twice is one."""
    labels: dict[str, _Labels] = {}
    for each in read_examples(example_paths(content)):
        near = each.topic in _IN_EACH_EPOCH
        found = _Labels(each.topic, danger_of(each.topic), MOVE_OF.get(each.topic), near)
        found.is_held_out = fold_of(each.text) == HOLDOUT_FOLD
        labels[each.text] = found
    for line in read_danger_lines(content):
        found = labels.setdefault(line.text, _Labels(is_held_out=fold_of(line.text) == HOLDOUT_FOLD))
        found.danger, found.is_near = line.danger or NEITHER, True
    talks, _ = read_talks(talk_paths(content), {path.stem for path in answer_paths(content)})
    for talk in talks:
        _add_turns(labels, talk)
    names = sorted({each.topic for each in labels.values() if each.topic is not None})
    kept = kept_token_ids(weights.pieces)
    tokenizer = UnigramTokenizer([weights.pieces[token_id] for token_id in kept], weights.scores[kept].tolist())
    # The tokenizer numbers the kept pieces only; the network wants the ids of the whole vocabulary.
    input_ids = [[kept[token_id] for token_id in tokenizer.input_ids(PREFIX + text, MAX_TOKENS)] for text in labels]
    every = list(labels.values())
    return TuningDataset(
        texts=list(labels),
        input_ids=input_ids,
        topics=_column([each.topic for each in every], names),
        dangers=_column([each.danger for each in every], DANGERS),
        moves=_column([each.move for each in every], MOVES),
        topic_names=names,
        is_near=np.array([each.is_near for each in every], dtype=bool),
        holdout=np.array([each.is_held_out for each in every], dtype=bool),
    )


def _add_turns(labels: dict[str, _Labels], talk: Talk) -> None:
    """The turns of a talk: held out are those of the talks that the mixture of the conversation is fitted on."""
    is_held_out = fold_of_talk(talk.name, TALK_FOLDS) == HELD_OUT_FOLD
    topic: str | None = None
    for turn in talk.turns:
        topic = turn.topics[0] if turn.topics else topic
        found = labels.setdefault(turn.text, _Labels())
        found.topic = found.topic or (turn.topics[0] if turn.topics else None)
        is_known = topic is not None and danger_of(topic) == NEITHER
        found.danger = found.danger or turn.danger or (NEITHER if is_known else None)
        found.move = found.move or moves_of(turn)[0]
        found.is_near = True
        found.is_held_out = found.is_held_out or is_held_out or fold_of(turn.text) == HOLDOUT_FOLD


def _column(values: Sequence[str | None], names: Sequence[str]) -> IndexArray:
    columns = {name: column for column, name in enumerate(names)}
    return np.array([IGNORED if value is None else columns[value] for value in values], np.int64)


def epoch_indices(dataset: TuningDataset, far_share: float, rng: np.random.Generator) -> IndexArray:
    """The texts of one epoch: never those held out; all that are near, and a random share of the others."""
    train = ~dataset.holdout
    far = rng.permutation(np.flatnonzero(train & ~dataset.is_near))
    return np.concatenate([np.flatnonzero(train & dataset.is_near), far[: int(len(far) * far_share)]])


def batches(
    lengths: IndexArray, indices: IndexArray, batch_size: int, rng: np.random.Generator | None
) -> list[IndexArray]:
    """Batches of texts of one length, so that nothing needs padding; shuffled where there is an `rng`."""
    if rng is not None:
        indices = rng.permutation(indices)
    by_length = indices[np.argsort(lengths[indices], kind="stable")]
    edges = np.flatnonzero(np.diff(lengths[by_length])) + 1
    groups = np.split(by_length, edges)
    found = [group[start : start + batch_size] for group in groups for start in range(0, len(group), batch_size)]
    return found if rng is None else [found[index] for index in rng.permutation(len(found))]
