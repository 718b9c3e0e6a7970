"""WhatsApp, on the way out: Meta's error numbers in our closed set of failures.

Built on the number, not on the HTTP status or the title, as Meta's error page advises.
"""

from gateway.channels.base import FailureClass

_CLASSES: dict[FailureClass, frozenset[int]] = {
    "retry": frozenset({1, 2, 131000, 131016, 131052, 131053, 131057, 133004}),
    "throttle_number": frozenset({4, 80007, 130429}),
    "throttle_pair": frozenset({131056}),
    "window_closed": frozenset({131047}),
    "undeliverable": frozenset({131026, 131021, 131030, 130403, 130472, 131037, 131045, 131062}),
    "content": frozenset(
        {100, 131008, 131009, 131051, 132000, 132001, 132005, 132007, 132008, 132012, 132015, 132016, 132068, 132069}
    ),
    "auth": frozenset({0, 3, 10, 190, 131005, *range(200, 300)}),
    "policy": frozenset({368, 131031, 131042, 131048, 131064, 130497}),
}
_BY_CODE: dict[int, FailureClass] = {code: name for name, codes in _CLASSES.items() for code in codes}


def classify(http_status: int, code: int | None) -> FailureClass:
    """The failure for an answer that is not a success; unknown numbers go by the HTTP status."""
    if code is not None and code in _BY_CODE:
        return _BY_CODE[code]
    if http_status == 429:
        return "throttle_number"
    if http_status in (401, 403):
        return "auth"
    return "retry" if http_status >= 500 else "content"
