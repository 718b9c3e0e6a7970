"""Checks of Meta's error numbers on Messenger and Instagram: the subcode first, then the code, then the HTTP status."""

import pytest

from gateway.channels.meta.errors import MESSENGER_CODES
from gateway.conversations.kinds import FailureClass

TABLE: list[tuple[int, int | None, int | None, FailureClass]] = [
    (500, None, None, FailureClass.RETRY),
    (503, 2, None, FailureClass.RETRY),
    (400, 1, None, FailureClass.RETRY),
    (400, 1, 99, FailureClass.AUTH),
    (403, 2, 2018344, FailureClass.AUTH),
    (400, 4, None, FailureClass.THROTTLE_NUMBER),
    (400, 17, None, FailureClass.THROTTLE_NUMBER),
    (400, 32, None, FailureClass.THROTTLE_NUMBER),
    (400, 613, None, FailureClass.THROTTLE_NUMBER),
    (400, 80002, None, FailureClass.THROTTLE_NUMBER),
    (400, 80006, None, FailureClass.THROTTLE_NUMBER),
    (429, None, None, FailureClass.THROTTLE_NUMBER),
    (403, 10, 2018278, FailureClass.WINDOW_CLOSED),
    (403, 10, 2534022, FailureClass.WINDOW_CLOSED),
    (403, 10, 2534044, FailureClass.WINDOW_CLOSED),
    (403, 551, 1545041, FailureClass.UNDELIVERABLE),
    (403, 551, None, FailureClass.UNDELIVERABLE),
    (403, 10, 2018108, FailureClass.UNDELIVERABLE),
    (400, 100, 2018001, FailureClass.UNDELIVERABLE),
    (400, 100, 2534014, FailureClass.UNDELIVERABLE),
    (400, 100, 2534001, FailureClass.UNDELIVERABLE),
    (403, 10, 2018300, FailureClass.EXTERNAL_CONTROL),
    (403, 10, 1893063, FailureClass.POLICY),
    (403, 368, None, FailureClass.POLICY),
    *[(401, 190, subcode, FailureClass.AUTH) for subcode in (None, 458, 460, 463, 467)],
    (401, 102, None, FailureClass.AUTH),
    (403, 10, None, FailureClass.AUTH),
    (403, 10, 4711, FailureClass.AUTH),
    (403, 200, None, FailureClass.AUTH),
    (403, 230, None, FailureClass.AUTH),
    (400, 100, 33, FailureClass.AUTH),
    (400, 100, None, FailureClass.CONTENT),
    (400, 100, 2018047, FailureClass.CONTENT),
    (400, 77777, None, FailureClass.CONTENT),
    (401, 77777, None, FailureClass.AUTH),
]


@pytest.mark.parametrize(("status", "code", "subcode", "failure"), TABLE)
def test_a_number_of_meta_has_one_class(
    status: int, code: int | None, subcode: int | None, failure: FailureClass
) -> None:
    assert MESSENGER_CODES.classify(status, code, subcode) == failure


def test_what_meta_calls_transient_is_tried_again_unless_its_subcode_says_more() -> None:
    assert MESSENGER_CODES.classify(400, 100, None, is_transient=True) == "retry"
    assert MESSENGER_CODES.classify(403, 10, 2018278, is_transient=True) == "window_closed"
