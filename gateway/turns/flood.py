"""Station 3, flood limit: how many turns of one citizen are answered a minute; the first over it gets one fixed text.

The engine still judges every turn, because only so is danger found in a flood. A request for an officer, and a turn
that the engine could not judge, are answered too: either may be a call for help.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from typing import Any

from gateway.conversations.kinds import TurnOutcome

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
