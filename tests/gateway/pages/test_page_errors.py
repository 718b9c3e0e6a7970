"""Checks of Meta's error numbers on Messenger and Instagram: the subcode first, then the code, then the HTTP status."""

import pytest

from gateway.channels.base import FailureClass
from gateway.channels.pages.errors import classify

TABLE: list[tuple[int, int | None, int | None, FailureClass]] = [
    (500, None, None, "retry"),
    (503, 2, None, "retry"),
    (400, 1, None, "retry"),
    (400, 1, 99, "auth"),
    (403, 2, 2018344, "auth"),
    (400, 4, None, "throttle_number"),
    (400, 17, None, "throttle_number"),
    (400, 32, None, "throttle_number"),
    (400, 613, None, "throttle_number"),
    (400, 80002, None, "throttle_number"),
    (400, 80006, None, "throttle_number"),
    (429, None, None, "throttle_number"),
    (403, 10, 2018278, "window_closed"),
    (403, 10, 2534022, "window_closed"),
    (403, 10, 2534044, "window_closed"),
    (403, 551, 1545041, "undeliverable"),
    (403, 551, None, "undeliverable"),
    (403, 10, 2018108, "undeliverable"),
    (400, 100, 2018001, "undeliverable"),
    (400, 100, 2534014, "undeliverable"),
    (400, 100, 2534001, "undeliverable"),
    (403, 10, 2018300, "led_elsewhere"),
    (403, 10, 1893063, "policy"),
    (403, 368, None, "policy"),
    *[(401, 190, subcode, "auth") for subcode in (None, 458, 460, 463, 467)],
    (401, 102, None, "auth"),
    (403, 10, None, "auth"),
    (403, 10, 4711, "auth"),
    (403, 200, None, "auth"),
    (403, 230, None, "auth"),
    (400, 100, 33, "auth"),
    (400, 100, None, "content"),
    (400, 100, 2018047, "content"),
    (400, 77777, None, "content"),
    (401, 77777, None, "auth"),
]


@pytest.mark.parametrize(("status", "code", "subcode", "failure"), TABLE)
def test_a_number_of_meta_has_one_class(
    status: int, code: int | None, subcode: int | None, failure: FailureClass
) -> None:
    assert classify(status, code, subcode) == failure


def test_what_meta_calls_transient_is_tried_again_unless_its_subcode_says_more() -> None:
    assert classify(400, 100, None, is_transient=True) == "retry"
    assert classify(403, 10, 2018278, is_transient=True) == "window_closed"
