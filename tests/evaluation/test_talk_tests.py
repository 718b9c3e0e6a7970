"""The talks of editors: read from the draft's folder, compared turn by turn, and asked of both models."""

import json
import sys
from pathlib import Path

import pytest

from evaluation import candidate
from evaluation.talk_tests import TurnVerdict, compare_talks, merged, talks_in
from evaluation.verdicts import HARMFUL, RIGHT, WRONG

TALK = """# own_1 | an editor's talk | sextortion
t: joku uhkaa jakaa mun kuvat || topic:sextortion
t: kiitos || act:thanks
"""


def content_with(folder: Path, text: str, language: str = "fi") -> Path:
    (folder / "answers" / "online_safety").mkdir(parents=True)
    (folder / "answers" / "online_safety" / "sextortion.yml").write_text("topic: sextortion\n", "utf-8")
    path = folder / "tests" / language / "talks" / "own_1.txt"
    path.parent.mkdir(parents=True)
    path.write_text(text, "utf-8")
    return folder


def turns(*verdicts: str, language: str = "fi", danger: str | None = None) -> list[TurnVerdict]:
    return [TurnVerdict(language, "own_1", place, f"text {place}", danger, each) for place, each in enumerate(verdicts)]


def test_the_talks_of_a_draft_are_read_in_each_language_and_one_of_an_unknown_topic_is_left_out(tmp_path: Path) -> None:
    content = content_with(tmp_path, TALK)
    other = content / "tests" / "sv" / "talks" / "b.txt"
    other.parent.mkdir(parents=True)
    other.write_text("# b | x | gone\nt: hej || topic:gone\n", "utf-8")
    (talk,) = talks_in(content)
    assert (talk.language, talk.name, [each.text for each in talk.turns]) == (
        "fi",
        "own_1",
        ["joku uhkaa jakaa mun kuvat", "kiitos"],
    )


def test_turns_that_became_right_or_wrong_are_named_and_counted() -> None:
    found = compare_talks(turns(RIGHT, WRONG, RIGHT), turns(RIGHT, RIGHT, WRONG))
    assert [(each["text"], each["kind"], each["turn"], each["now"]) for each in found["worse"]] == [
        ("text 2", "talks", 3, WRONG)
    ]
    assert [each["text"] for each in found["better"]] == ["text 1"]
    assert found["talks"] == [{"language": "fi", "talks": 1, "turns": 3, "before": 2, "now": 2}]
    assert found["figures"][0]["now"] == 0.6667
    assert found["refused"] == []


def test_many_turns_that_became_wrong_refuse_the_model() -> None:
    (refused,) = compare_talks(turns(*[RIGHT] * 9), turns(*[WRONG] * 9))["refused"]
    assert (refused["before"], refused["now"], refused["language"]) == (1.0, 0.0, "fi")


@pytest.mark.parametrize(("danger", "kind"), [("emergency", "emergencies"), ("crisis", "crises")])
def test_a_danger_that_is_missed_in_a_talk_stands_among_the_messages_of_danger(danger: str, kind: str) -> None:
    (worse,) = compare_talks(turns(RIGHT, danger=danger), turns(HARMFUL, danger=danger))["worse"]
    assert worse["kind"] == kind


def test_both_comparisons_become_one() -> None:
    messages = {"common": 1, "better": [1], "worse": [2], "figures": [3], "refused": []}
    found = merged(messages, compare_talks(turns(RIGHT), turns(WRONG)))
    assert (found["common"], found["better"]) == (1, [1])
    assert [each if isinstance(each, int) else each["kind"] for each in found["worse"]] == [2, "talks"]
    assert len(found["figures"]) == 2


def test_the_candidate_is_examined_by_the_talks_beside_the_live_one_with_its_own_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The command as publishing starts it; only the two models are stand-ins."""
    content = content_with(tmp_path / "draft", TALK)
    live_content = tmp_path / "live"
    asked: list[tuple[str, str]] = []

    def talk_verdicts(model: Path, answers: Path, talks: list[object]) -> list[TurnVerdict]:
        asked.append((model.name, answers.name))
        return turns(RIGHT, WRONG) if model.name == "live.tar.gz" else turns(RIGHT, RIGHT)

    for name in ("new.tar.gz", "live.tar.gz"):
        (tmp_path / name).write_bytes(b"")
    monkeypatch.setattr(candidate, "talk_verdicts", talk_verdicts)
    monkeypatch.setattr(candidate, "verify_model", lambda model, key: None)
    monkeypatch.setattr(candidate, "_predict", lambda *_: [])
    monkeypatch.setenv("NEUVO_MODEL_KEY", "key")
    command = ["candidate", "--content", content, "--model", tmp_path / "new.tar.gz", "--results", tmp_path / "r.json"]
    command += ["--comparison", tmp_path / "c.json", "--live-model", tmp_path / "live.tar.gz"]
    command += ["--live-results", tmp_path / "l.json", "--live-content", live_content]
    monkeypatch.setattr(sys, "argv", list(map(str, command)))

    assert candidate.main() == 0
    assert asked == [("new.tar.gz", "draft"), ("live.tar.gz", "live")]
    comparison = json.loads((tmp_path / "c.json").read_text("utf-8"))
    assert comparison["talks"] == [{"language": "fi", "talks": 1, "turns": 2, "before": 1, "now": 2}]
    assert [each["text"] for each in comparison["better"]] == ["text 1"]
    events = [json.loads(line) for line in capfd.readouterr().out.splitlines() if line.startswith("{")]
    assert {"event": "examined_talks", "right": 2, "count": 2} in events
