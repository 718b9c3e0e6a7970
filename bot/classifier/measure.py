"""Classifier, beside the road: measures it on messages it has not seen.

    OMP_NUM_THREADS=1 .venv/rasa/bin/python -m bot.classifier.measure [--evaluation FOLDER | --made-up 20000]

An eighth of the examples is held out, the one that tuning the encoder never saw; with `--evaluation
tests/evaluation` messages of other hands are asked instead; with `--made-up` only times are taken.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from answers.examples import read_examples
from bot.classifier.calibration import ANSWERED_RIGHT
from bot.classifier.features import plain
from bot.classifier.model import TopicModel
from bot.classifier.training import trained_model
from bot.classifier.wording import Floats, Places
from bot.encoder import Encoder, encode_cached, load_encoder
from bot.names import FOLLOW_UP

LANGUAGES = ("fi", "sv", "en")
MADE_UP_TOPICS = 71
LIMITS = (0.0, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 1.1)


@dataclass(frozen=True)
class Labelled:
    """Messages with the topic and language that a person gave them."""

    texts: list[str]
    topics: list[str]
    languages: list[str]

    def some(self, places: Sequence[int]) -> Labelled:
        """The messages at these places."""
        return Labelled(
            [self.texts[place] for place in places],
            [self.topics[place] for place in places],
            [self.languages[place] for place in places],
        )


def examples(folder: Path) -> Labelled:
    """All examples of topics below a folder of Rasa's NLU files."""
    every = read_examples(sorted(folder.glob("*/*.yml")))
    found = [each for each in every if not each.topic.startswith(FOLLOW_UP)]
    return Labelled([each.text for each in found], [each.topic for each in found], [each.language for each in found])


def evaluation_messages(folder: Path, known: set[str]) -> Labelled:
    """The independent messages of the topics that the model knows: `<language>/topics/<topic>.txt`."""
    found = [
        (line, path.stem, path.parts[-3])
        for path in sorted(folder.glob("*/topics/*.txt"))
        if path.stem in known
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]
    return Labelled([text for text, _, _ in found], [topic for _, topic, _ in found], [code for _, _, code in found])


def made_up(data: Labelled, number: int) -> Labelled:
    """So many examples of 71 topics, of the data's own words in the data's own lengths: for times only."""
    chance = random.Random(7)  # noqa: S311
    words = {code: [word for text in _of(data, code) for word in text.split()] for code in LANGUAGES}
    texts = []
    for place in range(number):
        own, length = words[LANGUAGES[place % 3]], len(data.texts[place % len(data.texts)].split())
        start, topic = chance.randrange(len(own) - length), place % MADE_UP_TOPICS
        run = own[start : start + length]
        texts.append(" ".join([*run[:-1], own[(topic * 997 + chance.randrange(40)) % len(own)]]) + f" {place}")
    topics = [f"topic_{place % MADE_UP_TOPICS}" for place in range(number)]
    return Labelled(texts, topics, [LANGUAGES[place % 3] for place in range(number)])


def _of(data: Labelled, language: str) -> list[str]:
    return [text for text, code in zip(data.texts, data.languages, strict=True) if code == language]


def timed(data: Labelled, encoder: Encoder | None) -> None:
    """Print how long the vectors and the training take."""
    start = time.perf_counter()
    vectors = encoder.encode_layers(data.texts) if encoder else None
    encoded = time.perf_counter()
    model, _ = trained_model(data.texts, data.topics, vectors, "measured", ANSWERED_RIGHT)
    size = f"{len(model.wording.vocabulary.columns)} parts"
    print(
        f"{len(data.texts)} made-up examples: vectors {encoded - start:.1f} s, "
        f"training {time.perf_counter() - encoded:.1f} s, {size}",
        flush=True,
    )


def probabilities(
    model: TopicModel, texts: Sequence[str], vectors: Floats | None, limit: float
) -> tuple[Floats, float]:
    """Each message's probabilities and the share of messages that needed the encoder."""
    rows, asked = [], 0
    for place, text in enumerate(texts):
        vector = None if vectors is None else partial(_kept_vector, vectors[place])
        guess = model.guess(text, vector, limit)
        asked += guess.asked_meaning
        rows.append([guess.probabilities[topic] for topic in model.topics])
    return np.array(rows, np.float32), asked / max(1, len(texts))


def _kept_vector(vector: Floats, _: str) -> Floats:
    return vector


