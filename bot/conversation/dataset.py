"""Conversation, in training: the turns of written talks with their contexts, as labels tell them (teacher forcing)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from answers.talks import Talk, Turn
from bot.conversation.context import NONE, SUBJECT, Context
from bot.names import OUT_OF_SCOPE, TALK_LABELS

STAY, LEAVE = "stay", "leave"

# The small models need not see every example: a third of them is as good (docs/decisions/0017-conversation.md).
EVERY = 3

# One in so many talks is held out to find the mixture of words and vectors, and is never tuned on.
TALK_FOLDS, HELD_OUT_FOLD = 8, 0

# Which slots are learned as a head of their own, and its values come from `tells:` labels.
# Lines out of any talk count less than turns.
LOOSE_WEIGHT = 0.5
TOLD = ("role", "age", "whose_age", "done", "watched", "danger")


@dataclass(frozen=True)
class Instance:
    """One message in its context, with what a model of `heads` should find. `weight` is how much it counts.

    A head that `labels` does not name learns nothing from it.
    """

    text: str
    language: str
    talk: str
    context: Context
    labels: dict[str, str]
    weight: float = 1.0


def turns_as_json(talk: Talk) -> list[dict[str, Any]]:
    """The turns of a talk as Rasa's training data can carry them."""
    return [
        {
            "text": turn.text,
            "topics": list(turn.topics),
            "questions": [list(question) for question in turn.questions],
            "acts": list(turn.acts),
            "tells": [list(each) for each in turn.tells],
            "danger": turn.danger,
        }
        for turn in talk.turns
    ]


def turns_from_json(stored: Iterable[dict[str, Any]]) -> list[Turn]:
    """The turns that `turns_as_json` wrote."""
    return [
        Turn(
            text=each["text"],
            line=0,
            topics=tuple(each["topics"]),
            questions=tuple(tuple(question) for question in each["questions"]),
            acts=tuple(each["acts"]),
            tells=tuple((slot, value) for slot, value in each["tells"]),
            danger=each["danger"],
        )
        for each in stored
    ]


def instances_of(name: str, language: str, turns: Iterable[Turn]) -> Iterator[Instance]:
    """The instances of one talk; a message with two questions counts once for each, with half the weight."""
    context = Context()
    for turn in turns:
        moves = moves_of(turn)
        told = dict(turn.tells)
        for move in moves:
            labels = {"move": move, "topic_change": _change(turn, context), "alarm": turn.danger or NONE}
            labels |= {f"told_{slot}": told.get(slot, NONE) for slot in TOLD}
            yield Instance(turn.text, language, name, context, labels, 1 / len(moves))
        context = context.after(next(iter(turn.topics), None), moves[0], told, turn.danger)


def moves_of(turn: Turn) -> list[str]:
    """What the turn does: its questions, else its act, else it tells its subject."""
    if turn.questions:
        return [question[0] for question in turn.questions]
    if turn.topics and (not turn.acts or turn.acts[0] == "tells"):
        return [SUBJECT]
    return [turn.acts[0]] if turn.acts else [SUBJECT]


def _change(turn: Turn, context: Context) -> str:
    is_other = bool(turn.topics) and context.topic not in turn.topics
    return LEAVE if is_other else STAY


def is_phrase(turns: Sequence[Turn]) -> bool:
    """Whether a talk is one question without a subject: it may be asked in any talk."""
    return len(turns) == 1 and bool(turns[0].questions) and not turns[0].topics


def loose_instances(examples: Iterable[tuple[str, str, str]], contexts: Sequence[Context]) -> Iterator[Instance]:
    """Single examples (text, language, move) in contexts borrowed from talks."""
    later = [context for context in contexts if context.turns] or [Context(turns=1)]
    for text, language, move in examples:
        labels = {"move": move, "topic_change": STAY, "alarm": NONE}
        labels |= {f"told_{slot}": NONE for slot in TOLD}
        yield Instance(text, language, f"example {text}", _borrowed(text, later), labels, LOOSE_WEIGHT)


def new_subjects(examples: Iterable[tuple[str, str, str]], contexts: Sequence[Context]) -> Iterator[Instance]:
    """Single examples (text, language, topic) as a new matter in the middle of talks about another one."""
    later = [context for context in contexts if context.turns and context.topic is not None]
    for text, language, topic in examples:
        others = [context for context in (_borrowed(f"{text} {n}", later) for n in range(3)) if context.topic != topic]
        if others:
            labels = {"move": SUBJECT, "topic_change": LEAVE}
            yield Instance(text, language, f"example {text}", others[0], labels, LOOSE_WEIGHT)


def danger_instances(lines: Iterable[tuple[str, str, str | None]], contexts: Sequence[Context]) -> Iterator[Instance]:
    """Lines (text, language, danger) in the middle of talks where nobody was in danger: only the alarm is known."""
    later = [context for context in contexts if context.turns and context.danger == NONE]
    for text, language, danger in lines if later else ():
        yield Instance(text, language, f"line {text}", _borrowed(text, later), {"alarm": danger or NONE}, LOOSE_WEIGHT)


def lines_in_talks(lines: Iterable[Mapping[str, Any]]) -> Iterator[Instance]:
    """Second messages of talks about a topic: only the alarm is known."""
    for line in lines:
        topic = line["topic"] if line["topic"] not in TALK_LABELS - {OUT_OF_SCOPE} else None
        context = Context(topic=topic, move=SUBJECT, turns=1)
        name = f"line {line['before']} {line['text']}"
        yield Instance(line["text"], line["language"], name, context, {"alarm": line["danger"] or NONE})


def _borrowed(text: str, contexts: Sequence[Context]) -> Context:
    return contexts[_hash(text) % len(contexts)]


def fold_of(talk: str, folds: int) -> int:
    """The fold of a talk, by its name: its turns stay together."""
    return _hash(talk) % folds


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8"), digest_size=4).digest(), "big")


def number_of(text: str) -> int:
    """A number by the text's hash, for fixed samples."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8"), digest_size=8).digest(), "big")


def is_for_small(text: str) -> bool:
    """Whether the small models learn from a text: then nothing else of the conversation does."""
    return number_of(text) % EVERY == 0
