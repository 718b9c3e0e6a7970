"""WhatsApp, way out: its error codes in our closed set of failures.

Built on the code, not on the HTTP status or the title, as Meta's page "Error codes" advises. Some codes come as the
answer to a request, others only in a `failed` status (131047, 131026); both are here.
"""

from gateway.channels.meta.errors import ErrorCodes
from gateway.conversations.kinds import FailureClass

_CODES: dict[FailureClass, frozenset[int]] = {
    FailureClass.RETRY: frozenset({1, 2, 131000, 131016, 131052, 131053, 131057, 133004}),
    FailureClass.THROTTLE_NUMBER: frozenset({4, 613, 80007, 130429}),
    FailureClass.THROTTLE_PAIR: frozenset({131056}),
    FailureClass.WINDOW_CLOSED: frozenset({131047}),
    FailureClass.UNDELIVERABLE: frozenset({131026, 131021, 131030, 130403, 130472, 131037, 131045, 131062}),
    FailureClass.CONTENT: frozenset(
        {100, 131008, 131009, 131051, 132000, 132001, 132005, 132007, 132008, 132012, 132015, 132016, 132068, 132069}
    ),
    # 2500: the path is unknown, so the version of the Graph API has ended; no reply is at fault.
    FailureClass.AUTH: frozenset({0, 3, 10, 190, 2500, 131005, *range(200, 300)}),
    # Locked, unpaid, or taken for spam (131048, 131064): to go on sending makes it worse.
    FailureClass.POLICY: frozenset({368, 131031, 131042, 131048, 131064, 130497}),
}
WHATSAPP_CODES = ErrorCodes(
    by_code={code: failure for failure, codes in _CODES.items() for code in codes},
    # Our number "does not exist, or cannot be loaded due to missing permissions".
    by_subcode={(100, 33): FailureClass.AUTH},
    has_details=False,
)


def classify_status(code: int | None) -> FailureClass:
    """The failure of a `failed` status; what Meta does not explain did not reach the citizen."""
    if code is None:
        return FailureClass.UNDELIVERABLE
    return WHATSAPP_CODES.by_code.get(code, FailureClass.UNDELIVERABLE)
