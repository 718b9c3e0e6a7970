"""Meta's rate limits: how many messages a number, and a number to one citizen, may send."""

from simulator.core import whatsapp_limits as limits
from simulator.core.clock import Clock


class TokenBucket:
    """Tokens that refill evenly: `capacity` at most, one each `seconds`."""

    def __init__(self, clock: Clock, capacity: float, seconds: float) -> None:
        self._clock, self._capacity, self._seconds = clock, capacity, seconds
        self._tokens, self._at = capacity, clock.now()

    def ready(self) -> bool:
        """Whether there is a token."""
        now = self._clock.now()
        self._tokens = min(self._capacity, self._tokens + (now - self._at) / self._seconds)
        self._at = now
        return self._tokens >= 1

    def take(self) -> None:
        """Take a token; a bucket without one goes into debt."""
        self.ready()
        self._tokens -= 1


class RateLimits:
    """The limits of Meta's pages "Throughput" and "About the platform"."""

    def __init__(self, clock: Clock, per_second: int, pair_limit: bool) -> None:
        self._clock, self._per_second, self._pair_limit = clock, per_second, pair_limit
        self._numbers: dict[str, TokenBucket] = {}
        self._pairs: dict[tuple[str, str], TokenBucket] = {}

    def incoming(self, business_number: str) -> None:
        """A citizen's message counts for the number too, though nobody can refuse it."""
        self._number(business_number).take()

    def outgoing(self, business_number: str, recipient: str) -> int | None:
        """Count a message of ours; Meta's error code when a limit is reached (nothing is counted), else `None`."""
        number, pair = self._number(business_number), self._pair(business_number, recipient)
        if self._pair_limit and not pair.ready():
            return 131056
        if not number.ready():
            return 130429
        pair.take()
        number.take()
        return None

    def _number(self, business_number: str) -> TokenBucket:
        if business_number not in self._numbers:
            self._numbers[business_number] = TokenBucket(self._clock, self._per_second, 1 / self._per_second)
        return self._numbers[business_number]

    def _pair(self, business_number: str, recipient: str) -> TokenBucket:
        key = (business_number, recipient)
        if key not in self._pairs:
            self._pairs[key] = TokenBucket(self._clock, limits.PAIR_BURST, limits.PAIR_SECONDS)
        return self._pairs[key]
