"""Channels, way out: Meta's error codes in our closed set of failures; the codes of Messenger and Instagram."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.conversations.kinds import FailureClass


@dataclass(frozen=True)
class ErrorCodes:
    """What the error codes of one platform mean.

    `by_subcode` is looked up first, by code and subcode. `has_details`: the answers say `is_transient`, and their
    subcode is the number to show to an operator; else the code is.
    """

    by_code: Mapping[int, FailureClass]
    by_subcode: Mapping[tuple[int, int], FailureClass]
    has_details: bool

    def classify(
        self, http_status: int, code: int | None, subcode: int | None = None, *, is_transient: bool = False
    ) -> FailureClass:
        """The failure for an answer that is not a success; unknown codes go by the HTTP status."""
        if code is not None and subcode is not None and (code, subcode) in self.by_subcode:
            return self.by_subcode[code, subcode]
        if is_transient and self.has_details:
            return FailureClass.RETRY
        if code is not None and code in self.by_code:
            return self.by_code[code]
        if http_status == 429:
            return FailureClass.THROTTLE_NUMBER
        if http_status in (401, 403, 404):
            return FailureClass.AUTH  # a wrong token or address, never the fault of one reply
        return FailureClass.RETRY if http_status >= 500 else FailureClass.CONTENT

    def shown(self, code: int | None, subcode: int | None) -> int | None:
        """The number that tells an operator most."""
        return (subcode or code) if self.has_details else code


# Source: Meta's page "Error codes" of the Messenger Platform (2026-03-18) and its changelog (2026-06-25). Code 10 alone
# may mean a closed window, a missing permission or a restricted Page.
MESSENGER_CODES = ErrorCodes(
    by_subcode={
        (10, 2018278): FailureClass.WINDOW_CLOSED,  # Messenger
        (10, 2534022): FailureClass.WINDOW_CLOSED,  # Instagram
        (10, 2534044): FailureClass.WINDOW_CLOSED,  # HUMAN_AGENT without the feature "Human Agent": the window is over
        (551, 1545041): FailureClass.UNDELIVERABLE,
        (10, 2018108): FailureClass.UNDELIVERABLE,
        (100, 2018001): FailureClass.UNDELIVERABLE,
        (100, 2534014): FailureClass.UNDELIVERABLE,
        (100, 2534001): FailureClass.UNDELIVERABLE,  # Instagram: the owner deleted the thread
        (10, 2018300): FailureClass.EXTERNAL_CONTROL,
        (10, 1893063): FailureClass.POLICY,  # the Page is restricted for a time
        (1, 99): FailureClass.AUTH,
        (2, 2018344): FailureClass.AUTH,  # an administrator of the Page must accept Meta's terms
        (100, 33): FailureClass.AUTH,  # our Page "does not exist, or cannot be loaded due to missing permissions"
    },
    by_code={
        **dict.fromkeys((1, 2), FailureClass.RETRY),
        **dict.fromkeys((4, 17, 32, 613, 80002, 80006), FailureClass.THROTTLE_NUMBER),
        551: FailureClass.UNDELIVERABLE,
        368: FailureClass.POLICY,
        **dict.fromkeys((0, 3, 10, 102, 190, 2500, *range(200, 300)), FailureClass.AUTH),
        100: FailureClass.CONTENT,
    },
    has_details=True,
)
