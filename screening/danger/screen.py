"""The danger screen: what the words of one message alone say, in less than half a millisecond and with no service.

It is a first opinion, for the order in which messages are read and for the time in which nobody can judge them: the
engine, which knows the talk, raises or lowers it (docs/decisions/0023-danger-without-the-engine.md).
"""

from screening.danger.matcher import find_in
from screening.danger.rules import CRISIS, EMERGENCY
from screening.danger.tokens import tokenize
from screening.danger.words_model import words_model

# Probability of either danger from which the words alone are enough.
ENOUGH = 0.4
# Between the two, 112 is the better mistake; a pattern of a crisis weighs against it.
_EMERGENCY_FIRST = 0.3
_SURE_OF_LANGUAGE = 0.8


def screen(text: str) -> str | None:
    """EMERGENCY, CRISIS, or None."""
    tokens = tokenize(text)
    patterns = {danger.kind for danger in find_in(tokens)}
    likely = words_model().dangers(tokens)
    if not patterns and likely[EMERGENCY] + likely[CRISIS] < ENOUGH:
        return None
    share = 1.0 if CRISIS in patterns else _EMERGENCY_FIRST
    is_emergency = EMERGENCY in patterns or likely[EMERGENCY] > likely[CRISIS] * share
    return EMERGENCY if is_emergency else CRISIS


def language_of(text: str) -> str | None:
    """The language of a message, or None where its words do not tell: enough to say 112 in, and no more."""
    likely = words_model().languages(tokenize(text))
    best = max(likely, key=lambda language: likely[language])
    return best if likely[best] >= _SURE_OF_LANGUAGE else None


def warm_up() -> None:
    """Read rules and weights now, which takes a third of a second, and not at a citizen's first message."""
    screen("warm up")
