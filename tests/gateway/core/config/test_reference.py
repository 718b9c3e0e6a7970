"""Checks of the page of settings: it says what the class says."""

import re

from gateway.core.config import reference
from gateway.core.config.settings import Settings


def test_the_page_of_settings_is_what_the_class_says() -> None:
    written = reference.PAGE.read_text("utf-8")

    assert written == reference.page(), "Run `python -m gateway.core.config.reference`."
    rows = re.findall(r"^\| `NEUVO_(\w+)` \|", written, re.MULTILINE)
    assert sorted(rows) == sorted(name.upper() for name in Settings.model_fields)


def test_type_bounds_default_and_reason_of_a_setting_stand_in_its_row() -> None:
    rows = {row.split("`")[1]: row for row in reference.page().splitlines() if row.startswith("| `")}

    assert rows["NEUVO_INTERNAL_PORT"].startswith(
        "| `NEUVO_INTERNAL_PORT` | whole number, at least 0, at most 65535 | `8001`"
    )
    assert "| development, production | `development` | development (simulator on" in rows["NEUVO_ENVIRONMENT"]
    assert "| number, more than 0, at most 24 | `12` |" in rows["NEUVO_STAFF_SESSION_HOURS"]
    assert "`python -c" in rows["NEUVO_DATA_KEY"]


def test_the_page_shows_no_secret_and_no_sample_of_one() -> None:
    text = reference.page()

    assert "development-only-" not in text
    assert "sample:" not in text
    assert "| secret | a sample | " in text


def test_a_reason_of_several_lines_is_read_whole_and_a_setting_that_is_commented_out_too() -> None:
    example = "\n# Where it lies;\n# on a disk.\n# NEUVO_SPOOL_DIR=var\n# How many.\nNEUVO_MANY=1\n"

    assert reference.reasons_of(example) == {
        "NEUVO_SPOOL_DIR": "Where it lies; on a disk.",
        "NEUVO_MANY": "How many.",
    }
