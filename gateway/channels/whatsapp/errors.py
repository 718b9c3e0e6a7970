"""WhatsApp, on the way out: Meta's error numbers in our closed set of failures.

Built on the number, not on the HTTP status or the title, as Meta's page "Error codes" advises. Some numbers come as
the answer to a request, others only in a `failed` status (131047, 131026); both are read here.
"""

from gateway.channels.base import FailureClass

_CLASSES: dict[FailureClass, frozenset[int]] = {
    "retry": frozenset({1, 2, 131000, 131016, 131052, 131053, 131057, 133004}),
    "throttle_number": frozenset({4, 613, 80007, 130429}),
    "throttle_pair": frozenset({131056}),
    "window_closed": frozenset({131047}),
    "undeliverable": frozenset({131026, 131021, 131030, 130403, 130472, 131037, 131045, 131062}),
    "content": frozenset(
        {100, 131008, 131009, 131051, 132000, 132001, 132005, 132007, 132008, 132012, 132015, 132016, 132068, 132069}
    ),
    # 2500: the path is unknown, so the version of the Graph API has ended; no reply is at fault.
    "auth": frozenset({0, 3, 10, 190, 2500, 131005, *range(200, 300)}),
    # Locked, unpaid, or taken for spam (131048, 131064): to go on sending makes it worse.
    "policy": frozenset({368, 131031, 131042, 131048, 131064, 130497}),
}
_BY_CODE: dict[int, FailureClass] = {code: name for name, codes in _CLASSES.items() for code in codes}
# Subcode of 100: our number "does not exist, or cannot be loaded due to missing permissions".
_NUMBER_NOT_OURS = 33


def classify(http_status: int, code: int | None, subcode: int | None = None) -> FailureClass:
    """The failure for an answer that is not a success; unknown numbers go by the HTTP status."""
    if code == 100 and subcode == _NUMBER_NOT_OURS:
        return "auth"
    if code is not None and code in _BY_CODE:
        return _BY_CODE[code]
    if http_status == 429:
        return "throttle_number"
    if http_status in (401, 403, 404):
        return "auth"  # a wrong token or address, never the fault of one reply
    return "retry" if http_status >= 500 else "content"


def classify_status(code: int | None) -> FailureClass:
    """The failure that a `failed` status tells of; what Meta does not explain did not reach the citizen."""
    return _BY_CODE.get(code, "undeliverable") if code is not None else "undeliverable"
