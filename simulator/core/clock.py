"""The simulator's clock: the machine's time, which a test may push forward."""

import time


class Clock:
    """Seconds since 1970; `advance` moves all later readings, so that days can pass within a test."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def now(self) -> float:
        """The simulated time, in seconds since 1970."""
        return time.time() + self._ahead

    def advance(self, seconds: float) -> None:
        """Move the clock forward. Raises `ValueError` for a negative number: time does not run back."""
        if seconds < 0:
            raise ValueError("Time can only be moved forward; give a number of seconds that is not negative.")
        self._ahead += seconds
