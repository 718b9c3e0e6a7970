"""Checks of the privacy notice: what ships may be shown, and what a person may get wrong is told with its line."""

from pathlib import Path

import pytest

from answers.limits import LANGUAGES
from answers.privacy import PRIVACY, VALUES, privacy_problems, read_privacy

SHIPPED = Path(__file__).parents[2] / "data" / PRIVACY


def test_the_shipped_notice_may_be_published_and_says_the_same_in_each_language() -> None:
    notices, problems = read_privacy(SHIPPED)

    assert problems == []
    assert set(notices) == set(LANGUAGES)
    assert len({len(each.sections) for each in notices.values()}) == 1
    for notice in notices.values():
        text = " ".join(section.text for section in notice.sections)
        assert all(f"{{{value}}}" in text for value in VALUES)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("  title: Tietosuoja tässä chatissa\n", "", "Missing: title."),
        ("  title: Tietosuoja tässä chatissa\n", "  title: ''\n", "The value is empty."),
        ("{days} päivän", "30 päivän", "The notice does not say: days."),
        ("{copies} päivän", "{copy} päivän", "'{copy}' cannot stand here."),
        ("title: Tietosuoja", "title: Tietosuoja {days}", "'{days}' cannot stand here."),
        ("soita 112", "soita apua", "The number 112 is missing."),
        (
            "    - heading: Kuka vastaa\n",
            "    - heading: Uusi\n      text: x\n    - heading: Kuka vastaa\n",
            "same number",
        ),
        ("    - heading: Kuka vastaa\n", "    - otsikko: Kuka vastaa\n", "Unknown key 'otsikko'."),
        ("fi:\n", "no:\n", "Unknown key 'no'."),
        ("fi:\n", "fi: [\n", "This is not YAML"),
    ],
)
def test_what_may_not_be_shown_is_told(before: str, after: str, told: str, tmp_path: Path) -> None:
    text = SHIPPED.read_text("utf-8")
    assert before in text
    (tmp_path / PRIVACY).write_text(text.replace(before, after, 1), "utf-8")

    problems = privacy_problems(tmp_path)

    assert any(told in problem.what for problem in problems), problems
    assert all(problem.line >= 1 and problem.remedy for problem in problems)


def test_a_folder_without_a_notice_has_no_problem(tmp_path: Path) -> None:
    assert privacy_problems(tmp_path) == []
