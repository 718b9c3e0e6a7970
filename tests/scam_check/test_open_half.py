"""The open half of the examination: what the check alone must find, and must leave alone.

The floors are a little under what was measured when the rules were mended by these lines, so they guard what was won,
and say little about messages yet unseen; those are the shut half's (`python -m evaluation.scams`).
"""

from pathlib import Path

import pytest

from scam_check.check import check_message
from scam_check.senders import SenderIndex

OPEN = Path(__file__).parents[2] / "evaluation" / "scams"
FLOORS = {"fi": (0.95, 0.015), "sv": (0.95, 0.015), "en": (0.95, 0.015)}


def called(index: SenderIndex, language: str, name: str) -> float:
    lines = [each for each in (OPEN / language / "open" / name).read_text("utf-8").splitlines() if each.strip()]
    checked = [check_message(each, index) for each in lines]
    return sum(each.is_warned or each.parts.told for each in checked) / len(lines)


@pytest.mark.parametrize("language", sorted(FLOORS))
def test_the_open_half_is_judged_as_it_was(language: str, index: SenderIndex) -> None:
    least, most = FLOORS[language]

    assert called(index, language, "scams.txt") >= least
    assert called(index, language, "genuine.txt") <= most
