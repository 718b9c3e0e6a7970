"""Conversation: "the second one" and "yes" become what the last reply offered."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from bot.conversation.intents import MORE, question_of
from bot.conversation.interpretation import Interpretation
from bot.conversation.state import LastReply
from bot.names import OFFICER, SCAM_CHECK

_PICKS: Final = {"pick_1": 0, "pick_2": 1, "pick_3": 2}
_ASKED_WHAT_WAS_MEANT: Final = "clarify"
_FEW_WORDS: Final = 2
_YES: Final = re.compile(
    r"\W*(?:no |noo |öö |mm+ |eh |um |uh |well |ok\w* )?(?:joo+|juu+|jo+|kyl\w*|ok\w*|haluan|haluun|haluisin|saa|sais|"
    r"mielellään|pyydä|"
    r"ja+|jå+|gärna|visst|absolut|gör det|snälla|yes+|yeah|yep|yea|ya|yup|sure|please|pls|plz|do it|go ahead|i do|"
    r"i would|i'd|that would|definitely|of course|👍)(?!\w)",
    re.IGNORECASE,
)


def resolved(found: Interpretation, last: LastReply, text: str) -> tuple[Interpretation, str | None]:
    """The interpretation with the offer put in, and an intent where the offer is none of subject, question and act."""
    chosen = _chosen(found, last)
    if chosen == OFFICER and found.act == "yes" and not _is_plain_yes(text):
        return found, None  # an officer is asked for on a clear yes only
    if chosen is None:
        return found, None
    question = question_of(chosen)
    if question is not None:
        return replace(found, act=None, questions=(question,), move=question, guesses=()), None
    if chosen in (OFFICER, MORE):
        move = "want_officer" if chosen == OFFICER else found.move
        return replace(found, act="want_officer" if chosen == OFFICER else found.act, move=move), chosen
    if chosen.startswith("follow_up_"):
        return replace(found, act=None), chosen
    return replace(found, topic=chosen, is_new=True, act=None, move="subject", guesses=()), None


def _is_plain_yes(text: str) -> bool:
    """Whether the words begin with a yes, or are too few to tell anything else ("I said yes already" does)."""
    return len(text.split()) <= _FEW_WORDS or bool(_YES.match(text))


def _chosen(found: Interpretation, last: LastReply) -> str | None:
    if found.act in _PICKS:
        place = _PICKS[found.act]
        return last.offered[place] if place < len(last.offered) else None
    if found.act == "yes":
        if last.offers_officer and OFFICER in last.offered:
            return OFFICER
        if last.kind == _ASKED_WHAT_WAS_MEANT and last.offered:
            return last.offered[0]
        if last.kind in ("act:thanks", SCAM_CHECK) and last.offered:
            return last.offered[0]
    if found.act == "no" and last.kind == "act:thanks" and len(last.offered) > 1:
        return last.offered[1]
    if found.act == "no" and last.kind == SCAM_CHECK and last.offered:
        return last.offered[-1]
    return None
