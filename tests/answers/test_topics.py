"""What is refused in one answer file, and on which line."""

from collections.abc import Callable

import pytest

from tests.worlds.content_folder import ContentFolder

Refused = Callable[[str, str], tuple[int, str]]


def test_a_right_answer_is_published_with_its_contact(folder: ContentFolder) -> None:
    content = folder.content()
    assert content.problems == ()
    assert content.text("hacked", "fi") == "Soita heti.\nAuttaja 09 2525 0111"
    assert content.title("hacked", "sv") == "hacked sv"
    assert content.answers["hacked"].answer.group == "online"


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ("escalation: [offer]", "escalation: [shout]", 2, "Unknown escalation 'shout'"),
        ("reviewed_on: 2026-11-24", "reviewed_on: yesterday", 4, "not a date"),
        ("  sv: hacked sv\n", "", 7, "Missing: sv"),
        ("  en: hacked en\n", "  en: hacked en\n  de: gehackt\n", 10, "Unknown key 'de'"),
        ("fi: hacked fi", "fi: hacked and twenty-one", 7, "21 characters"),
        ("fi: hacked fi", "fi: '{helper}'", 7, "not plain words"),
        ("    Ring genast.\n    {helper}\n", "    \n", 14, "The text in 'sv' is empty"),
        ("buttons: []", "buttons: [nowhere]", 20, "leads to a topic that has no answer"),
        ("buttons: []", "buttons: [hacked]", 20, "leads to its own answer"),
        ("buttons: []", "buttons: [stolen, stolen]", 20, "stands twice"),
        ("buttons: []", "buttons: []\nbutton: []", 21, "Unknown key 'button'"),
        ("topic: hacked", "topic: hakced", 1, "its topic is 'hakced'"),
        ("topic: hacked\n", "", 1, "Missing: topic"),
        ("sources: [S1]", "sources: [S1]\nsources: [S2]", 4, "stands twice"),
        ("sources: [S1]", "sources: S1", 3, "should be a list"),
        ("title:\n", "title: [\n", 8, "not YAML"),
        ("    Call now.\n", "    Call now.\n    Ask {nobody}.\n", 19, "There is no contact 'nobody'"),
        ("    Call now.\n", "    Call now.\n    Ask {helper.fax}.\n", 19, "a contact has no 'fax'"),
        ("    Call now.\n", "    Call now.\n    Ask { helper }.\n", 19, "is not a placeholder"),
        ("    Call now.\n", "    Call now.\n    Ask helper}.\n", 19, "A brace stands alone"),
        ("    Call now.\n", "    Call now.\n    Or 112.\n", 19, "'112' looks like a phone number"),
    ],
)
def test_what_is_wrong_is_refused_with_its_line(refused: Refused, old: str, new: str, line: int, what: str) -> None:
    found_line, found_what = refused(old, new)
    assert what in found_what
    assert found_line == line


def test_a_fourth_button_is_refused(folder: ContentFolder) -> None:
    for topic in ("one", "two", "three", "four"):
        folder.add(topic)
    folder.change(folder.hacked, "buttons: []", "buttons: [one, two, three, four]")
    assert folder.refusals(folder.hacked) == [(20, "4 buttons; WhatsApp takes 3.")]


@pytest.mark.parametrize(("buttons", "longest"), [("[stolen]", 1024), ("[]", 4096)])
def test_a_text_is_measured_when_it_is_filled(folder: ContentFolder, buttons: str, longest: int) -> None:
    filled = len("\nAuttaja 09 2525 0111")
    folder.change(folder.hacked, "buttons: []", f"buttons: {buttons}")
    folder.change(folder.hacked, "Soita heti.", "a" * (longest - filled))
    assert folder.content().problems == ()
    folder.change(folder.hacked, "aa", "aab", once=True)
    assert folder.refusals(folder.hacked) == [
        (12, f"The text in 'fi' has {longest + 1} characters when it is filled; WhatsApp takes {longest}.")
    ]


def test_an_address_that_is_not_known_yet_is_measured_as_a_long_one(folder: ContentFolder) -> None:
    folder.change(folder.hacked, "buttons: []", "buttons: [stolen]")
    folder.change(folder.hacked, "    Soita heti.\n    {helper}", "    " + "a" * 965 + "{privacy_url}")
    assert [line for line, _ in folder.refusals(folder.hacked)] == [12]


def test_two_topics_may_not_have_one_title(folder: ContentFolder) -> None:
    folder.change(folder.hacked, "sv: hacked sv", "sv: Stolen SV")
    path = folder.directory / "answers" / "online" / "stolen.yml"
    assert folder.refusals(path) == [(8, "The title 'stolen sv' is also that of hacked.")]


def test_a_topic_may_not_be_answered_twice(folder: ContentFolder) -> None:
    second = folder.add("hacked", group="scams")
    assert [what for _, what in folder.refusals(second)] == [
        f"The topic is already answered in {folder.hacked.as_posix()}."
    ]


def test_a_channel_may_have_its_own_wording(folder: ContentFolder) -> None:
    folder.change(folder.hacked, "buttons: []", "channels:\n  webchat:\n    fi: Soita {helper.phone}.\nbuttons: []")
    content = folder.content()
    assert content.text("hacked", "fi", "webchat") == "Soita 09 2525 0111."
    assert content.text("hacked", "fi", "whatsapp").startswith("Soita heti.")
    assert content.text("hacked", "en", "webchat").startswith("Call now.")


def test_a_channels_wording_is_checked_too(refused: Refused) -> None:
    line, what = refused("buttons: []", "channels:\n  webchat:\n    fi: Kysy {hearsay}.\nbuttons: []")
    assert (line, what) == (22, "The phone of the contact 'hearsay' is second-hand and may not be shown.")


def test_a_value_is_measured_by_its_example_and_filled_when_it_is_said(folder: ContentFolder) -> None:
    folder.change(folder.hacked, "buttons: []", 'values: {count: "100"}\nbuttons: []')
    folder.change(folder.hacked, "    Call now.\n", "    Call now, {count} times.\n")
    content = folder.content()
    assert content.problems == ()
    assert content.text("hacked", "en", values={"count": "7"}).startswith("Call now, 7 times.")


def test_all_that_is_wrong_is_told_at_once(folder: ContentFolder) -> None:
    folder.change(folder.hacked, "Soita heti.", "Soita {nobody} tai 112.")
    folder.change(folder.hacked, "Call now.", "Call {hearsay}.")
    assert [line for line, _ in folder.refusals(folder.hacked)] == [12, 12, 18]


def test_an_unreadable_file_is_a_refusal_and_not_a_crash(folder: ContentFolder) -> None:
    folder.hacked.write_bytes(b"topic: \xff")
    assert folder.refusals(folder.hacked) == [(1, "The file is not UTF-8.")]
    folder.hacked.write_text("", encoding="utf-8")
    assert folder.refusals(folder.hacked) == [(1, "The file is empty.")]
    folder.hacked.write_text("- a list\n", encoding="utf-8")
    assert folder.refusals(folder.hacked) == [(1, "Here should be keys with values.")]


def test_a_folder_without_answers_is_a_refusal(folder: ContentFolder) -> None:
    for path in folder.directory.glob("answers/*/*.yml"):
        path.unlink()
    assert [problem.what for problem in folder.content().problems] == ["There are no answers."]
