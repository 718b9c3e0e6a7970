"""The senders of the project's own content, read once: what the check really knows."""

from pathlib import Path

import pytest

from answers.senders import read_senders
from scam_check.check import check_message
from scam_check.senders import SenderIndex

PROJECT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def index() -> SenderIndex:
    senders, source = read_senders(PROJECT / "data" / "senders.yml")
    assert not source.problems
    found = SenderIndex(senders)
    check_message("warm up +358401234567 http://vero.fi", found)
    return found
