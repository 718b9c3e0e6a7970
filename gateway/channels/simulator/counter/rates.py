"""Meta's turnstiles: how many messages a number, and a number to one citizen, may send."""

from gateway.channels.simulator.counter import limits
from gateway.channels.simulator.memory.clock import Clock


class Bucket:
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


class Rates:
    """The two turnstiles of Meta's pages "Throughput" and "About the platform"."""

    def __init__(self, clock: Clock, per_second: int, pair_limit: bool) -> None:
        self._clock, self._per_second, self._pair_limit = clock, per_second, pair_limit
        self._numbers: dict[str, Bucket] = {}
        self._pairs: dict[tuple[str, str], Bucket] = {}

    def incoming(self, business_number: str) -> None:
        """A citizen's message counts for the number too, though nobody can refuse it."""
        self._number(business_number).take()

    def outgoing(self, business_number: str, recipient: str) -> int | None:
        """Count a message of ours; the error number when a turnstile is shut (nothing is counted), else `None`."""
        number, pair = self._number(business_number), self._pair(business_number, recipient)
        if self._pair_limit and not pair.ready():
            return 131056
        if not number.ready():
            return 130429
        pair.take()
        number.take()
        return None

    def _number(self, business_number: str) -> Bucket:
        if business_number not in self._numbers:
            self._numbers[business_number] = Bucket(self._clock, self._per_second, 1 / self._per_second)
        return self._numbers[business_number]

    def _pair(self, business_number: str, recipient: str) -> Bucket:
        key = (business_number, recipient)
        if key not in self._pairs:
            self._pairs[key] = Bucket(self._clock, limits.PAIR_BURST, limits.PAIR_SECONDS)
        return self._pairs[key]
