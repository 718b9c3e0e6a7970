"""Files are read and written back without losing anything; two changes of one file meet."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.content.errors import ContentRefused
from gateway.content.repository.examples import changed_examples
from gateway.content.repository.merge import merge
from gateway.content.repository.topics import AnswerChange, changed_answer
from gateway.content.repository.yaml_files import YamlFile
from gateway.core.config.settings import PROJECT
from tests.worlds import tiers

DATA = PROJECT / "data"
FILES = sorted(DATA.rglob("*.yml"))
WORD = st.text("abcdefghijklmnopqrstuvwxyzäöå ?!:#'\"{}[]|>&*-%@`", min_size=1, max_size=30).filter(
    lambda text: text.strip() != ""
)


def test_every_file_of_the_project_is_written_back_byte_for_byte() -> None:
    texts = {path: path.read_text("utf-8") for path in FILES[:: tiers.times(5, 1)]}

    assert [path for path, text in texts.items() if YamlFile(path.name, text).text() != text] == []
    assert len(FILES) > 150


def without_why(text: str) -> list[str]:
    kept, inside = [], False
    for line in text.splitlines():
        inside = line == "why:" or (inside and (not line or line.startswith(" ")))
        kept += [] if inside else [line]
    return kept


@given(st.sampled_from([path for path in FILES if "answers" in path.parts]), st.sampled_from(["fi", "sv", "en"]), WORD)
@settings(max_examples=tiers.examples(25), deadline=None)
def test_any_new_wording_changes_its_own_lines_only(path: Path, language: str, words: str) -> None:
    before = path.read_text("utf-8")
    after = changed_answer(path.name, before, AnswerChange(why={language: words}))

    assert YamlFile(path.name, after).root["why"][language].strip() == words.strip()
    for other in {"fi", "sv", "en"} - {language}:
        old = YamlFile(path.name, before).root.get("why", {}).get(other)
        assert YamlFile(path.name, after).root["why"].get(other) == old
    assert without_why(after) == without_why(before)


# Marks that Rasa would read as its own are refused, which other tests look at.
PLAIN = WORD.filter(lambda text: not re.search(r"\[.*\]\s*[({]|\{\{|^\s*- |^\s*/", " ".join(text.split())))


@given(st.lists(PLAIN, min_size=1, max_size=6, unique_by=lambda text: " ".join(text.split())))
@settings(max_examples=tiers.examples(25), deadline=None)
def test_added_examples_stand_at_the_end_as_they_were_written(added: list[str]) -> None:
    path = DATA / "nlu" / "scams" / "parcel_sms.yml"
    before = path.read_text("utf-8")
    after = changed_examples(path.name, before, "parcel_sms", "sv", added, ())
    block = next(each for each in YamlFile(path.name, after).root["nlu"] if each["metadata"]["language"] == "sv")
    lines = block["examples"].splitlines()

    for text in added:
        clean = " ".join(text.split()).removeprefix("- ")
        assert not clean or f"- {clean}" in lines
    assert set(before.splitlines()) <= set(after.splitlines())


def test_an_optional_part_is_written_at_its_usual_place() -> None:
    text = 'topic: a\nescalation: []\nsources: []\nreviewed_on: 2026-11-24\napproved_by: ""\nbuttons: []\n'

    changed = changed_answer("a.yml", text, AnswerChange(title={"fi": "Otsikko"}, answer={"fi": "Teksti: näin."}))

    assert changed.endswith("title:\n  fi: Otsikko\nanswer:\n  fi: |\n    Teksti: näin.\nbuttons: []\n")


def test_broken_yaml_is_a_sentence_with_the_line() -> None:
    with pytest.raises(ContentRefused) as refusal:
        YamlFile("answers/scams/a.yml", "topic: a\nanswer: {fi: x\n")

    assert "answers/scams/a.yml" in refusal.value.sentence("fi")
    assert "rivillä 3" in refusal.value.sentence("fi")


ANSWER = "# a comment\ntopic: a\nanswer:\n  fi: |\n    Yksi.\n  sv: |\n    Ett.\nbuttons: [b, c]\n"


def test_changes_of_two_languages_are_both_kept_with_the_comment() -> None:
    merged, conflicts = merge("a.yml", ANSWER, ANSWER.replace("Yksi", "Kaksi"), ANSWER.replace("Ett", "Två"))

    assert not conflicts
    assert merged == ANSWER.replace("Yksi", "Kaksi").replace("Ett", "Två")


def test_two_wordings_of_one_text_are_a_conflict_that_names_the_place() -> None:
    merged, conflicts = merge("a.yml", ANSWER, ANSWER.replace("Yksi", "Kaksi"), ANSWER.replace("Yksi", "Kolme"))

    assert merged == ANSWER.replace("Yksi", "Kolme")
    (conflict,) = conflicts
    assert conflict.place == ("answer", "fi")
    assert (conflict.before, conflict.mine, conflict.theirs) == ("Yksi.\n", "Kaksi.\n", "Kolme.\n")


def test_a_broken_file_of_the_other_is_a_conflict_of_the_whole_file() -> None:
    _, conflicts = merge("a.yml", ANSWER, ANSWER.replace("Yksi", "Kaksi"), "topic: {")

    assert [each.place for each in conflicts] == [()]


def nlu(*lines: str) -> str:
    listed = "".join(f"    - {line}\n" for line in lines)
    return f'version: "3.1"\nnlu:\n- intent: a\n  metadata:\n    language: fi\n  examples: |\n{listed}'


@given(*[st.sets(st.sampled_from("abcdefgh"), min_size=1) for _ in range(3)])
@settings(max_examples=tiers.examples(60), deadline=None)
def test_of_two_changes_of_examples_no_addition_and_no_removal_is_lost(
    before: set[str], mine: set[str], theirs: set[str]
) -> None:
    texts = [nlu(*sorted(each)) for each in (before, mine, theirs)]
    wanted = (before & mine & theirs) | (mine - before) | (theirs - before)
    if not wanted:
        return
    merged, conflicts = merge("a.yml", *texts)

    assert merged is not None
    assert not conflicts
    found = YamlFile("a.yml", merged).root["nlu"][0]["examples"].splitlines()
    assert sorted(found) == [f"- {each}" for each in sorted(wanted)]
