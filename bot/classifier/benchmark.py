"""Classifier, offline: its metrics on held-out examples or on the test set, and its times.

    OMP_NUM_THREADS=1 .venv/rasa/bin/python -m bot.classifier.benchmark [--test-set FOLDER | --synthetic 20000]

The holdout fold of the encoder's tuning is held out; with `--test-set evaluation/messages` the metrics are those of the
independent test set; with `--synthetic` only times are measured.
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
from bot.arrays import FloatArray, IndexArray
from bot.classifier.calibration import TARGET_PRECISION
from bot.classifier.features import normalized
from bot.classifier.model import TopicModel
from bot.classifier.training import trained_model
from bot.encoder import Encoder, encode_cached, load_encoder
from bot.names import FOLLOW_UP

LANGUAGES = ("fi", "sv", "en")
SYNTHETIC_TOPICS = 71
CASCADE_LIMITS = (0.0, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 1.1)


@dataclass(frozen=True)
class LabelledTexts:
    """Texts with the topic and language that an annotator gave them."""

    texts: list[str]
    topics: list[str]
    languages: list[str]

    def subset(self, indices: Sequence[int]) -> LabelledTexts:
        """The texts at these indices."""
        return LabelledTexts(
            [self.texts[index] for index in indices],
            [self.topics[index] for index in indices],
            [self.languages[index] for index in indices],
        )


def training_examples(folder: Path) -> LabelledTexts:
    """All examples of topics below a folder of Rasa's NLU files."""
    every = read_examples(sorted(folder.glob("*/*.yml")))
    found = [each for each in every if not each.topic.startswith(FOLLOW_UP)]
    return LabelledTexts(
        [each.text for each in found], [each.topic for each in found], [each.language for each in found]
    )


def labelled_messages(folder: Path, known: set[str]) -> LabelledTexts:
    """The test messages of the topics that the model knows: `<language>/topics/<topic>.txt`."""
    found = [
        (line, path.stem, path.parts[-3])
        for path in sorted(folder.glob("*/topics/*.txt"))
        if path.stem in known
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]
    return LabelledTexts(
        [text for text, _, _ in found], [topic for _, topic, _ in found], [code for _, _, code in found]
    )


def synthetic_examples(data: LabelledTexts, number: int) -> LabelledTexts:
    """So many examples of 71 topics, of the data's own words and lengths: for times only."""
    rng = random.Random(7)  # noqa: S311
    words = {code: [word for text in _of(data, code) for word in text.split()] for code in LANGUAGES}
    texts = []
    for index in range(number):
        own, length = words[LANGUAGES[index % 3]], len(data.texts[index % len(data.texts)].split())
        start, topic = rng.randrange(len(own) - length), index % SYNTHETIC_TOPICS
        run = own[start : start + length]
        texts.append(" ".join([*run[:-1], own[(topic * 997 + rng.randrange(40)) % len(own)]]) + f" {index}")
    topics = [f"topic_{index % SYNTHETIC_TOPICS}" for index in range(number)]
    return LabelledTexts(texts, topics, [LANGUAGES[index % 3] for index in range(number)])


def _of(data: LabelledTexts, language: str) -> list[str]:
    return [text for text, code in zip(data.texts, data.languages, strict=True) if code == language]


def print_times(data: LabelledTexts, encoder: Encoder | None) -> None:
    """Print how long the vectors and the training take."""
    start = time.perf_counter()
    vectors = encoder.encode_layers(data.texts) if encoder else None
    encoded = time.perf_counter()
    model, _ = trained_model(data.texts, data.topics, vectors, "benchmark", TARGET_PRECISION)
    size = f"{len(model.lexical.vocabulary.columns)} features"
    print(
        f"{len(data.texts)} synthetic examples: vectors {encoded - start:.1f} s, "
        f"training {time.perf_counter() - encoded:.1f} s, {size}",
        flush=True,
    )


def predicted_probabilities(
    model: TopicModel, texts: Sequence[str], vectors: FloatArray | None, cascade_limit: float
) -> tuple[FloatArray, float]:
    """Each text's probabilities and the share of texts that needed the encoder."""
    rows, encoded = [], 0
    for index, text in enumerate(texts):
        vector = None if vectors is None else partial(_precomputed, vectors[index])
        guess = model.guess(text, vector, cascade_limit)
        encoded += guess.used_semantic
        rows.append([guess.probabilities[topic] for topic in model.topics])
    return np.array(rows, np.float32), encoded / max(1, len(texts))


def _precomputed(vector: FloatArray, _: str) -> FloatArray:
    return vector


