"""Conversation: what words say for certain: a cry for help, a danger that is denied, and a request taken back."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from bot.conversation.context import PASSED
from bot.conversation.denials import denies_danger
from bot.conversation.interpretation import Interpretation
from bot.conversation.state import State
from bot.conversation.told import Told

_MOST_WORDS: Final = 6
_CRY: Final = re.compile(r"\b(?:apua|auta|auttakaa|hjälp|hjalp|hjälpa mej|help|sos)\b", re.IGNORECASE)
_THANKS: Final = re.compile(r"kiit|tack|thank|thx|\bty\b|autto|hjälpte|helped|apua oli|apua siit", re.IGNORECASE)
# What a cry for help is never taken for.
_NO_CRY: Final = frozenset({"helped", "not_helped", "thanks", "goodbye", "ok", "yes", "no", "smalltalk", "greeting"})

_TAKES_BACK: Final = re.compile(
    r"\b(?:ei (?:sit(?:te|ten)? |enää )?(?:tarv|tartte)\w*|en (?:mä )?(?:tarv|tartte)\w*|peru|perun|perukaa|perutaan|"
    r"antaa olla|unohda(?:kaa)?|älkää vaivautuko|"
    r"strunt(?:a)? i|behövs (?:int|inte|ej)|behöver (?:int|inte|ej)|ta tillbaka|avboka|glöm (?:det|de|hela)|"
    r"låt (?:det|de) va\w*|"
    r"cancel|never ?mind|nvm|forget (?:it|that|about)|no need|(?:do not|don't|dont) need|call (?:it|that) off)\b",
    re.IGNORECASE,
)
# "I don't want an officer" has all the words of a request, and is none.
_NO_OFFICER: Final = re.compile(
    r"\b(?:ei|en|emmä|älä\w*|inte|int|ej|nope|no|not|don'?t|dont|never)\b"
    r"(?:(?!\b(?:bot\w*|robot\w*|kone\w*|dator\w*|maskin\w*|machine|computer|vaan|utan|but)\b).){0,25}"
    r"\b(?:poliis\w*|polis\w*|konstaap\w*|konstap\w*|kyt\w+|officers?|police|cops?)\b|"
    r"\bilman poliisi\w*|^(?:(?!\b(?:inte|int|ej)\b).)*\butan polis\w*|\bwithout (?:the |any )?(?:police|cops?)\b",
    re.IGNORECASE,
)
# A question about the subject stays one, whatever words it has.
_SURE: Final = 0.8


def corrected(found: Interpretation, text: str, state: State) -> Interpretation:
    """The interpretation, with what is certain put right; `state` is that before the message."""
    if state.is_danger_in_question and denies_danger(text):
        return _denied(found, len(text))
    if state.officer in ("asked", "offered") and _TAKES_BACK.search(text) and not (found.questions and _is_sure(found)):
        return replace(found, move="cancel_officer", act="cancel_officer", questions=(), is_new=False, guesses=())
    if found.act == "want_officer" and _NO_OFFICER.search(text):
        act = "cancel_officer" if state.officer in ("asked", "offered") else "no"
        return replace(found, move=act, act=act, is_new=False, guesses=())
    is_cry = len(text.split()) <= _MOST_WORDS and _CRY.search(text) and not _THANKS.search(text)
    if is_cry and (found.act in _NO_CRY or found.is_unsure):
        if found.topic is None:
            return replace(found, move="subject", act=None, guesses=())
        return replace(found, move="what_first", act=None, questions=("what_first",), guesses=())
    return found


def _denied(found: Interpretation, length: int) -> Interpretation:
    """Nobody is in danger; what was asked beside that is answered."""
    told = [each for each in found.told if each.slot != "danger"]
    found = replace(found, told=(*told, Told("danger", PASSED, 0, length)))
    if found.questions or found.is_new:
        return found
    return replace(found, move="danger_over", act="danger_over", guesses=(), certainty=1.0)


def _is_sure(found: Interpretation) -> bool:
    return found.certainty >= _SURE
