"""Conversation: from probabilities to what is done with a message: its subject, its questions or act, what it tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from answers.labels import QUESTIONS
from bot.conversation.context import NONE, SUBJECT, Context
from bot.conversation.denials import corrects
from bot.conversation.heads import likeliest
from bot.conversation.question_form import asks, asks_of_age, asks_twice
from bot.conversation.subject import beside, subject
from bot.conversation.told import Told

INTERPRETATION: Final = "conversation"
"""Under this name a message carries its interpretation to the stations after, and to the reply."""

# "Oon 14" and "nordea" alone are never another matter, whatever topic has such words.
FEW_LETTERS: Final = 20
_ONLY_TOLD: Final = frozenset({"age", "whose_age", "bank"})
# "My bank is Osuuspankki" has more of them.
FEW_LETTERS_OF_A_BANK: Final = 40
# Under this nothing is done with a move: the bot asks back.
MOVE_THRESHOLD: Final = 0.25
# What is more likely than this to be no question at all is heard as told, not asked back about.
TELLS_TOGETHER: Final = 0.6
# Another question of the same message, where the first one is a question, too.
SECOND_QUESTION: Final = 0.2
# From here on the trained heads are believed where the form of the words says nothing.
TOLD_THRESHOLD: Final = {"role": 0.6, "age": 0.8, "whose_age": 0.8, "done": 0.7, "watched": 0.6, "danger": 0.6}
# Who somebody is, told by the way, changes what is known from here on.
HINT_AGAINST_KNOWN: Final = 0.3
# "Me" and "my" alone make nobody a victim.
HINT_OF_VICTIM: Final = 0.2
# Whoever tells a matter for the first time hardly ever asks in so many words: a likely question is answered beside it.
FIRST_QUESTION: Final = 0.12
# What follows a no is what was meant: the no itself counts little.
NO_WHERE_CORRECTED: Final = 0.2
_DENIALS: Final = frozenset({"no", "wrong_topic"})
# A message with the form of a question tells, agrees or thanks beside it at most: of 14,000 such turns in written talks
# 80 only tell something (docs/decisions/0017-conversation.md).
BESIDE_A_QUESTION: Final = {
    "tells": 0.1, "ok": 0.1, "helped": 0.1, "thanks": 0.1, "joking": 0.2, "yes": 0.3, "no": 0.3, "feelings": 0.3,
    "goodbye": 0.3, "danger_over": 0.3,
}  # fmt: skip
# Who writes more words than these does more than agree or decline.
BESIDE_MANY_WORDS: Final = {"no": 0.2, "yes": 0.2, "ok": 0.2}
_MANY_WORDS: Final = 8
# An age that is told by the way is no question of what ages mean.
AGE_ONLY_TOLD: Final = 0.2
# So many letters are about the age itself; in more of them it is told by the way.
MOSTLY_AGE: Final = 40
# Guesses under this are not worth a button.
LEAST_GUESS: Final = 0.08
_MOST_GUESSES: Final = 3
_SAID_BY_WORDS: Final = 0.7
_QUESTIONS: Final = frozenset(QUESTIONS)
_OF_AGE: Final = "age_limits"
_OVER: Final = "danger_over"
AGES: Final = frozenset({"age", "whose_age"})
# What is told has consequences that are asked about, whether the citizen asks or not.
ASKED_BY_DEED: Final = {
    "paid": "already_paid",
    "codes_given": "already_gave_codes",
    "picture_sent": "already_sent_picture",
}


@dataclass(frozen=True)
class Interpretation:
    """One message in its conversation. `topic` is its subject, `is_new` whether it was not the subject before.

    Where neither `questions` nor `act` nor a new subject was sure enough, `guesses` are what it may have asked; beside
    `questions` they are what it may have asked instead.
    `alarm` is how likely each danger is in this conversation. `beside` is a matter that may come up in any other, which
    the message alone is about: "he's 13", "who do I write to at the station".
    """

    topic: str | None
    is_new: bool
    move: str
    questions: tuple[str, ...] = ()
    act: str | None = None
    told: tuple[Told, ...] = ()
    guesses: tuple[str, ...] = ()
    certainty: float = 0.0
    alarm: Mapping[str, float] = field(default_factory=dict)
    is_first: bool = False
    beside: str | None = None

    @property
    def is_unsure(self) -> bool:
        """Whether the bot has to ask what was meant."""
        return not self.questions and self.act is None and not self.is_new

    def asking(self, *questions: str) -> Interpretation:
        """The same message, heard as these questions and as no act: what the words themselves say is certain."""
        certainty = max(self.certainty, _SAID_BY_WORDS)
        return replace(self, questions=questions, move=questions[0], act=None, guesses=(), certainty=certainty)

    def as_json(self) -> dict[str, Any]:
        """For the message, which leaves the graph as JSON."""
        return {
            "topic": self.topic,
            "is_new": self.is_new,
            "move": self.move,
            "questions": list(self.questions),
            "act": self.act,
            "told": [[each.slot, each.value, each.start, each.end] for each in self.told],
            "guesses": list(self.guesses),
            "certainty": self.certainty,
            "alarm": dict(self.alarm),
            "is_first": self.is_first,
            "beside": self.beside,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Interpretation:
        """What `as_json` gave."""
        return cls(
            topic=stored["topic"],
            is_new=stored["is_new"],
            move=stored["move"],
            questions=tuple(stored["questions"]),
            act=stored["act"],
            told=tuple(Told(*each) for each in stored["told"]),
            guesses=tuple(stored["guesses"]),
            certainty=stored["certainty"],
            alarm=stored["alarm"],
            is_first=stored["is_first"],
            beside=stored.get("beside"),
        )


def interpret(
    heads: Mapping[str, Mapping[str, float]],
    context: Context,
    ranking: Sequence[tuple[str, float]],
    threshold: float,
    by_form: Sequence[Told],
    text: str,
    likely: Mapping[str, float] | None = None,
) -> Interpretation:
    """What a message is, from the heads' probabilities.

    `ranking` are the topics that the classifier finds in the message alone, without those about the talk itself, and
    `threshold` is from when on the first may be answered; `likely` is what the matter may be by all messages so far.
    """
    told = _told(heads, by_form, len(text), context.role)
    is_correction = context.topic is not None and corrects(text)
    change = heads["topic_change"]
    topic, is_new = subject(change, context, ranking, threshold, likely or {}, is_correction=is_correction)
    if context.topic is not None and _only_tells(by_form, len(text)):
        topic, is_new = context.topic, False
    shares = _by_form(heads["move"], text, by_form, is_correction=is_correction)
    asking = asking_share(shares)
    tells = sum(shares.values()) - asking
    moves = likeliest(shares, 6)
    questions, act, guesses = _chosen(moves, is_new, told, topic, text)
    if not (questions or act or is_new) and topic is not None and tells >= TELLS_TOGETHER * (asking + tells):
        act, guesses = "tells", ()
    return Interpretation(
        topic=topic,
        is_new=is_new,
        move=questions[0] if questions else act or SUBJECT,
        questions=questions,
        act=act,
        told=told,
        guesses=guesses,
        certainty=moves[0][1],
        alarm={kind: share for kind, share in heads["alarm"].items() if kind != NONE},
        is_first=context.turns == 0,
        beside=beside(ranking, topic),
    )


def asking_share(moves: Mapping[str, float]) -> float:
    """How likely a message asks one of the listed questions."""
    return sum(share for move, share in moves.items() if move in _QUESTIONS)


def _only_tells(by_form: Sequence[Told], length: int) -> bool:
    """Whether a few letters tell an age or a bank: that is never another matter."""
    told = {each.slot for each in by_form}
    return (length <= FEW_LETTERS and bool(told & _ONLY_TOLD)) or (length <= FEW_LETTERS_OF_A_BANK and "bank" in told)


def _by_form(
    moves: Mapping[str, float], text: str, by_form: Sequence[Told], *, is_correction: bool
) -> Mapping[str, float]:
    """The moves' probabilities with what the form says: a no that begins what was meant, a question, an age told."""
    factors: dict[str, float] = dict.fromkeys(_DENIALS, NO_WHERE_CORRECTED) if is_correction else {}
    if len(text.split()) > _MANY_WORDS:
        factors = {**BESIDE_MANY_WORDS, **factors}
    if asks(text):
        factors = {**BESIDE_A_QUESTION, **factors}
    if any(each.slot in AGES for each in by_form) and not asks_of_age(text):
        factors[_OF_AGE] = AGE_ONLY_TOLD
    if not factors:
        return moves
    shares = {move: share * factors.get(move, 1.0) for move, share in moves.items()}
    total = sum(shares.values()) or 1.0
    return {move: share / total for move, share in shares.items()}


