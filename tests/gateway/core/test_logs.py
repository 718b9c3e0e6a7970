"""Checks of log lines: they name no person."""

import pytest

from gateway.core.logs import redact


@pytest.mark.parametrize(
    "secret",
    ["wamid.HBgLMTY1MDM4Nzk0MzkVAgA=", "+358 40 123 4567", "358401234567", "FI.13491208655302741918", "09 2525 0111"],
)
def test_a_log_line_never_shows_a_number_or_an_id_of_a_person(secret: str) -> None:
    assert redact(f"went to {secret} today") == "went to [hidden] today"


def test_a_log_line_keeps_our_own_ids_and_small_numbers() -> None:
    line = "outbox 7f1c9a34-1b1f-4b8e-8a57-0d3f6f0b7c22 code 131047 after 250"

    assert redact(line) == line
