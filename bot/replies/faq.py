"""Replies: whether a message asks a particular question of its subject, which is answered instead of a general one.

"What if I don't know the frame number?" is one of the stolen bicycle alone (`faq:` in data/answers). The answer to it
says more than the one to whatever general question the message is most like.
"""

from __future__ import annotations

import re
from typing import Final

from bot.conversation.interpretation import AGES
from bot.names import SCAM_CHECK, TALK_LABELS
from bot.replies.questions import PERHAPS
from bot.replies.reply import Scene

# From so probable on it is answered: where something else was heard, where nothing was or hardly, and where the message
# opens a new matter, whose first answer has the first step. An age that is told has consequences of its own.
_BESIDE_QUESTION: Final = 0.5
_BESIDE_NONE: Final = 0.4
_OF_NEW_SUBJECT: Final = 0.6
# A yes or a no answers one way of asking; the words of another turn it round.
_YES_OR_NO: Final = 0.65
_BEGINS_SO: Final = re.compile(r"(?:kyllä|joo|ei|et|ja|jo|nej|yes|no)\b", re.IGNORECASE)
# What only others than victims ask, to whoever has not said who writes.
_OF_OTHERS: Final = 0.65
_VICTIM: Final = "victim"
# Its questions are about children who are not punished; of whoever is older they say the opposite of what is true.
_OF_CHILDREN: Final = "offender_under_15"
_OLDER: Final = frozenset({"15_17", "adult"})
# Moves that are heard by their own words, whatever else a message is like.
_OWN_WORDS: Final = frozenset(
    {
        "thanks", "goodbye", "greeting", "ok", "yes", "no", "simpler", "repeat", "shorter", "wrong_topic", "pick_1",
        "pick_2", "pick_3", "how_step", "which_contact", "want_officer", "cancel_officer", "is_bot", "danger_over",
        "stop", "abuse", "joking", "language", "erase", "helped", "not_helped",
    }
)  # fmt: skip


def particular_question(scene: Scene) -> str | None:
    """The subject's own question that is answered now; None where none was asked, or it was answered before."""
    asked, found = scene.asked, scene.interpretation
    if asked is None or found is None or asked.topic != scene.topic or found.act in _OWN_WORDS:
        return None
    if (
        scene.intent == SCAM_CHECK
        or scene.intent in TALK_LABELS
        or (not found.questions and any(each.slot in AGES for each in found.told))
    ):
        return None
    if asked.name not in scene.content.answers[asked.topic].answer.faq:
        return None  # an editor has taken it away since the training
    if any(key.startswith(f"piece:{asked.topic}:{asked.name}:") for key in scene.state.said):
        return None
    if asked.topic == _OF_CHILDREN and _OLDER & {scene.state.age, scene.state.whose_age}:
        return None
    who, role = scene.content.answers[asked.topic].answer.faq[asked.name].who, scene.state.role
    if who and role is not None and role not in who:
        return None
    text = scene.content.piece(asked.topic, asked.name, scene.language, scene.conditions) or ""
    needed = max(
        _needed(scene),
        _YES_OR_NO if _BEGINS_SO.match(text) else 0.0,
        _OF_OTHERS if who and role is None and _VICTIM not in who else 0.0,
    )
    return asked.name if asked.probability >= needed else None


def _needed(scene: Scene) -> float:
    found = scene.interpretation
    if found is not None and found.is_new:
        return _OF_NEW_SUBJECT
    is_heard = found is not None and bool(found.questions or found.act) and found.certainty >= PERHAPS
    return _BESIDE_QUESTION if is_heard else _BESIDE_NONE
