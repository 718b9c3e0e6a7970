"""Station 3, floods: one citizen's turns are answered at most so often a minute; then one kind line, and danger always.

The engine is asked about every turn all the same, for only so is danger found in a flood. What a citizen asks an
officer for, and what the engine could not read, is answered too: either may be a call for help.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from typing import Any

WINDOW = dt.timedelta(minutes=1)
SAID, SILENT = "slowed_down", "too_many"  # outcomes of a turn: answered with the kind line, or not at all


def flood_outcome(earlier: Iterable[Any], at: dt.datetime, most: int) -> str | None:
    """The outcome of a citizen's turn at this moment; nothing while there are at most `most` turns a minute.

    `earlier` are the other turns of the citizen, over all conversations; see `recent_turns`.
    """
    counts = Counter(turn.outcome for turn in earlier if turn.created_at > at - WINDOW)
    if sum(count for outcome, count in counts.items() if outcome not in (SAID, SILENT)) < most:
        return None
    return SILENT if SAID in counts else SAID
