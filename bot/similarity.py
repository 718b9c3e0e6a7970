"""Encoder, offline: which texts mean the same, for the editors' pages; a process of its own that they ask.

`python -m bot.similarity` reads one order on each line of standard input and answers with a line:

{"group": {"texts": […], "languages": […]}}   {"labels": […]}: texts of one label ask the same, in whatever language
{"read": {"texts": […], "languages": […]}}    {"read": so many}: their vectors are kept for a "group" of all of them
{"near": {"texts": […]}}                      {"near": [[{"topic", "language", "text", "likeness"}, …], …]}
{"misfiled": {"topic": …}}                    {"misfiled": [{"text", "language", "topic", "example"}, …]}

Vectors of typed texts and of citizens' messages stay in this process; those of examples are on the disk already, where
training keeps them. It ends with its input.
"""

import hashlib
import json
import os
import sys
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import numpy as np

from answers.examples import Example, example_paths, read_examples
from bot.arrays import FloatArray
from bot.encoder import encode_cached, load_encoder
from bot.encoder.content_words import load_content_words
from bot.encoder.encoder import WIDTH, Encoder
from bot.message_groups import ABOUT, Matters, Space, clusters, unit

_NEAREST: Final = 3
_NEIGHBOURS: Final = 5
_KEPT_VECTORS: Final = 5000
_THREADS: Final = 2


class Similarity:
    """Answers the orders; reads the examples again when their files have changed."""

    def __init__(self, encoder: Encoder, content: Path) -> None:
        self._encoder = encoder
        self._content = content
        self._words = load_content_words(encoder)
        self._known: OrderedDict[bytes, FloatArray] = OrderedDict()
        self._about: OrderedDict[bytes, FloatArray] = OrderedDict()
        self._read: tuple[tuple[float, int], list[Example], FloatArray, Space] | None = None
        self._matters: Matters | None = None

    def answer(self, order: dict[str, Any]) -> dict[str, Any]:
        """What the order asks for. Raises `KeyError` for an unknown one."""
        ((name, fields),) = order.items()
        orders: dict[str, Callable[..., dict[str, Any]]]
        orders = {"group": self._group, "read": self._read_ahead, "near": self._near, "misfiled": self._misfiled}
        return orders[name](**fields)

    def _group(self, texts: list[str], languages: list[str]) -> dict[str, Any]:
        if not texts:
            return {"labels": []}
        *_, space = self._examples()
        vectors, about = self._vectors(texts, languages)
        if about is None or self._matters is None:
            return {"labels": clusters(space.likeness(vectors, languages))}
        return {"labels": clusters(space.likeness(vectors, languages, about, self._matters.means), ABOUT.cut)}

    def _read_ahead(self, texts: list[str], languages: list[str]) -> dict[str, Any]:
        if texts:
            self._vectors(texts, languages)
        return {"read": len(texts)}

    def _vectors(self, texts: Sequence[str], languages: Sequence[str]) -> tuple[FloatArray, FloatArray | None]:
        _, examples, *_ = self._examples()
        if self._words is not None and self._matters is None:
            self._matters = Matters(self._words, self._encoder, examples)
        about = None if self._matters is None else self._what_about(self._matters, texts, languages)
        return self._encoded(texts), about

    def _near(self, texts: list[str]) -> dict[str, Any]:
        _, examples, vectors, _ = self._examples()
        likeness = unit(self._encoded(texts)) @ unit(vectors).T if texts else np.zeros((0, 0))
        return {"near": [[_told(examples[at], row[at]) for at in np.argsort(-row)[:_NEAREST]] for row in likeness]}

    def _misfiled(self, topic: str) -> dict[str, Any]:
        """Examples of a topic whose nearest neighbours belong to one other topic."""
        _, examples, vectors, space = self._examples()
        moved = space(vectors, [each.language for each in examples])
        own = [at for at, each in enumerate(examples) if each.topic == topic]
        found = []
        for at in own:
            row = moved @ moved[at]
            row[at] = -1
            near = np.argsort(-row)[:_NEIGHBOURS]
            name, count = Counter(examples[each].topic for each in near).most_common(1)[0]
            if name != topic and count > _NEIGHBOURS // 2:
                nearest = next(each for each in near if examples[each].topic == name)
                told = {"text": examples[at].text, "language": examples[at].language, "topic": name}
                found.append({**told, "example": examples[nearest].text})
        return {"misfiled": found}

    def _encoded(self, texts: Sequence[str]) -> FloatArray:
        def encode(new: Sequence[tuple[str, ...]]) -> FloatArray:
            with ThreadPoolExecutor(_THREADS) as pool:
                return np.concatenate(list(pool.map(self._encoder.encode, new)))

        return _kept(self._known, [(text,) for text in texts], encode)

    def _what_about(self, matters: Matters, texts: Sequence[str], languages: Sequence[str]) -> FloatArray:
        def encode(new: Sequence[tuple[str, ...]]) -> FloatArray:
            return matters([text for text, _ in new], [language for _, language in new])

        return _kept(self._about, list(zip(texts, languages, strict=True)), encode)

    def _examples(self) -> tuple[tuple[float, int], list[Example], FloatArray, Space]:
        paths = example_paths(self._content)
        state = max(path.stat().st_mtime for path in paths), len(paths)
        if self._read is None or self._read[0] != state:
            examples = [each for each in read_examples(paths) if not each.topic.startswith("follow_up_")]
            vectors = encode_cached(self._encoder, [each.text for each in examples])[:, :WIDTH]
            space = Space(vectors, [each.topic for each in examples], [each.language for each in examples])
            self._read = state, examples, vectors, space
            self._matters = None
            self._about.clear()
        return self._read


def _kept(
    known: OrderedDict[bytes, FloatArray],
    wanted: Sequence[tuple[str, ...]],
    encode: Callable[[Sequence[tuple[str, ...]]], FloatArray],
) -> FloatArray:
    """A vector for each of these texts; those not seen lately are encoded."""
    keys = [hashlib.blake2b("\n".join(each).encode(), digest_size=16).digest() for each in wanted]
    new = {key: each for key, each in zip(keys, wanted, strict=True) if key not in known}
    if new:
        known.update(zip(new, encode(list(new.values())), strict=True))
    for key in keys:
        known.move_to_end(key)
    vectors = np.stack([known[key] for key in keys])
    while len(known) > _KEPT_VECTORS:
        known.popitem(last=False)
    return vectors


def _told(example: Example, likeness: float) -> dict[str, Any]:
    told = {"topic": example.topic, "language": example.language, "text": example.text}
    return {**told, "likeness": round(float(likeness), 4)}


def main() -> int:
    """Answer orders until the input ends; 1 where there is no encoder."""
    out, sys.stdout = sys.stdout, sys.stderr  # the answers have standard output for themselves
    encoder = load_encoder()
    if encoder is None:
        return 1
    similarity = Similarity(encoder, Path(os.environ["NEUVO_CONTENT_DIR"]))
    print(json.dumps({"event": "ready"}), file=out, flush=True)
    for line in sys.stdin:
        try:
            told = similarity.answer(json.loads(line))
        except Exception as error:  # noqa: BLE001  # one order that cannot be followed ends nothing
            told = {"error": type(error).__name__}
        print(json.dumps(told, ensure_ascii=False), file=out, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