def line(name: str, messages: Labelled, found: Floats, topics: Sequence[str], extra: str = "") -> str:
    """One row of figures: right at the first and among three, by language, and how well the probability holds."""
    true = np.array([topics.index(topic) for topic in messages.topics])
    order = found.argsort(axis=1)[:, ::-1]
    first, three = order[:, 0] == true, (order[:, :3] == true[:, None]).any(axis=1)
    languages = np.array(messages.languages)
    by_language = " ".join(f"{code} {first[languages == code].mean():.3f}" for code in LANGUAGES)
    surprise = -np.log(np.maximum(found[np.arange(len(true)), true], 1e-9)).mean()
    danger = " ".join(
        f"{topic} {first[true == topics.index(topic)].mean():.3f}"
        for topic in ("emergency_now", "suicidal_thoughts")
        if topic in topics
    )
    return (
        f"{name:28} all {first.mean():.3f} {by_language} three {three.mean():.3f} "
        f"surprise {surprise:.3f} gap {calibration_gap(found, first):.3f} {danger} {extra}"
    )


def calibration_gap(found: Floats, right: npt.NDArray[np.bool_]) -> float:
    """The mean distance between stated and true share of right answers, over ten steps of probability."""
    top = found.max(axis=1)
    steps = np.minimum((top * 10).astype(int), 9)
    parts = [(steps == step) for step in range(10)]
    return float(sum(part.mean() * abs(top[part].mean() - right[part].mean()) for part in parts if part.any()))


def held_out(data: Labelled, vectors: Floats | None) -> None:
    """Print the figures of the eighth that neither these models nor the encoder's tuning saw."""
    start = time.perf_counter()
    model, report = trained_model(data.texts, data.topics, vectors, "measured", ANSWERED_RIGHT)
    seconds = time.perf_counter() - start
    together = "" if report.right_together is None else f", with meaning {report.right_together:.3f}"
    print(f"held out {report.held_out}: words alone {report.right_alone:.3f}{together}; {model.mixture}")
    for point in report.curve[::5]:
        print(f"threshold {point.threshold:.2f}: answered {point.answered:.3f}, right {point.right:.3f}")
    print(f"training, {len(data.texts)} examples: {seconds:.1f} s", flush=True)


def curve_lines(found: Floats, true: Places) -> None:
    """Print how many messages are answered at a threshold, and how many of these rightly."""
    top, right = found.max(axis=1), found.argmax(axis=1) == true
    for threshold in (0.2, 0.3, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7):
        answered = top >= threshold
        print(
            f"threshold {threshold:.2f}: answered {answered.mean():.3f}, right {right[answered].mean():.3f}", flush=True
        )


def independent(data: Labelled, messages: Labelled, encoder: Encoder | None) -> None:
    """Train on all examples and print the figures of messages that other hands wrote; then the time each takes."""
    vectors = encode_cached(encoder, data.texts) if encoder else None
    model, report = trained_model(data.texts, data.topics, vectors, "measured", ANSWERED_RIGHT)
    print(f"thresholds {model.threshold_alone} {model.threshold_together}, {model.mixture}, held out {report.held_out}")
    theirs = encoder.encode_layers(messages.texts) if encoder else None
    undotted = Labelled([plain(text) for text in messages.texts], messages.topics, messages.languages)
    theirs_undotted = encoder.encode_layers(undotted.texts) if encoder else None
    for limit in LIMITS if encoder else (0.0,):
        found, asked = probabilities(model, messages.texts, theirs, limit)
        print(line(f"independent {limit:.2f}", messages, found, model.topics, f"asked {asked:.2f}"), flush=True)
    curve_lines(found, np.array([model.topics.index(topic) for topic in messages.topics], np.int64))
    found, _ = probabilities(model, undotted.texts, theirs_undotted, 1.1)
    print(line("independent, no dots", messages, found, model.topics))
    times = []
    for text in messages.texts:
        start = time.perf_counter()
        model.guess(text, (lambda words: encoder.encode_layers([words])[0]) if encoder else None, 1.1)
        times.append(1000 * (time.perf_counter() - start))
    print("ms per message p50 {:.2f} p95 {:.2f}".format(*np.percentile(times, [50, 95])))


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description="Measure the topic classifier.")
    parser.add_argument("--examples", type=Path, default=Path("data/nlu"))
    parser.add_argument("--evaluation", type=Path, default=None)
    parser.add_argument("--made-up", type=int, nargs="*", default=[], help="numbers of examples to time")
    arguments = parser.parse_args()
    data, encoder = examples(arguments.examples), load_encoder()
    print(f"{len(data.texts)} examples of {len(set(data.topics))} topics")
    if arguments.made_up:
        for number in arguments.made_up:
            timed(made_up(data, number), encoder)
        return
    if arguments.evaluation is not None:
        independent(data, evaluation_messages(arguments.evaluation, set(data.topics)), encoder)
        return
    held_out(data, encode_cached(encoder, data.texts) if encoder else None)


if __name__ == "__main__":
    main()
