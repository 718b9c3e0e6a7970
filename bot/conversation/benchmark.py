"""Conversation, offline: measures the model on talks it has not seen, whole talks and whole files held out.

    OMP_NUM_THREADS=2 .venv/rasa/bin/python -m bot.conversation.benchmark [--content FOLDER] [--by-file] [--variants]

Each talk's turns stay together; with `--by-file` all talks of a file do, because one author writes a file. What earlier
turns were is taken from their labels (teacher forcing); the whole dialogue is examined by `python -m evaluation.talks`.
"""

from __future__ import annotations

import argparse
import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from answers.content import answer_paths
from answers.examples import example_paths, read_examples
from answers.limits import LANGUAGES
from answers.talks import read_talks, talk_paths
from bot.arrays import FloatArray, IndexArray
from bot.conversation.context import Context
from bot.conversation.dataset import Instance, instances_of
from bot.conversation.model import ConversationModel
from bot.conversation.training import Single, patterns_of, trained_model
from bot.danger.labels import danger_of
from bot.encoder import encode_cached, load_encoder
from bot.names import FOLLOW_UP

# One in so many talks is held out; the next one is held out in training, for the mixture.
_FOLDS = 5
_EVERY = 3

Change = Callable[[Instance], Instance]


@dataclass(frozen=True)
class Data:
    """All turns with their vectors, and single messages for the small models."""

    instances: list[Instance]
    files: list[str]
    vectors: FloatArray
    single: Single
    encoder: str


def read_data(content: Path) -> Data:
    """The talks and examples of a content folder."""
    encoder = load_encoder()
    if encoder is None:
        raise SystemExit("The benchmark needs the sentence encoder.")
    topics = {path.stem for path in answer_paths(content)}
    talks, problems = read_talks(talk_paths(content), topics)
    if problems:
        raise SystemExit("\n".join(map(str, problems)))
    found = [(each, talk.file) for talk in talks for each in instances_of(talk.name, talk.language, talk.turns)]
    examples = [each for each in read_examples(example_paths(content)) if not each.topic.startswith(FOLLOW_UP)]
    examples.sort(key=lambda each: hashlib.blake2b(each.text.encode("utf-8")).digest())
    some = examples[::_EVERY]
    vectors = encode_cached(encoder, [each.text for each, _ in found] + [each.text for each in some])
    names = [each.topic for each in some]
    single = Single(names, [danger_of(name) for name in names], vectors[len(found) :])
    return Data([each for each, _ in found], [file for _, file in found], vectors[: len(found)], single, "benchmark")


def held_out(data: Data, *, by_file: bool) -> IndexArray:
    """The indices of the turns that are held out."""
    names = data.files if by_file else [each.talk for each in data.instances]
    folds = [hashlib.blake2b(f"held out {name}".encode()).digest()[0] % _FOLDS for name in names]
    return np.flatnonzero(np.array(folds) == 0)


def measured(data: Data, rest: IndexArray, change: Change | None = None, *, vectors: bool = True) -> list[str]:
    """Train without the held-out turns, and the figures of these."""
    some = np.setdiff1d(np.arange(len(data.instances)), rest)
    instances = [change(each) for each in data.instances] if change else data.instances
    start = time.perf_counter()
    model = trained_model(
        [instances[index] for index in some],
        data.vectors[some] if vectors else None,
        data.single if vectors else None,
        data.encoder if vectors else None,
    )
    seconds = time.perf_counter() - start
    heads = [_heads(model, instances[index], data.vectors[index] if vectors else None) for index in rest]
    known = [instances[index] for index in rest]
    lines = [f"trained on {len(some)} turns in {seconds:.0f} s, asked {len(rest)}"]
    lines += [_line(f"move, {language}", heads, known, "move", language) for language in LANGUAGES]
    lines += [_line(name, heads, known, name) for name in ("topic_change", "alarm")]
    lines += [_line(name, heads, known, name) for name in heads[0] if name.startswith("told_")]
    return lines


def _heads(model: ConversationModel, each: Instance, vector: FloatArray | None) -> dict[str, dict[str, float]]:
    found, _ = model.read(each.text, each.language, vector, each.context, patterns_of(each.text))
    return {name: dict(shares) for name, shares in found.items()}


def _line(
    name: str,
    heads: Sequence[dict[str, dict[str, float]]],
    known: Sequence[Instance],
    head: str,
    language: str | None = None,
) -> str:
    """Right of all; right and found of the turns that have something; log_loss; and wrongly found where nothing is."""
    indices = [index for index, each in enumerate(known) if language in (None, each.language)]
    if not indices:
        return f"{name}: none"
    wanted = [known[index].labels[head] for index in indices]
    guesses = [max(heads[index][head].items(), key=lambda pair: pair[1]) for index in indices]
    top = [name for name, _ in guesses]
    ordered = [sorted(heads[index][head], key=lambda each: -heads[index][head][each])[:3] for index in indices]
    right = np.mean([one == other for one, other in zip(top, wanted, strict=True)])
    three = np.mean([other in some for some, other in zip(ordered, wanted, strict=True)])
    log_loss = np.mean([-np.log(max(heads[p][head].get(w, 0.0), 1e-6)) for p, w in zip(indices, wanted, strict=True)])
    usual = {"topic_change": "stay", "move": ""}.get(head, "none")
    something = [one == other for one, other in zip(top, wanted, strict=True) if other != usual]
    false = [one != usual for one, other in zip(top, wanted, strict=True) if other == usual]
    extra = f" found {np.mean(something):.3f} of {len(something)}" if something and usual else ""
    extra += f" false {np.mean(false):.4f}" if false else ""
    return f"{name:22} right {right:.3f} three {three:.3f} log_loss {log_loss:.3f}{extra}"


def without_context(each: Instance) -> Instance:
    """Every message as the first one of a conversation."""
    return replace(each, context=Context())


def topic_only(each: Instance) -> Instance:
    """Of the context the subject alone."""
    return replace(each, context=Context(topic=each.context.topic, turns=each.context.turns))


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description="Measure the conversation model.")
    parser.add_argument("--content", type=Path, default=Path("data"))
    parser.add_argument("--by-file", action="store_true")
    parser.add_argument("--variants", action="store_true", help="also without parts of what it goes by")
    arguments = parser.parse_args()
    data = read_data(arguments.content)
    rest = held_out(data, by_file=arguments.by_file)
    print("\n".join(["everything", *measured(data, rest)]), flush=True)
    if arguments.variants:
        print("\n".join(["words alone", *measured(data, rest, vectors=False)]), flush=True)
        print("\n".join(["without context", *measured(data, rest, without_context)]), flush=True)
        print("\n".join(["the subject alone as context", *measured(data, rest, topic_only)]), flush=True)


if __name__ == "__main__":
    main()
