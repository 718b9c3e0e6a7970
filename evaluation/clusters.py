"""Evaluation, offline: how well the inbox groups messages of one matter, across three languages.

    .venv/rasa/bin/python -m evaluation.clusters

The adjusted Rand index of the clusters and the matters, of

- 300 messages of 25 matters that no topic answers, as the bot misses them (`evaluation/missed/messages.txt`): this is
  what the inbox is for;
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
from bot.encoder.encoder import WIDTH
from bot.similarity import Space, clusters
from evaluation.dataset import LANGUAGES, TOPICS, messages

MISSED = Path(__file__).parent / "missed" / "messages.txt"
_TOPICS, _EACH = 25, 4


def main() -> int:
    """Print the figures; 1 where there is no encoder."""
    encoder = load_encoder()
    if encoder is None:
        return 1
    examples = [each for each in read_examples(example_paths(Path("data"))) if not each.topic.startswith("follow_up_")]
    vectors = encode_cached(encoder, [each.text for each in examples])[:, :WIDTH]
    unknown = missed_messages()
    print(f"missed messages {_figure(unknown, encoder.encode([each.text for each in unknown]), examples, vectors):.3f}")
    asked = [
        Example(each.text, each.label, language)
        for language in LANGUAGES
        for each in messages(language)
        if each.kind == TOPICS
    ]
    for seed in range(3):
        chosen = _chosen(asked, seed)
        own = encoder.encode([each.text for each in chosen])
        topics = {each.topic for each in chosen}
        rest = [at for at, each in enumerate(examples) if each.topic not in topics]
        known = _figure(chosen, own, examples, vectors)
        hidden = _figure(chosen, own, [examples[at] for at in rest], vectors[rest])
        held = _chosen(examples, seed)
        at = {each: place for place, each in enumerate(examples)}
        topics = {each.topic for each in held}
        rest = [place for place, each in enumerate(examples) if each.topic not in topics]
        other = _figure(held, vectors[[at[each] for each in held]], [examples[place] for place in rest], vectors[rest])
        print(
            f"{seed}: messages of known topics {known:.3f}, of hidden topics {hidden:.3f}; hidden examples {other:.3f}"
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


def _figure(chosen: Sequence[Example], own: FloatArray, known: Sequence[Example], vectors: FloatArray) -> float:
    space = Space(np.asarray(vectors), [each.topic for each in known], [each.language for each in known])
    labels = clusters(space.likeness(own, [each.language for each in chosen]))
    return float(adjusted_rand_score([each.topic for each in chosen], labels))


if __name__ == "__main__":
    sys.exit(main())
