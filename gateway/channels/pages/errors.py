"""Messenger and Instagram, on the way out: Meta's error numbers in our closed set of failures.

The subcode is looked at first: code 10 alone may mean a closed window, a missing permission or a restricted Page.
Source: Meta's page "Error codes" of the Messenger Platform (2026-03-18) and its changelog (2026-06-25).
"""

from gateway.channels.base import FailureClass

_BY_SUBCODE: dict[tuple[int, int], FailureClass] = {
    (10, 2018278): "window_closed",  # Messenger
    (10, 2534022): "window_closed",  # Instagram
    (10, 2534044): "window_closed",  # HUMAN_AGENT without the feature "Human Agent": for us the window is over
    (551, 1545041): "undeliverable",
    (10, 2018108): "undeliverable",
    (100, 2018001): "undeliverable",
    (100, 2534014): "undeliverable",
    (100, 2534001): "undeliverable",  # Instagram: the owner deleted the thread
    (10, 2018300): "led_elsewhere",
    (10, 1893063): "policy",  # the Page is restricted for a time
    (1, 99): "auth",
    (2, 2018344): "auth",  # an administrator of the Page must accept Meta's terms
    (100, 33): "auth",  # our Page "does not exist, or cannot be loaded due to missing permissions"
}
_BY_CODE: dict[int, FailureClass] = {
    **dict.fromkeys((1, 2), "retry"),
    **dict.fromkeys((4, 17, 32, 613, 80002, 80006), "throttle_number"),
    551: "undeliverable",
    368: "policy",
    **dict.fromkeys((0, 3, 10, 102, 190, 2500, *range(200, 300)), "auth"),
    100: "content",
}


def classify(
    http_status: int, code: int | None, subcode: int | None = None, *, is_transient: bool = False
) -> FailureClass:
    """The failure for an answer that is not a success; unknown numbers go by the HTTP status."""
    if code is not None and subcode is not None and (code, subcode) in _BY_SUBCODE:
        return _BY_SUBCODE[code, subcode]
    if is_transient:
        return "retry"
    if code is not None and code in _BY_CODE:
        return _BY_CODE[code]
    if http_status == 429:
        return "throttle_number"
    if http_status in (401, 403, 404):
        return "auth"  # a wrong token or address, never the fault of one reply
    return "retry" if http_status >= 500 else "content"
