"""Encoder, long before the road: what the tuning learns from, and the eighth of it that it never sees."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from answers.examples import example_paths, read_examples
from bot.danger.head import DANGERS, danger_of
from bot.encoder.encoder import LONGEST, PREFIX
from bot.encoder.pieces import Splitter, kept_rows
from bot.encoder.unseen import UNSEEN, eighth_of
from bot.encoder.weights_file import WeightsFile

Numbers = npt.NDArray[np.int64]
# In place of a danger where an example teaches none.
TEACHES_NOTHING = -100

# Dangers, and the topics in which what only looks like one is most often told: all of their examples in each round.
# Of the other topics' examples a part by lot, since each round costs minutes.
NEAR_DANGER = frozenset(
    {
        "emergency_now",
        "suicidal_thoughts",
        "missing_person",
        "threat_to_others",
        "violence_at_home",
        "sexual_violence",
        "child_at_risk",
        "assault_or_robbery",
        "need_to_talk",
        "threats_extortion",
        "stalking_restraining_order",
        "gang_exit",
        "out_of_scope",
        "gaming_safety",
        "rumours_and_news",
        "about_bot",
        "dangerous_challenge",
        "drugs_alcohol",
    }
)


@dataclass(frozen=True)
class Lessons:
    """Examples as numbers: the rows of each one's pieces, its topic, its danger; and the names of both."""

    texts: Sequence[str]
    pieces: Sequence[Sequence[int]]
    topics: Numbers
    dangers: Numbers
    topic_names: Sequence[str]
    unseen: npt.NDArray[np.bool_]

    @property
    def sha256(self) -> str:
        """The hash of what is learned from: texts with their topics, in the order of their letters."""
        seen = np.flatnonzero(~self.unseen)
        whole = sorted(f"{self.topic_names[self.topics[place]]}\t{self.texts[place]}" for place in seen)
        return hashlib.sha256("\n".join(whole).encode("utf-8")).hexdigest()


def read_lessons(content: Path, weights: WeightsFile) -> Lessons:
    """All examples of a content folder, acts of follow-ups too; the same text twice is one lesson."""
    known = {each.text: each.topic for each in read_examples(example_paths(content))}
    names = sorted(set(known.values()))
    rows = kept_rows(weights.pieces)
    splitter = Splitter([weights.pieces[row] for row in rows], weights.scores[rows].tolist())
    # The splitter counts the kept pieces only; the network wants the rows of all.
    pieces = [[rows[row] for row in splitter.sentence(PREFIX + text, LONGEST)] for text in known]
    dangers = [danger_of(topic) for topic in known.values()]
    return Lessons(
        texts=list(known),
        pieces=pieces,
        topics=np.array([names.index(topic) for topic in known.values()], np.int64),
        dangers=np.array([TEACHES_NOTHING if each is None else DANGERS.index(each) for each in dangers], np.int64),
        topic_names=names,
        unseen=np.array([eighth_of(text) == UNSEEN for text in known], dtype=bool),
    )


def places_of_round(lessons: Lessons, others: float, chance: np.random.Generator) -> Numbers:
    """What one round learns from: never the unseen eighth; all that is near danger, and a part of the others by lot."""
    near = np.array([name in NEAR_DANGER for name in lessons.topic_names], dtype=bool)[lessons.topics]
    seen = ~lessons.unseen
    far = chance.permutation(np.flatnonzero(seen & ~near))
    return np.concatenate([np.flatnonzero(seen & near), far[: int(len(far) * others)]])


def batches(lengths: Numbers, places: Numbers, size: int, chance: np.random.Generator | None) -> list[Numbers]:
    """Places in batches of texts of one length, so that nothing needs filling up; by chance in another order."""
    if chance is not None:
        places = chance.permutation(places)
    ordered = places[np.argsort(lengths[places], kind="stable")]
    edges = np.flatnonzero(np.diff(lengths[ordered])) + 1
    found = [group[start : start + size] for group in np.split(ordered, edges) for start in range(0, len(group), size)]
    return found if chance is None else [found[place] for place in chance.permutation(len(found))]
