"""Lines for danger alone are read with their kind, and a file that says nothing is refused in words."""

from pathlib import Path

from answers.danger_lines import (
    DangerLine,
    LineInTalk,
    danger_line_problems,
    read_danger_lines,
    read_lines_in_talk,
)


def _file(folder: Path, name: str, text: str) -> Path:
    path = folder / "nlu" / "danger" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def test_each_line_has_the_danger_of_its_file(tmp_path: Path) -> None:
    _file(tmp_path, "fi/emergencies.txt", "joku on ovella kirveen kanssa\n\n")
    _file(tmp_path, "sv/crises.txt", "ja orkar int mer\n")
    _file(tmp_path, "en/lookalikes.txt", "my phone died\n")
    _file(tmp_path, "en/ordinary.txt", "ok thx\n")

    assert set(read_danger_lines(tmp_path)) == {
        DangerLine("joku on ovella kirveen kanssa", "fi", "emergency"),
        DangerLine("ja orkar int mer", "sv", "crisis"),
        DangerLine("my phone died", "en", None),
        DangerLine("ok thx", "en", None),
    }
    assert danger_line_problems(tmp_path) == []


def test_a_line_of_a_talk_has_its_topic_and_what_was_before(tmp_path: Path) -> None:
    file = _file(
        tmp_path,
        "en/in_talk.txt",
        "sextortion | he wants money => he sent it || none\nneed_to_talk | hi => only me and the window || crisis\n",
    )

    assert read_danger_lines(tmp_path) == []
    assert list(read_lines_in_talk(tmp_path)) == [
        LineInTalk("he sent it", "en", None, "sextortion", "he wants money"),
        LineInTalk("only me and the window", "en", "crisis", "need_to_talk", "hi"),
    ]
    assert danger_line_problems(tmp_path) == []

    file.write_text("sextortion => he sent it || none\nsextortion | hi => he sent it || perhaps\n", "utf-8")
    assert [each.line for each in danger_line_problems(tmp_path)] == [1, 2]


def test_an_unknown_file_and_a_line_too_long_are_refused_with_what_to_do(tmp_path: Path) -> None:
    unknown = _file(tmp_path, "de/emergencies.txt", "hilfe\n")
    other = _file(tmp_path, "fi/misc.txt", "jotain\n")
    long = _file(tmp_path, "fi/ordinary.txt", "ok\n" + "a" * 5000 + "\n")
    problems = danger_line_problems(tmp_path)

    assert [(each.file, each.line) for each in problems] == [
        (unknown.as_posix(), 1),
        (other.as_posix(), 1),
        (long.as_posix(), 2),
    ]
    assert all(each.remedy for each in problems)


def test_the_shipped_lines_are_right_and_of_every_kind_and_language() -> None:
    found = read_danger_lines(Path("data"))

    assert danger_line_problems(Path("data")) == []
    assert len(found) > 5000
    for language in ("fi", "sv", "en"):
        dangers = [each.danger for each in found if each.language == language]
        assert dangers.count("emergency") >= 200
        assert dangers.count("crisis") >= 200
        assert dangers.count(None) >= 1300
