"""The published content while editors change it, and the command that checks it."""

from pathlib import Path

import pytest

from answers.__main__ import main
from answers.library import Library, content_directory, privacy_url
from answers.problems import ContentRefused, Problem
from tests.worlds.content_folder import ContentFolder


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Reader:
    """A library with its clock and everything it complained about."""

    def __init__(self, folder: ContentFolder) -> None:
        self.clock = Clock()
        self.complaints: list[tuple[Problem, ...]] = []
        self.library = Library(folder.directory, "https://neuvo.example/privacy", self.complaints.append, self.clock)

    def say(self, topic: str = "hacked", after: float = 1.0) -> str:
        self.clock.now += after
        return self.library.content.text(topic, "fi").split("\n")[0]


@pytest.fixture
def reader(folder: ContentFolder) -> Reader:
    return Reader(folder)


def test_a_new_wording_is_said_within_a_second(folder: ContentFolder, reader: Reader) -> None:
    assert reader.say() == "Soita heti."
    folder.change(folder.hacked, "Soita heti.", "Soita nyt.")
    assert reader.say(after=0.5) == "Soita heti."
    assert reader.say(after=0.5) == "Soita nyt."
    assert reader.complaints == []


def test_a_broken_answer_keeps_its_last_good_version_and_others_go_on(folder: ContentFolder, reader: Reader) -> None:
    folder.change(folder.hacked, "Soita heti.", "Soita {hearsay}.")
    folder.change(folder.directory / "answers/online/stolen.yml", "Soita heti.", "Ilmoita.")
    assert reader.say() == "Soita heti."
    assert reader.say("stolen") == "Ilmoita."
    assert [str(problem).split(": ")[0] for problem in reader.complaints[0]] == [f"{folder.hacked.as_posix()}:12"]
    assert len(reader.complaints) == 1
    folder.change(folder.hacked, "Soita {hearsay}.", "Soita pian.")
    assert reader.say() == "Soita pian."


@pytest.mark.parametrize("wrong", ["topic: [", "", "topic: hacked"])
def test_an_answer_that_breaks_altogether_keeps_its_last_good_version(
    folder: ContentFolder, reader: Reader, wrong: str
) -> None:
    folder.hacked.write_text(wrong, encoding="utf-8")
    assert reader.say() == "Soita heti."
    assert reader.library.content.problems


def test_broken_contacts_keep_all_contacts(folder: ContentFolder, reader: Reader) -> None:
    folder.change(folder.contacts, "status: SEC", "status: MAYBE")
    assert reader.say() == "Soita heti."
    assert "hearsay" in reader.library.content.contacts


def test_a_contact_that_is_withdrawn_keeps_the_answers_that_were_checked_with_it(
    folder: ContentFolder, reader: Reader
) -> None:
    folder.change(
        folder.contacts, 'phone: {value: "09 2525 0111", status: OK', 'phone: {value: "09 2525 0111", status: SEC'
    )
    reader.clock.now += 1
    assert reader.library.content.text("hacked", "fi") == "Soita heti.\nAuttaja 09 2525 0111"
    assert len(reader.complaints) == 1


def test_broken_lines_keep_all_lines(folder: ContentFolder, reader: Reader) -> None:
    folder.change(folder.lines, "list_button: {fi: Vaihtoehdot", "list_button: {fi: Vaihtoehdot joita on paljon")
    reader.clock.now += 1
    assert reader.library.content.line("list_button", "fi") == "Vaihtoehdot"
    folder.lines.write_text("clarify: [", encoding="utf-8")
    reader.clock.now += 1
    assert reader.library.content.line("clarify", "en") == "Do you mean one of these?"


def test_a_deleted_answer_is_gone_and_so_are_the_buttons_to_it(folder: ContentFolder, reader: Reader) -> None:
    folder.change(folder.hacked, "buttons: []", "buttons: [stolen]")
    reader.clock.now += 1
    assert reader.library.content.buttons("hacked") == ("stolen",)
    (folder.directory / "answers/online/stolen.yml").unlink()
    reader.clock.now += 1
    assert reader.library.content.buttons("hacked") == ()
    assert "stolen" not in reader.library.content.answers


def test_a_new_topic_is_found(folder: ContentFolder, reader: Reader) -> None:
    folder.add("lost", group="property")
    assert reader.say("lost") == "Soita heti."


def test_nothing_is_read_again_while_nothing_changes(folder: ContentFolder, reader: Reader) -> None:
    first = reader.library.content
    reader.clock.now += 100
    assert reader.library.content is first


def test_without_contacts_or_lines_there_is_no_library(folder: ContentFolder) -> None:
    folder.lines.unlink()
    with pytest.raises(ContentRefused, match=r"lines\.yml:1: The file cannot be read"):
        Reader(folder)


def test_a_line_may_name_the_privacy_page_and_contacts_but_nothing_unknown(folder: ContentFolder) -> None:
    assert folder.content().line("privacy", "fi") == "Lue https://neuvo.example/privacy"
    folder.change(folder.lines, "Lue {privacy_url}", "Lue {privacy}")
    assert folder.refusals(folder.lines) == [(3, "There is no contact 'privacy'.")]


def test_the_folder_and_the_privacy_page_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NEUVO_CONTENT_DIR", raising=False)
    monkeypatch.delenv("NEUVO_PUBLIC_URL", raising=False)
    assert (content_directory(), privacy_url()) == (Path("data"), "http://localhost:8000/privacy")
    monkeypatch.setenv("NEUVO_CONTENT_DIR", "/elsewhere")
    monkeypatch.setenv("NEUVO_PUBLIC_URL", "https://neuvo.example/")
    assert (content_directory(), privacy_url()) == (Path("/elsewhere"), "https://neuvo.example/privacy")


def test_a_topic_that_is_refused_is_refused_once_and_not_in_each_talk_about_it(
    folder: ContentFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    talks = folder.directory / "talks/fi/some.txt"
    talks.parent.mkdir(parents=True)
    talks.write_text("# one | girl 14 | hacked\nt: mun tili vietiin || topic:hacked\n", encoding="utf-8")
    folder.change(folder.hacked, "escalation: [offer]", "escalation: [shout]")
    capsys.readouterr()
    assert main(["check", str(folder.directory)]) == 1
    report = capsys.readouterr().out
    assert "Unknown topic" not in report
    assert "1 talks of 1 turns, 0 faults in them" in report
    talks.write_text("# one | girl 14 | none\nt: mun tili vietiin || topic:none_such\n", encoding="utf-8")
    assert main(["check", str(folder.directory)]) == 1
    assert "Unknown topic 'none_such'" in capsys.readouterr().out


def test_the_check_prints_what_is_refused_and_who_is_not_confirmed(
    folder: ContentFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(folder.directory)]) == 0
    report = capsys.readouterr().out
    assert "Not shown until somebody confirms them: hearsay (phone SEC, url UNCONFIRMED)" in report
    assert "Named in no text: emergency_112, hearsay, old_helper, page_only" in report
    folder.change(folder.hacked, "escalation: [offer]", "escalation: [shout]")
    assert main(["check", str(folder.directory)]) == 1
    assert f"{folder.hacked.as_posix()}:2: Unknown escalation 'shout'. One of: emergency" in capsys.readouterr().out
