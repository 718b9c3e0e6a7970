"""Replies: the answer nearest in meaning to what was written, where its kind of question tells no more.

The closed list of questions is coarse: "must my mother be there" and "may I stay silent" are both of a hearing. Where
the answer to a question was just given, or none was heard, the sentences of the subject's answers are compared with the
message by the sentence encoder. Without the encoder there is nothing to compare with.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from bot.arrays import FloatArray
from bot.conversation.intents import button_of
from bot.conversation.question_form import asks
from bot.encoder import load_encoder
from bot.names import OFFICER
from bot.replies.reply import CLARIFY, Reply, Scene, can_be_offered
from bot.replies.subjects import next_questions
from bot.replies.text import all_sentences

# What was learned of sentences of answers; a language has some 5,000 of them.
_MOST_KEPT: Final = 12_000
# An answer of any subject has to be so much nearer than one of this subject.
_GENERAL_BEHIND: Final = 0.01
# From here on an answer is near enough to be given.
NEAR: Final = 0.84
_BUTTONS: Final = 3
_WHICH: Final = "clarify_question"
# Whoever asks these again wants to hear what comes next.
_GOES_ON: Final = frozenset({"what_first", "what_happens_next"})
_NEXT_STEPS: Final = ("how_to_report_this", "evidence_how", "what_happens_next", "whom_to_talk_to")


@dataclass(frozen=True)
class Near:
    """An answer: its question, the key of what is said, its words, the sentence that is near, and how near (0 to 1)."""

    question: str
    key: str
    text: str
    sentence: str
    nearness: float


def nearest(scene: Scene, *, unsaid: bool = True) -> Near | None:
    """The subject's answer with the sentence nearest to the message; `unsaid` leaves out what was said before."""
    encoder = load_encoder()
    answers = [each for each in _answers(scene) if not (unsaid and scene.was_said(each[1]))]
    if encoder is None or not answers:
        return None
    message = encoder.encode([scene.text])[0]
    found: Near | None = None
    for question, key, text in answers:
        parts = all_sentences(text)
        shares = _vectors(parts) @ message
        place = int(shares.argmax())
        nearness = float(shares[place]) - (_GENERAL_BEHIND if key.startswith("general:") else 0.0)
        if found is None or nearness > found.nearness:
            found = Near(question, key, text, parts[place], nearness)
    return found


def _answers(scene: Scene) -> Iterator[tuple[str, str, str]]:
    """Question, key and words of each answer that may be given in this talk."""
    content, state, topic = scene.content, scene.conditions, scene.topic
    own = content.answers[topic].answer.questions if topic is not None else {}
    for question, piece in own.items():
        text = content.piece(topic, question, scene.language, state) if topic is not None else None
        place = piece.place(state)
        if text:
            yield question, f"piece:{topic}:{question}:{'' if place is None else place}", text
    for question, general in content.questions.items():
        text = content.general_piece(question, scene.language, state) if question not in own else None
        place = general.general.piece.place(state)
        if text:
            yield question, f"general:{question}:{'' if place is None else place}", text


_kept: OrderedDict[str, FloatArray] = OrderedDict()


def _vectors(sentences: Sequence[str]) -> FloatArray:
    encoder = load_encoder()
    assert encoder is not None
    missing = [each for each in dict.fromkeys(sentences) if each not in _kept]
    if missing:
        _kept.update(zip(missing, encoder.encode(missing), strict=True))
    rows = np.stack([_kept[each] for each in sentences])
    while len(_kept) > _MOST_KEPT:
        _kept.popitem(last=False)
    return rows


def more_exactly(scene: Scene, key: str, text: str) -> Reply:
    """What is said where an answer (its key and words) was just read and something about it is asked.

    Another answer that is near to the words; to "what do I do?" the next step; else the one sentence of it that is
    near; else that no more is known, and who may know.
    """
    other = nearest(scene)
    if other is not None and other.nearness >= NEAR:
        return near_reply(scene, other)
    asked = scene.interpretation.questions if scene.interpretation is not None else ()
    if (_GOES_ON & set(asked) or not asks(scene.text)) and (step := _next_step(scene)) is not None:
        return step
    same = nearest(scene, unsaid=False)
    is_whole = same is not None and same.sentence.count('"') % 2 == 0  # words to say to somebody are not cut in two
    # Its beginning was read last of all, unless something else was said in between.
    is_read = key in scene.last.keys and same is not None and same.sentence in all_sentences(text)[:1]
    if same is not None and is_whole and same.key == key and not is_read:
        again = (f"again:{key}",)
        if not scene.was_said(again[0]):
            return Reply(scene.topic or key, same.sentence, _again_buttons(scene), (), "piece", again)
    return no_more(scene)


def _next_step(scene: Scene) -> Reply | None:
    """To whoever tells on, and asks nothing: the first of the usual next steps that was not said yet."""
    answers = {question: (key, text) for question, key, text in _answers(scene) if key.startswith("piece:")}
    steps = (answers[question] for question in _NEXT_STEPS if question in answers)
    found = next(((key, text) for key, text in steps if not scene.was_said(key)), None)
    return Reply(scene.topic or "", found[1], _again_buttons(scene), (), "piece", (found[0],)) if found else None


def near_reply(scene: Scene, near: Near) -> Reply:
    """An answer that was found by its nearness."""
    return Reply(scene.topic or near.key, near.text, _again_buttons(scene), (), "piece", (near.key,))


def asked_which(scene: Scene, question: str) -> Reply:
    """Which question was meant: the likeliest and the next as buttons, with an officer."""
    likeliest = [button_of(question)] if can_be_offered(scene.content, button_of(question)) else []
    buttons = tuple(dict.fromkeys([*likeliest, *_again_buttons(scene)]))
    if len(buttons) > _BUTTONS:
        buttons = (*buttons[: _BUTTONS - 1], buttons[-1])
    return Reply(_WHICH, scene.line(_WHICH), buttons, (), CLARIFY)


def no_more(scene: Scene) -> Reply:
    """That nothing more exact is known, with an officer who may know, and other questions."""
    return Reply("no_more", scene.line("no_more"), _again_buttons(scene), (), CLARIFY)


def _again_buttons(scene: Scene) -> tuple[str, ...]:
    guesses = scene.interpretation.guesses if scene.interpretation is not None else ()
    asked = [button_of(name) for name in guesses if can_be_offered(scene.content, button_of(name))]
    own = next_questions(scene, scene.topic) if scene.topic is not None else []
    officer = [OFFICER] if OFFICER in scene.content.answers and scene.state.officer != "asked" else []
    return tuple(dict.fromkeys([*asked, *own]))[: _BUTTONS - len(officer)] + tuple(officer)
