"""WhatsApp, beside the road: "typing…" is shown at most once in 20 seconds to one citizen.

Meta shows it for 25 seconds or until we answer, and each request marks all earlier messages read; one for every line
of somebody who writes in a burst would only cost requests.
"""

import time
from collections import OrderedDict
from collections.abc import Callable

from gateway.channels.base import Recipient

PAUSE = 20.0
MOST_REMEMBERED = 5_000


class TypingPace:
    """Who has been shown it lately, by this process; with several processes it may be shown once by each."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._shown: OrderedDict[Recipient, float] = OrderedDict()

    def is_too_soon(self, recipient: Recipient) -> bool:
        """Whether to leave it out this time; when not, it counts as shown."""
        moment = self._clock()
        if moment - self._shown.get(recipient, -PAUSE) < PAUSE:
            return True
        self._shown[recipient] = moment
        self._shown.move_to_end(recipient)
        if len(self._shown) > MOST_REMEMBERED:
            self._shown.popitem(last=False)
        return False
