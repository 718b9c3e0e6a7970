"""Checks of WhatsApp's small habits: how often "typing…" is shown, and that the end of a version is told in time."""

import datetime as dt

import pytest
import structlog

from gateway.channels.meta.graph import warn_of_end
from gateway.channels.whatsapp.channel import MOST_REMEMBERED, TYPING_PAUSE, TypingLimit
from gateway.conversations.messages import Recipient


def test_typing_is_shown_once_in_twenty_seconds_to_each_citizen() -> None:
    moment = [0.0]
    pace = TypingLimit(lambda: moment[0])
    first, second = (Recipient(business_number="1", phone=phone) for phone in ("3581", "3582"))
    shown = [not pace.is_too_soon(first), not pace.is_too_soon(first), not pace.is_too_soon(second)]
    moment[0] = TYPING_PAUSE - 0.1
    shown.append(not pace.is_too_soon(first))
    moment[0] = TYPING_PAUSE
    shown.append(not pace.is_too_soon(first))

    assert shown == [True, False, True, False, True]


def test_who_has_been_shown_it_is_forgotten_after_so_many() -> None:
    pace = TypingLimit(lambda: 0.0)
    for number in range(MOST_REMEMBERED + 1):
        pace.is_too_soon(Recipient(business_number="1", user_id=f"FI.{number}"))

    assert not pace.is_too_soon(Recipient(business_number="1", user_id="FI.0"))
    assert pace.is_too_soon(Recipient(business_number="1", user_id=f"FI.{MOST_REMEMBERED}"))


@pytest.mark.parametrize(
    ("version", "today", "told"),
    [
        ("v25.0", dt.date(2026, 11, 24), False),
        ("v25.0", dt.date(2028, 4, 10), True),
        ("v21.0", dt.date(2026, 11, 24), True),
        ("v21.0", dt.date(2027, 6, 1), True),
        ("v99.0", dt.date(2040, 1, 1), False),
    ],
)
def test_the_operator_is_told_months_before_a_version_ends(version: str, today: dt.date, told: bool) -> None:
    with structlog.testing.capture_logs() as logs:
        assert warn_of_end(version, today) is told

    assert [line["event"] for line in logs] == ["graph_version_ends"] * told