def metrics_row(
    name: str, messages: LabelledTexts, probabilities: FloatArray, topics: Sequence[str], extra: str = ""
) -> str:
    """One row of metrics: top-1 accuracy by language, top-3 accuracy, log loss, calibration error."""
    true = np.array([topics.index(topic) for topic in messages.topics])
    order = probabilities.argsort(axis=1)[:, ::-1]
    first, three = order[:, 0] == true, (order[:, :3] == true[:, None]).any(axis=1)
    languages = np.array(messages.languages)
    by_language = " ".join(f"{code} {first[languages == code].mean():.3f}" for code in LANGUAGES)
    log_loss = -np.log(np.maximum(probabilities[np.arange(len(true)), true], 1e-9)).mean()
    danger = " ".join(
        f"{topic} {first[true == topics.index(topic)].mean():.3f}"
        for topic in ("emergency_now", "suicidal_thoughts")
        if topic in topics
    )
    return (
        f"{name:28} all {first.mean():.3f} {by_language} three {three.mean():.3f} "
        f"log loss {log_loss:.3f} calibration {calibration_error(probabilities, first):.3f} {danger} {extra}"
    )


def calibration_error(probabilities: FloatArray, right: npt.NDArray[np.bool_]) -> float:
    """The expected calibration error over ten bins."""
    top = probabilities.max(axis=1)
    bins = np.minimum((top * 10).astype(int), 9)
    masks = [(bins == number) for number in range(10)]
    return float(sum(mask.mean() * abs(top[mask].mean() - right[mask].mean()) for mask in masks if mask.any()))


def print_holdout_metrics(data: LabelledTexts, vectors: FloatArray | None) -> None:
    """Print the metrics of the holdout fold, which neither these models nor the encoder were trained on."""
    start = time.perf_counter()
    model, report = trained_model(data.texts, data.topics, vectors, "benchmark", TARGET_PRECISION)
    seconds = time.perf_counter() - start
    together = "" if report.accuracy is None else f", with vectors {report.accuracy:.3f}"
    print(f"held out {report.held_out}: words alone {report.lexical_accuracy:.3f}{together}; {model.mixture}")
    for point in report.curve[::5]:
        print(f"threshold {point.threshold:.2f}: coverage {point.coverage:.3f}, precision {point.precision:.3f}")
    print(f"training, {len(data.texts)} examples: {seconds:.1f} s", flush=True)


def print_curve(probabilities: FloatArray, true: IndexArray) -> None:
    """Print coverage and precision at several thresholds."""
    top, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == true
    for threshold in (0.2, 0.3, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7):
        answered = top >= threshold
        print(
            f"threshold {threshold:.2f}: coverage {answered.mean():.3f}, precision {right[answered].mean():.3f}",
            flush=True,
        )


def print_test_metrics(data: LabelledTexts, messages: LabelledTexts, encoder: Encoder | None) -> None:
    """Train on all examples and print the metrics of the test set; then the time of a message."""
    vectors = encode_cached(encoder, data.texts) if encoder else None
    model, report = trained_model(data.texts, data.topics, vectors, "benchmark", TARGET_PRECISION)
    print(f"thresholds {model.threshold_alone} {model.threshold_together}, {model.mixture}, held out {report.held_out}")
    test_vectors = encoder.encode_layers(messages.texts) if encoder else None
    dotless = LabelledTexts([normalized(text) for text in messages.texts], messages.topics, messages.languages)
    dotless_vectors = encoder.encode_layers(dotless.texts) if encoder else None
    for limit in CASCADE_LIMITS if encoder else (0.0,):
        probabilities, encoded = predicted_probabilities(model, messages.texts, test_vectors, limit)
        row = metrics_row(f"test {limit:.2f}", messages, probabilities, model.topics, f"encoded {encoded:.2f}")
        print(row, flush=True)
    print_curve(probabilities, np.array([model.topics.index(topic) for topic in messages.topics], np.int64))
    probabilities, _ = predicted_probabilities(model, dotless.texts, dotless_vectors, 1.1)
    print(metrics_row("test, no dots", messages, probabilities, model.topics))
    times = []
    for text in messages.texts:
        start = time.perf_counter()
        model.guess(text, (lambda words: encoder.encode_layers([words])[0]) if encoder else None, 1.1)
        times.append(1000 * (time.perf_counter() - start))
    print("ms per message p50 {:.2f} p95 {:.2f}".format(*np.percentile(times, [50, 95])))


def main() -> None:
    """Read the arguments and run the benchmark."""
    parser = argparse.ArgumentParser(description="Benchmark the topic classifier.")
    parser.add_argument("--examples", type=Path, default=Path("data/nlu"))
    parser.add_argument("--test-set", type=Path, default=None)
    parser.add_argument("--synthetic", type=int, nargs="*", default=[], help="numbers of examples to time")
    arguments = parser.parse_args()
    data, encoder = training_examples(arguments.examples), load_encoder()
    print(f"{len(data.texts)} examples of {len(set(data.topics))} topics")
    if arguments.synthetic:
        for number in arguments.synthetic:
            print_times(synthetic_examples(data, number), encoder)
        return
    if arguments.test_set is not None:
        print_test_metrics(data, labelled_messages(arguments.test_set, set(data.topics)), encoder)
        return
    print_holdout_metrics(data, encode_cached(encoder, data.texts) if encoder else None)


if __name__ == "__main__":
    main()
