"""Checks of the templates: what Meta would refuse is refused here, with the line and what to do."""

from pathlib import Path

import pytest

from answers.__main__ import main
from answers.templates import BODY, VALUE, read_templates, value_fault

PROJECT = Path(__file__).parents[2]
GOOD = """\
name: waits
purpose: A reply waits.
category: utility
status: {fi: pending, sv: approved, en: not_submitted}
parameters:
  day: "24.11."
  place: "Pasila"
reviewed_on: 2026-11-24
approved_by: ""
body:
  fi: Kirjoitit meille {{day}} paikasta {{place}} ja vastaus odottaa sinua täällä.
  sv: Du skrev till oss {{day}} från {{place}} och ett svar väntar på dig här.
  en: You wrote to us on {{day}} from {{place}} and a reply is waiting for you here.
"""


def written(folder: Path, text: str, name: str = "waits") -> Path:
    (folder / "templates").mkdir(exist_ok=True)
    (folder / "templates" / f"{name}.yml").write_text(text, "utf-8")
    return folder


def test_a_good_template_has_words_samples_and_a_status_in_each_language(tmp_path: Path) -> None:
    templates, problems = read_templates(written(tmp_path, GOOD))
    template = templates["waits"]

    assert problems == []
    assert template.gaps("en") == ("day", "place")
    assert template.filled("sv", {"day": "1.12.", "place": "Böle"}).startswith("Du skrev till oss 1.12. från Böle")
    assert (template.status["fi"], template.samples["place"]) == ("pending", "Pasila")


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("name: waits", "name: other", "Make them the same"),
        ("name: waits", "name: Waits!", "cannot be a template's name"),
        ("category: utility", "category: marketing", "Write utility"),
        ("fi: pending", "fi: maybe", "status 'maybe'"),
        ("fi: pending, ", "", "Missing: fi"),
        ('  place: "Pasila"\n', "", "its gaps are not those"),
        ('  place: "Pasila"\n', '  place: "Pasila"\n  more: "x"\n', "its gaps are not those"),
        ('"Pasila"', '""', "it is empty"),
        ('"Pasila"', '"' + "x" * (VALUE + 1) + '"', "characters"),
        ('"Pasila"', '"a\\nb"', "line break"),
        ("täällä.", "täällä {{day}}", "at either end"),
        ("{{day}} paikasta {{place}}", "{{day}} {{place}} paikasta", "side by side"),
        ("täällä.", "täällä { tai.", "brace stands alone"),
        ("täällä.", "täällä {emergency_112.phone}.", "brace stands alone"),
        ("täällä.", "täällä tai soita 0295 470 000.", "number typed by hand"),
        ("täällä.", "täällä. " + "a " * BODY, "Meta takes"),
        (" ja vastaus odottaa sinua täällä.", ".", "more gaps than words"),
        ("reviewed_on: 2026-11-24", "reviewed_on: soon", "not a date"),
    ],
)
def test_what_meta_would_refuse_is_refused_with_the_line(tmp_path: Path, before: str, after: str, words: str) -> None:
    assert before in GOOD
    templates, problems = read_templates(written(tmp_path, GOOD.replace(before, after, 1)))

    assert templates == {}
    assert any(words in str(problem) and "waits.yml:" in str(problem) for problem in problems), problems


def test_only_112_may_stand_as_a_number(tmp_path: Path) -> None:
    templates, problems = read_templates(written(tmp_path, GOOD.replace("täällä.", "täällä, hädässä 112 heti.")))

    assert (list(templates), problems) == (["waits"], [])


def test_a_broken_file_takes_no_other_with_it(tmp_path: Path) -> None:
    written(tmp_path, "name: [", "broken")
    templates, problems = read_templates(written(tmp_path, GOOD))

    assert list(templates) == ["waits"]
    assert len(problems) == 1


@pytest.mark.parametrize(("value", "good"), [("24.11.2026", True), ("a    b", True), (" ", False), ("a\tb", False)])
def test_a_value_is_a_short_line(value: str, good: bool) -> None:
    assert (value_fault(value) is None) == good


def test_the_published_templates_have_no_fault_and_say_112_or_nothing_of_the_police() -> None:
    templates, problems = read_templates(PROJECT / "data")

    assert problems == []
    assert sorted(templates) == ["police_answered", "reply_waits", "request_waits"]
    for language in ("fi", "sv", "en"):
        assert "112" in templates["police_answered"].body[language].text
        assert "112" in templates["request_waits"].body[language].text
        for name in ("reply_waits", "request_waits"):
            assert not {"poliisi", "polis", "police"} & set(templates[name].body[language].text.lower().split())


def test_the_check_fails_for_a_template_and_says_how_many_are_not_approved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("contacts.yml", "lines.yml", "answers"):
        (tmp_path / name).symlink_to(PROJECT / "data" / name)
    written(tmp_path, GOOD)
    assert main(["check", str(tmp_path)]) == 0
    assert "not approved by Meta: waits (fi, en)" in capsys.readouterr().out

    written(tmp_path, GOOD.replace("utility", "marketing"))
    assert main(["check", str(tmp_path)]) == 1
    assert "waits.yml:3: The category" in capsys.readouterr().out
