"""Notes for editors: in their languages beside a text, told apart from what citizens read, and put in with care."""

from pathlib import Path

import pytest
import yaml

from answers.content import read_content
from gateway.content.repository.items import base_of, items
from gateway.content.repository.notes import Note, notes_for, put_note, written_note
from gateway.content.repository.texts import Shelf, document, has_note, texts_in
from gateway.content.repository.topics import AnswerChange, change_answer, read_topic
from gateway.content.repository.working_copy import WorkingCopy
from gateway.content.repository.yaml_files import YamlFile
from gateway.core.config.settings import PROJECT
from tests.worlds.small_content import MAIJA

NOTE = {"fi": "Älä lupaa aikaa.", "sv": "Lova ingen tid.", "en": "Promise no time."}
DATA = PROJECT / "data"


def test_a_reader_is_shown_the_note_in_their_language_and_else_what_there_is_with_its_language() -> None:
    assert notes_for("fi", NOTE, ["A comment."]) == [Note("fi", NOTE["fi"])]
    assert notes_for("sv", {**NOTE, "sv": ""}, ["A comment."]) == [Note("en", NOTE["en"])]
    only_finnish = {"fi": "Huomaa.", "sv": "", "en": ""}
    assert notes_for("sv", only_finnish, ["A comment."]) == [Note("fi", "Huomaa."), Note("en", "A comment.")]
    assert notes_for("fi", dict.fromkeys(NOTE, ""), ["A comment."]) == [Note("en", "A comment.")]


@pytest.mark.parametrize(
    "name", ["answers/scams/parcel_sms.yml", "answers/questions/cost.yml", "answers/acts/thanks.yml"]
)
def test_a_note_that_comes_and_goes_leaves_the_file_as_it_was(name: str) -> None:
    text = (DATA / name).read_text("utf-8")
    file = YamlFile(name, text)
    put_note(file.root, NOTE)
    assert written_note(yaml.safe_load(file.text())) == NOTE
    assert (
        file.text().replace('note:\n  fi: "Älä lupaa aikaa."\n  sv: "Lova ingen tid."\n  en: "Promise no time."\n', "")
        == text
    )
    put_note(file.root, {"sv": ""})
    assert written_note(file.root)["sv"] == ""
    put_note(file.root, dict.fromkeys(NOTE, ""))
    assert file.text() == text


def test_a_note_parts_no_comment_of_a_line_from_what_it_is_about() -> None:
    text = (DATA / "lines.yml").read_text("utf-8")
    file = YamlFile("lines.yml", text)
    for key in file.root:
        put_note(file.root[key], NOTE)
    added = '  note:\n    fi: "Älä lupaa aikaa."\n    sv: "Lova ingen tid."\n    en: "Promise no time."\n'
    assert file.text().count(added) == len(file.root)
    assert file.text().replace(added, "") == text


def test_what_editors_note_is_accepted_by_the_readers_and_is_no_text_for_citizens(copy: WorkingCopy) -> None:
    changed = {"answers/scams/parcel_sms.yml": "", "answers/acts/thanks.yml": "", "lines.yml": "danger_first"}
    template = next(path for path in copy.paths("templates/") if path.endswith(".yml"))
    for path, key in {**changed, "answers/questions/cost.yml": "", template: ""}.items():
        file = YamlFile(path, copy.read(path).text)
        before = file.text()
        put_note(file.root[key] if key else file.root, NOTE)
        assert file.text() != before
        (copy.folder / path).write_text(file.text(), "utf-8")
    assert read_content(copy.folder, "").problems == ()
    line = document(copy, Shelf.LINES, "danger_first")
    root = YamlFile("lines.yml", copy.read("lines.yml").text).root
    assert [each.texts["fi"] for each in texts_in(root, line)] != [NOTE["fi"]]
    assert len(texts_in(root, line)) == 1
    assert has_note(line)

    found = items(copy, base_of(copy, ""), copy.record_edits_by_hand())
    assert {each.key for each in found} >= {"answer:parcel_sms", "line:danger_first"}
    assert [each.to_approve for each in found] == [[] for _ in found], "nobody approves what citizens never read"


def test_a_note_in_an_unknown_language_is_refused(copy: WorkingCopy, tmp_path: Path) -> None:
    path = copy.folder / "answers/scams/parcel_sms.yml"
    path.write_text(path.read_text("utf-8") + "note:\n  de: Nein\n", "utf-8")
    assert "Unknown key" in str(read_content(copy.folder, "").problems[0].what)


def test_an_answers_note_is_written_and_taken_away(copy: WorkingCopy) -> None:
    seen = read_topic(copy, "parcel_sms")
    copy.save(
        [change_answer(copy, "parcel_sms", seen.version, AnswerChange(note={"fi": "Huomaa\r\ntämä."}))], MAIJA, "x"
    )
    after = read_topic(copy, "parcel_sms")
    assert after.note == {"fi": "Huomaa tämä.", "sv": "", "en": ""}
    copy.save([change_answer(copy, "parcel_sms", after.version, AnswerChange(note={"fi": ""}))], MAIJA, "x")
    assert copy.read(seen.path).text == copy.version(seen.version)
