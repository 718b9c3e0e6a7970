"""Station 3, pace: a bare greeting waits for the message that may follow, and how many turns a minute are answered.

Debounce: a greeting and what follows it get one answer. Closed lists, so that no unknown text, and so no danger, ever
waits. It ends with whatever follows: the worker wakes the turn with each new message.

Flood limit: the first turn over it gets one fixed text. The engine still judges every turn, because only so is danger
found in a flood. A request for an officer, and a turn that the engine could not judge, are answered too: either may be
a call for help.
"""

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from gateway.conversations.kinds import MessageKind, TurnOutcome
from gateway.core.database import now
from gateway.turns.turn_input import TurnInput

_WORDS = re.compile(r"[^\W\d_]+")

_OPENERS = frozenset(
    """
    hei heippa heips moi moikka moro morjens terve tere huomenta päivää paivaa iltaa hyvää hyvaa
    hej hejsan tjena tja tjo moj god goddag morgon dag kväll kvall hallå halla
    hi hello hey heya yo good morning evening afternoon there sup
    mulla minulla mul on asia kysymys juttu ois olis olisi yks yksi kysyttävää kysyttavaa voinko voinks kysyä kysya
    jag har en fråga fraga ett ärende arende får far kan fråga fraga dig något nåt nat
    i have a question can ask you something got
    siis öö öh no nii niin eli alltså alltsa asså asssa så um uh so well
    """.split()  # noqa: SIM905  # four lines of words read better than a hundred quotes
)
MAX_WORDS = 6


def is_opener(text: str) -> bool:
    """Whether a text only opens a conversation: few words, and every one of them in the closed list."""
    words = _WORDS.findall(text.lower())
    return 0 < len(words) <= MAX_WORDS and "?" not in text and all(word in _OPENERS for word in words)


@dataclass(frozen=True)
class Debounce:
    """The turn waits until this timestamp for the message that may follow a greeting."""

    until: dt.datetime


def debounce_of(turn_input: TurnInput, seconds: float) -> Debounce | None:
    """How long these messages wait, or None: only bare greetings do."""
    last = max(message.received_at for message in turn_input.messages)
    until = last + dt.timedelta(seconds=seconds)
    bare = all(message.kind == MessageKind.TEXT for message in turn_input.messages) and is_opener(turn_input.text)
    return Debounce(until) if bare and now() < until else None


WINDOW = dt.timedelta(minutes=1)
_OVER_LIMIT = (TurnOutcome.SLOWED_DOWN, TurnOutcome.TOO_MANY)


def flood_outcome(earlier: Iterable[Any], at: dt.datetime, limit: int) -> TurnOutcome | None:
    """The outcome of a turn at the time `at`, or None within `limit` turns a minute.

    `earlier` are the citizen's other turns, of all conversations; see `recent_turns`.
    """
    counts = Counter(turn.outcome for turn in earlier if turn.created_at > at - WINDOW)
    if sum(count for outcome, count in counts.items() if outcome not in _OVER_LIMIT) < limit:
        return None
    return TurnOutcome.TOO_MANY if TurnOutcome.SLOWED_DOWN in counts else TurnOutcome.SLOWED_DOWN
