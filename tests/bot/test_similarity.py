"""Texts that ask the same stand together in whatever language, and the process answers line by line."""

import numpy as np

from bot.message_groups import Space, clusters

LANGUAGES = ("fi", "sv", "en")


def made(topics: int, each: int, seed: int) -> tuple[np.ndarray, list[str], list[str]]:
    """Vectors in which the language is the loudest thing and the topic the quietest."""
    rng = np.random.default_rng(seed)
    voices = {language: 5 * rng.normal(size=64) for language in LANGUAGES}
    matters = np.random.default_rng(1).normal(size=(topics, 64))
    rows = [(topic, language) for topic in range(topics) for language in LANGUAGES for _ in range(each)]
    noise = rng.normal(size=(len(rows), 64)) * np.linspace(2.0, 0.05, 64)
    vectors = np.stack([matters[topic] + voices[language] for topic, language in rows]) + noise
    return vectors.astype(np.float32), [f"t{topic}" for topic, _ in rows], [language for _, language in rows]


def test_messages_of_one_matter_are_one_group_across_languages() -> None:
    vectors, topics, languages = made(8, 20, seed=2)
    space = Space(vectors, topics, languages)
    labels = clusters(space.likeness(vectors, languages))
    by_topic: dict[str, set[int]] = {}
    for topic, label in zip(topics, labels, strict=True):
        by_topic.setdefault(topic, set()).add(label)
    assert sum(len(found) == 1 for found in by_topic.values()) >= 6
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    plain = clusters(unit @ unit.T)
    assert len(set(plain)) <= len(LANGUAGES), "without the space it is the language that is grouped"


def test_one_message_is_a_group() -> None:
    assert clusters(np.ones((1, 1), np.float32)) == [1]


def test_of_a_few_messages_those_of_two_matters_stay_apart() -> None:
    vectors, topics, languages = made(8, 20, seed=4)
    space = Space(vectors, topics, languages)
    few = [topics.index("t1"), topics.index("t1") + 1, topics.index("t1") + 2, topics.index("t5")]
    labels = clusters(space.likeness(vectors[few], [languages[at] for at in few]))
    assert labels[0] != labels[3]


def test_messages_of_a_matter_that_no_topic_knows_are_told_apart_from_it_and_from_each_other() -> None:
    # Processors round differently, and a message on the edge is in either: so many pairs of eight worlds together.
    apart, together = zip(*(new_matters(seed) for seed in range(1, 9)), strict=True)
    assert np.mean(apart) > 0.95
    assert np.mean(together) > 0.6


def new_matters(seed: int) -> tuple[float, float]:
    """How many pairs of messages of two new matters are apart, and how many of one of them together."""
    vectors, topics, languages = made(10, 20, seed)
    known = [at for at, topic in enumerate(topics) if topic not in ("t8", "t9")]
    new = [at for at, topic in enumerate(topics) if topic in ("t8", "t9")]
    space = Space(vectors[known], [topics[at] for at in known], [languages[at] for at in known])
    found = np.array(clusters(space.likeness(vectors[new], [languages[at] for at in new])))
    one, other = (found[[topics[at] == topic for at in new]] for topic in ("t8", "t9"))
    return float((one[:, None] != other[None, :]).mean()), float((other[:, None] == other[None, :]).mean())
