"""Checks of the words in bot/, actions/ and evaluation/: the field's names, and none of those that were retired."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
MODULES = sorted(path for folder in ("bot", "actions", "evaluation") for path in (PROJECT / folder).rglob("*.py"))

# Retired word of a name -> what the field says.
RETIRED_NAMES = {
    "inwards": "lora_a",
    "outwards": "lora_b",
    "silenced": "dropout, or suppressed (a rule)",
    "left_out": "token_dropout",
    "lessons": "dataset",
    "unseen": "holdout",
    "eighth": "fold",
    "rounds": "epochs",
    "chance": "rng, or p_value",
    "descent": "optimizer",
    "pace": "scheduler",
    "places": "indices, positions",
    "floats": "FloatArray",
    "upper": "top layers",
    "wording": "lexical",
    "meaning": "semantic",
    "thin": "low-rank",
    "learner": "trainer",
    "nothing": "None, or what is missing",
    "moment": "timestamp",
    "question": "request, or message",
    "questions": "requests, or messages",
    "judgement": "decision",
    "judged": "predicted",
    "examined": "prediction",
    "examination": "evaluation, or the test set",
    "splitter": "tokenizer",
    "rarity": "idf",
    "surprise": "log loss",
    "say": "report",
    "shelf": "trackers",
    "papers": "manifest",
    "made_up": "synthetic",
}
RETIRED_PHRASES = {
    r"thin matri\w+": "LoRA, low-rank",
    r"(?:before|beside|long before|on) the road": "build, tuning, inference, offline",
    r"by lot\b|by chance in another order": "random",
    r"never (?:sees|saw|seen)\b(?! by)|had not seen": "holdout",
    r"teach(?:es)? nothing|nothing to learn": "no label, not enough examples",
    r"two hands|other hands|another hand\b": "annotators, independent",
    r"small letters": "lower case",
    r"(?:moment|lessons?|examination|judgement)s?\b": "timestamp, dataset, evaluation, decision",
    r"made[- ]up\b": "synthetic",
}
ALLOWED = {
    # Tensors of the graph: their names are part of the hash of every cached vector.
    "bot/encoder/encoder.py": {"meaning"},
    "bot/encoder/graph.py": {"places"},
    # str.upper
    "bot/patterns/check_digits.py": {"upper"},
    "bot/patterns/data.py": {"upper"},
    # What the gateway reads: an event's name, a key.
    "evaluation/candidate.py": {"examined", "examined_talks"},
    "evaluation/comparison.py": {"question"},
}
# Here a question is one of the closed list (answers/labels.py), which citizens ask about a subject.
OF_CITIZENS = (
    "actions/scams.py",
    "bot/conversation/",
    "bot/replies/",
    "bot/scams/",
    "bot/dialogue.py",
    "bot/importer.py",
    "evaluation/played_talks.py",
    "evaluation/predictions.py",
    "evaluation/talks.py",
    "evaluation/verdicts.py",
)
# The field's own nouns.
NOUNS = {"training", "tuning", "learning_curve", "embedding"}
GERUND = re.compile(r"(?:^|_)[a-z]+ing(?:_|$)")


def name_of(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


def words_of(name: str) -> set[str]:
    """The parts of a name and its pairs of parts: `left_out_share` has `left`, `out`, `left_out` and so on."""
    parts = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().strip("_").split("_")
    return {*parts, *(f"{first}_{second}" for first, second in pairwise(parts))}


def names_in(source: str) -> Iterator[str]:
    """Every identifier and every string that looks like one, such as a key."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.NAME:
            yield token.string
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
            yield node.value


def prose_in(source: str) -> Iterator[str]:
    """Every comment and every other string."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in (tokenize.COMMENT, tokenize.STRING):
            yield re.sub(r"\s+", " ", token.string)


def retired_in(path: Path) -> set[str]:
    found = {word for name in names_in(path.read_text("utf-8")) for word in words_of(name) & RETIRED_NAMES.keys()}
    found -= ALLOWED.get(name_of(path), set())
    if name_of(path).startswith(OF_CITIZENS):
        found -= {"question", "questions"}
    return found


def test_no_name_is_a_retired_word() -> None:
    assert {(name_of(path), word): RETIRED_NAMES[word] for path in MODULES for word in retired_in(path)} == {}


def test_no_comment_or_docstring_has_a_retired_phrase() -> None:
    found = {
        (name_of(path), match.group()): instead
        for path in MODULES
        for text in prose_in(path.read_text("utf-8"))
        for phrase, instead in RETIRED_PHRASES.items()
        if (match := re.search(rf"\b{phrase}", text, re.IGNORECASE))
    }

    assert found == {}


def test_every_module_is_named_by_a_noun() -> None:
    assert [name_of(path) for path in MODULES if path.stem not in NOUNS and GERUND.search(path.stem)] == []


@pytest.mark.parametrize(
    "source", ["inwards = 1\n", "def wording_model(): ...\n", "class MeaningModel: ...\n", "x = {'left_out': 1}\n"]
)
def test_a_retired_name_is_found(source: str) -> None:
    assert any(words_of(name) & RETIRED_NAMES.keys() for name in names_in(source))
