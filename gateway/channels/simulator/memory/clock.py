"""The simulator's clock: the machine's time, which a test may push forward."""

import time


class Clock:
    """Seconds since 1970; `advance` moves every later answer, so that days can pass within a test."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def now(self) -> float:
        """The present moment as the stand-in sees it, in seconds since 1970."""
        return time.time() + self._ahead

    def advance(self, seconds: float) -> None:
        """Let time pass at once. Raises `ValueError` for a negative number: time does not run back."""
        if seconds < 0:
            raise ValueError("Time can only be moved forward; give a number of seconds that is not negative.")
        self._ahead += seconds
