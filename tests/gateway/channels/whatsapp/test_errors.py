"""Checks of station 5: Meta's error numbers, all of them, in our closed set of failures."""

import pytest

from gateway.channels.base import RETRIED, STOPS
from gateway.channels.whatsapp.errors import WHATSAPP_CODES, classify_status
from gateway.conversations.kinds import FailureClass

# Meta's page "Error codes", as far as it concerns sending, with what each asks for.
METAS_NUMBERS: dict[str, list[int]] = {
    "retry": [1, 2, 131000, 131016, 131052, 131053, 131057, 133004],
    "throttle_number": [4, 613, 80007, 130429],
    "throttle_pair": [131056],
    "window_closed": [131047],
    "undeliverable": [131026, 131021, 131030, 130403, 130472, 131037, 131045, 131062],
    "content": [100, 131008, 131009, 131051, *(132000 + place for place in (0, 1, 5, 7, 8, 12, 15, 16, 68, 69))],
    "auth": [0, 3, 10, 190, 131005, 2500, *range(200, 300)],
    "policy": [368, 131031, 130497, 131042, 131048, 131064],
}


@pytest.mark.parametrize("failure", METAS_NUMBERS)
def test_each_of_metas_numbers_has_its_class_whatever_the_http_status(failure: str) -> None:
    for code in METAS_NUMBERS[failure]:
        assert {WHATSAPP_CODES.classify(status, code) for status in (400, 401, 403, 404, 429, 500, 503)} == {failure}, (
            code
        )
        assert classify_status(code) == failure, code


def test_the_set_is_closed_and_every_class_has_numbers() -> None:
    assert {*METAS_NUMBERS, "unknown_outcome", "external_control"} == set(FailureClass)


@pytest.mark.parametrize(
    ("status", "code", "subcode", "failure"),
    [
        (500, None, None, "retry"),
        (503, 999999, None, "retry"),
        (429, None, None, "throttle_number"),
        (400, None, None, "content"),
        (400, 999999, None, "content"),
        (401, None, None, "auth"),
        (403, None, None, "auth"),
        (404, None, None, "auth"),
        (400, 100, 33, "auth"),
        (400, 100, 2494010, "content"),
    ],
)
def test_a_number_that_nobody_knows_goes_by_the_http_status(
    status: int, code: int | None, subcode: int | None, failure: str
) -> None:
    assert WHATSAPP_CODES.classify(status, code, subcode) == failure


def test_a_failed_status_that_explains_nothing_means_that_nothing_arrived() -> None:
    assert [classify_status(code) for code in (None, 999999)] == ["undeliverable"] * 2


def test_what_can_never_arrive_is_not_tried_again_and_what_stops_a_number_is_kept() -> None:
    assert not RETRIED & {"window_closed", "undeliverable", "content"}
    assert sorted(STOPS) == ["auth", "policy"]
    assert STOPS <= RETRIED
