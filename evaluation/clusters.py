"""Evaluation, offline: how well the inbox groups messages of one matter, across three languages.

    .venv/rasa/bin/python -m evaluation.clusters            the figures
    .venv/rasa/bin/python -m evaluation.clusters choosing   of other matters, to choose by; the others stay unseen

The adjusted Rand index of the clusters and the matters, of

- 300 messages of 25 matters that no topic answers, as the bot misses them (`evaluation/missed/messages.txt`): this is
  what the inbox is for;
- 348 messages of 30 other such matters (`evaluation/missed/choosing.txt`): what is chosen is chosen by these;
- 300 test messages of 25 topics, once where the examples know these topics and once where nothing of them is known;
- 300 examples of 25 topics of which nothing else is known.
"""

import random
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.metrics import adjusted_rand_score  # type: ignore[import-untyped]

from answers.examples import Example, example_paths, read_examples
from bot.arrays import FloatArray
from bot.encoder import encode_cached, load_encoder
from bot.encoder.content_words import load_content_words
from bot.encoder.encoder import WIDTH, Encoder
from bot.message_groups import ABOUT, PLAIN, Matters, Space, clusters
from evaluation.dataset import LANGUAGES, TOPICS, messages

MISSED = Path(__file__).parent / "missed" / "messages.txt"
CHOOSING = MISSED.with_name("choosing.txt")
_CUTS = (0.74, 0.76, ABOUT.cut, 0.8, 0.82, 0.85)
_TOPICS, _EACH = 25, 4


class _World:
    """The encoder, the examples with their vectors, and what weighs the tokens."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder
        self.examples = [
            each for each in read_examples(example_paths(Path("data"))) if not each.topic.startswith("follow_up_")
        ]
        self.vectors = encode_cached(encoder, [each.text for each in self.examples])[:, :WIDTH]
        words = load_content_words(encoder)
        self.matters = Matters(words, encoder, self.examples) if words else None
        self.cut = PLAIN.cut if self.matters is None else ABOUT.cut

    def likeness(self, chosen: Sequence[Example], without: frozenset[str] = frozenset()) -> FloatArray:
        """How alike these messages are where nothing is known of some topics."""
        rest = [at for at, each in enumerate(self.examples) if each.topic not in without]
        known = [self.examples[at] for at in rest]
        space = Space(np.asarray(self.vectors[rest]), [each.topic for each in known], [each.language for each in known])
        texts, languages = [each.text for each in chosen], [each.language for each in chosen]
        own = self.encoder.encode(texts)
        if self.matters is None:
            return space.likeness(own, languages)
        return space.likeness(own, languages, self.matters(texts, languages), self.matters.means)

    def figure(self, chosen: Sequence[Example], without: frozenset[str] = frozenset()) -> float:
        """The adjusted Rand index of the groups as the inbox makes them."""
        return _index(chosen, self.likeness(chosen, without), self.cut)


def main(arguments: Sequence[str] = ()) -> int:
    """Print the figures; 1 where there is no encoder."""
    encoder = load_encoder()
    if encoder is None:
        return 1
    world = _World(encoder)
    other = missed_messages(CHOOSING)
    alike = world.likeness(other)
    print("to choose by", *(f"{cut}: {_index(other, alike, cut):.3f}" for cut in _CUTS))
    if "choosing" in arguments:
        return 0
    print(f"missed messages {world.figure(missed_messages()):.3f}")
    asked = [
        Example(each.text, each.label, language)
        for language in LANGUAGES
        for each in messages(language)
        if each.kind == TOPICS
    ]
    for seed in range(3):
        chosen, held = _chosen(asked, seed), _chosen(world.examples, seed)
        known = world.figure(chosen)
        hidden, told = (world.figure(each, frozenset(own.topic for own in each)) for each in (chosen, held))
        print(
            f"{seed}: messages of known topics {known:.3f}, of hidden topics {hidden:.3f}; hidden examples {told:.3f}"
        )
    return 0


def missed_messages(path: Path = MISSED) -> list[Example]:
    """The messages that nobody trains on, of matters that the bot does not know."""
    lines = [line for line in path.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    rows = (line.split("\t") for line in lines)
    return [Example(text, matter, language) for matter, language, text in rows]


def _chosen(among: Sequence[Example], seed: int) -> list[Example]:
    rng = random.Random(seed)  # noqa: S311  # a sample
    by_place: dict[str, dict[str, list[Example]]] = {}
    for each in among:
        by_place.setdefault(each.topic, {}).setdefault(each.language, []).append(each)
    full = [topic for topic, kept in by_place.items() if all(len(kept.get(own, ())) >= _EACH for own in LANGUAGES)]
    return [
        each
        for topic in rng.sample(sorted(full), _TOPICS)
        for language in LANGUAGES
        for each in rng.sample(by_place[topic][language], _EACH)
    ]


def _index(chosen: Sequence[Example], alike: FloatArray, cut: float) -> float:
    return float(adjusted_rand_score([each.topic for each in chosen], clusters(alike, cut)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