def _chosen(
    moves: Sequence[tuple[str, float]], is_new: bool, told: Sequence[Told], topic: str | None, text: str
) -> tuple[tuple[str, ...], str | None, tuple[str, ...]]:
    """The questions (two where two are asked), the act and the guesses; what was told may be answered, too."""
    (move, share), *others = moves
    deed = _asked_by_deed(told, len(text))
    guesses = tuple(name for name, p in moves if name in _QUESTIONS and p >= LEAST_GUESS)[:_MOST_GUESSES]
    if move in _QUESTIONS and share >= MOVE_THRESHOLD:
        second = next((name for name, p in others[:1] if name in _QUESTIONS and p >= SECOND_QUESTION), None)
        is_second = second is not None and share < 1 - SECOND_QUESTION * 1.5 and asks_twice(text)
        questions = (move, second) if second is not None and is_second else (move,)
        return questions, None, tuple(name for name in guesses if name not in questions)
    if move not in _QUESTIONS and move != SUBJECT and share >= MOVE_THRESHOLD and (topic or move != "tells"):
        # "They left, but is he going to jail?": what may be asked beside it is kept.
        beside_it = guesses if move == _OVER and asks(text) else ()
        return ((deed,), None, ()) if deed and move == "tells" else ((), move, beside_it)
    if is_new:
        asked = next((name for name, p in moves if name in _QUESTIONS and p >= FIRST_QUESTION), deed)
        return (asked,) if asked else (), None, ()
    if topic is not None and (told or (move == SUBJECT and share >= MOVE_THRESHOLD)):
        return ((deed,), None, ()) if deed else ((), "tells", ())
    return (), None, guesses


