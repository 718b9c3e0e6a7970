"""The public privacy notice is what was published; a broken or missing one never leaves the page empty."""

import os
from pathlib import Path

import pytest

from answers.privacy import PRIVACY
from gateway.core.config.settings import PROJECT
from gateway.privacy.routes import published_notice

SHIPPED = PROJECT / "data" / PRIVACY


def test_what_is_published_is_shown_and_a_new_wording_without_a_restart(tmp_path: Path) -> None:
    assert published_notice(tmp_path)["fi"].title == "Tietosuoja tässä chatissa"
    for number, title in enumerate(("Näin käsittelemme viestejä", "Näin säilytämme viestejä")):
        text = SHIPPED.read_text("utf-8").replace("title: Tietosuoja tässä chatissa", f"title: {title}")
        (tmp_path / PRIVACY).write_text(text, "utf-8")
        os.utime(tmp_path / PRIVACY, (number, number))

        assert published_notice(tmp_path)["fi"].title == title


@pytest.mark.parametrize("text", ["", "fi: [", "fi: {}\nsv: {}\nen: {}\n"])
def test_one_that_may_not_be_shown_gives_way_to_the_shipped_one(tmp_path: Path, text: str) -> None:
    (tmp_path / PRIVACY).write_text(text, "utf-8")

    assert published_notice(tmp_path)["sv"].sections