def _asked_by_deed(told: Sequence[Told], length: int) -> str | None:
    """What is answered without being asked: a deed, else what the other one's age means where hardly more is told."""
    deed = next((ASKED_BY_DEED[each.value] for each in told if each.value in ASKED_BY_DEED), None)
    is_age = length <= MOSTLY_AGE and any(each.slot == "whose_age" for each in told)
    return deed or (_OF_AGE if is_age else None)


def _is_believed(hint: Told, heads: Mapping[str, Mapping[str, float]], role: str | None) -> bool:
    """Whether the heads do not know better, and find some of it where something else is known; of roles alone."""
    if hint.slot != "role":
        return True
    shares = heads["told_role"]
    known = (NONE, hint.value, *(("victim",) if hint.value == "doer" else ()))  # who tells what he did knows best
    other = max((share for name, share in shares.items() if name not in known), default=0.0)
    if hint.value == "victim" and shares.get("victim", 0.0) < HINT_OF_VICTIM:
        return False
    return other < TOLD_THRESHOLD["role"] and (
        role in (None, hint.value) or shares.get(hint.value, 0.0) >= HINT_AGAINST_KNOWN
    )


def _told(
    heads: Mapping[str, Mapping[str, float]], by_form: Sequence[Told], length: int, role: str | None
) -> tuple[Told, ...]:
    """What the form of the words tells, and what the heads find beside it; `role` is what is known of it."""
    found = [each for each in by_form if not each.is_hint or _is_believed(each, heads, role)]
    known = {each.slot for each in found}
    for slot, least in TOLD_THRESHOLD.items():
        if slot in known and slot != "danger":
            continue
        (value, share), *_ = likeliest(heads[f"told_{slot}"])
        if value != NONE and share >= least:
            found.append(Told(slot, value, 0, length))
    return tuple(found)
