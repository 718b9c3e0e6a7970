"""Topics are made, merged and retired, and nothing that named them breaks; contacts know where they are used."""

import ast
import datetime as dt
import re
from collections.abc import Sequence

import pytest
import yaml

from answers.contacts import Status
from gateway.content.checking import check, finding_from_json
from gateway.content.contacts import CONTACTS, ContactChange, FactChange, change_contact, new_contact, uses
from gateway.content.examples import alike, all_examples, move_examples, read_examples
from gateway.content.references import PROTECTED, merge_topics, references, retire
from gateway.content.refusals import ContentRefused
from gateway.content.topics import AnswerChange, change_answer, new_topic, read_topic, topics
from gateway.content.words import keys, say, translated
from gateway.content.working_copy import Change, WorkingCopy
from gateway.settings import PROJECT
from tests.gateway.content.small import MAIJA

PRIVACY = "https://neuvo.example/privacy"


def saved(copy: WorkingCopy, changes: Sequence[Change]) -> None:
    copy.save(changes, MAIJA, "A change.")


def refused(copy: WorkingCopy) -> list[str]:
    return [each.sentence("en") for each in check(copy.folder, PRIVACY) if each.refused]


def three(text: str) -> dict[str, str]:
    return {language: f"{text} {language}" for language in ("fi", "sv", "en")}


def test_a_new_topic_in_three_languages_may_be_published(copy: WorkingCopy) -> None:
    answer = AnswerChange(title=three("Lost"), answer=three("Look again: {riku.phone}."), buttons=["talk_to_officer"])
    examples = {"fi": ["kissa hukassa"], "sv": ["katten är borta"], "en": ["my cat is gone"]}
    saved(copy, new_topic(copy, "lost_cat", "police_service", answer, examples))

    assert refused(copy) == []
    assert topics(copy)["lost_cat"] == "police_service"
    assert read_examples(copy, "lost_cat").texts["sv"] == ("katten är borta",)


@pytest.mark.parametrize("name", ["Lost", "lost cat", "../x", "follow_up_x", "ö", ""])
def test_a_topic_cannot_be_called_anything(copy: WorkingCopy, name: str) -> None:
    with pytest.raises(ContentRefused) as refusal:
        new_topic(copy, name, "police_service", AnswerChange(), {})
    assert refusal.value.key == "bad_topic_name"


def test_a_topic_is_not_made_twice(copy: WorkingCopy) -> None:
    with pytest.raises(ContentRefused) as refusal:
        new_topic(copy, "parcel_sms", "scams", AnswerChange(), {})
    assert refusal.value.key == "topic_exists"


def test_merged_topics_keep_examples_and_tests_and_whoever_named_the_one_names_the_other(copy: WorkingCopy) -> None:
    own = read_examples(copy, "parcel_sms").texts["fi"]
    button = read_topic(copy, "scam_first_steps")
    change = AnswerChange(buttons=["parcel_sms", "talk_to_officer"], follow_ups={"what_next": "parcel_sms"})
    saved(copy, [change_answer(copy, "scam_first_steps", button.version, change)])
    test = copy.read("tests/fi/topics/sextortion.txt")
    saved(copy, [Change(test.path, test.text.rstrip("\n") + "\tparcel_sms\n", test.version)])
    messages = copy.read("tests/fi/topics/parcel_sms.txt").text.splitlines()

    saved(copy, merge_topics(copy, "account_hacked", "parcel_sms"))

    assert refused(copy) == []
    assert "parcel_sms" not in topics(copy)
    assert set(own) <= set(read_examples(copy, "account_hacked").texts["fi"])
    changed = read_topic(copy, "scam_first_steps")
    assert changed.buttons == ("account_hacked", "talk_to_officer")
    assert changed.follow_ups == {"what_next": "account_hacked"}
    assert set(messages) <= set(copy.read("tests/fi/topics/account_hacked.txt").text.splitlines())
    assert copy.read(test.path).text.endswith("\taccount_hacked\n")
    assert references(copy, "parcel_sms") == []


def test_a_retired_topic_is_gone_everywhere(copy: WorkingCopy) -> None:
    button = read_topic(copy, "scam_first_steps")
    change = AnswerChange(buttons=["parcel_sms", "talk_to_officer"])
    saved(copy, [change_answer(copy, "scam_first_steps", button.version, change)])
    assert [each.kind for each in references(copy, "parcel_sms")] == ["button"]

    saved(copy, retire(copy, "parcel_sms"))

    assert refused(copy) == []
    assert not [path for path in copy.paths() if "parcel_sms" in path]
    assert read_topic(copy, "scam_first_steps").buttons == ("talk_to_officer",)


def test_a_topic_that_the_program_or_a_story_needs_cannot_go(copy: WorkingCopy) -> None:
    with pytest.raises(ContentRefused) as refusal:
        retire(copy, "talk_to_officer")
    assert refusal.value.key == "topic_protected"
    story = copy.folder / "stories" / "own.yml"
    story.write_text(
        'version: "3.1"\nrules:\n- rule: own\n  steps:\n  - intent: parcel_sms\n  - action: utter_parcel_sms\n', "utf-8"
    )
    with pytest.raises(ContentRefused) as refusal:
        merge_topics(copy, "account_hacked", "parcel_sms")
    assert refusal.value.key == "topic_in_story"


def test_every_topic_that_the_program_names_is_protected() -> None:
    modules = ["bot/names.py", "bot/follow_ups/acts.py", "bot/danger/component.py", "bot/danger/head.py"]
    known = {path.stem for path in (PROJECT / "data" / "answers").glob("*/*.yml")}
    named = {
        node.value
        for module in modules
        for node in ast.walk(ast.parse((PROJECT / module).read_text("utf-8")))
        if isinstance(node, ast.Constant) and node.value in known
    }

    assert named
    assert named <= PROTECTED


def test_moved_examples_leave_one_topic_and_join_the_other(copy: WorkingCopy) -> None:
    text = read_examples(copy, "parcel_sms").texts["en"][0]
    saved(copy, move_examples(copy, "parcel_sms", "account_hacked", "en", [text]))

    assert text not in read_examples(copy, "parcel_sms").texts["en"]
    assert text in read_examples(copy, "account_hacked").texts["en"]
    with pytest.raises(ContentRefused):
        move_examples(copy, "parcel_sms", "account_hacked", "en", [text])


def test_an_example_that_another_topic_has_is_seen_as_one_writes_and_refused_by_the_check(copy: WorkingCopy) -> None:
    text = next(each for each in read_examples(copy, "parcel_sms").texts["fi"] if len(each.split()) >= 4)
    changed = " ".join([*text.split()[:-1], "koira"])

    same, nearly = alike(all_examples(copy), "sextortion", "fi", [text.upper() + "!", changed])
    assert (same.topic, same.example, same.same_words, same.other_topic) == ("parcel_sms", text, True, True)
    assert (nearly.topic, nearly.same_words) == ("parcel_sms", False)
    path = copy.folder / "nlu/online_safety/sextortion.yml"
    path.write_text(path.read_text("utf-8").replace("    - ", f"    - {text}\n    - ", 1), "utf-8")
    assert any(text in sentence and "cannot learn both" in sentence for sentence in refused(copy))


def test_the_check_refuses_in_three_languages_an_unconfirmed_number_and_a_long_button(copy: WorkingCopy) -> None:
    seen = copy.read(CONTACTS)
    fact = FactChange("0800 123 456", Status.UNCONFIRMED, "S1", "2026")
    saved(copy, [change_contact(copy, "riku", seen.version, ContactChange(phone=fact))])
    topic = read_topic(copy, "parcel_sms")
    change = AnswerChange(title={"sv": "Ett alldeles för långt paket"}, why=three("Call {riku.phone}"))
    saved(copy, [change_answer(copy, "parcel_sms", topic.version, change)])

    findings = [each for each in check(copy.folder, PRIVACY) if each.refused]
    for language, part in {
        "fi": "painikkeeseen mahtuu 20",
        "sv": "ryms 20",
        "en": "a WhatsApp button takes 20",
    }.items():
        assert any(part in each.sentence(language) and each.topic == "parcel_sms" for each in findings)
    saved(
        copy,
        [
            change_answer(
                copy, "parcel_sms", read_topic(copy, "parcel_sms").version, AnswerChange(title={"sv": "Paket"})
            )
        ],
    )
    findings = [each for each in check(copy.folder, PRIVACY) if each.refused]
    assert any("eikä sitä saa näyttää" in each.sentence("fi") for each in findings)
    assert all(finding_from_json(each.as_json()) == each for each in findings)


def test_a_changed_contact_touches_every_text_that_names_it(copy: WorkingCopy) -> None:
    found = uses(copy, "emergency_112")
    named = {path.stem for path in copy.folder.glob("answers/*/*.yml") if "{emergency_112" in path.read_text("utf-8")}

    assert {each.name for each in found if each.path.startswith("answers/")} == named
    assert "danger_first" in {each.name for each in found if each.path == "lines.yml"}


def test_a_contact_is_changed_in_its_own_lines_and_made_new(copy: WorkingCopy) -> None:
    seen = copy.read(CONTACTS)
    change = ContactChange(checked_on=dt.date(2026, 12, 1), checked_by="ylikonstaapeli")
    changed = change_contact(copy, "riku", seen.version, change)
    assert changed.text is not None
    different = [line for line in changed.text.splitlines() if line not in seen.text.splitlines()]
    assert different == ["  checked_on: 2026-12-01", "  checked_by: ylikonstaapeli"]
    fact = FactChange("0295 000 000", Status.OK, "S200", "2026-11")
    saved(copy, [new_contact(copy, "helper", seen.version, ContactChange(name=three("Helper"), phone=fact))])
    assert refused(copy) == []
    with pytest.raises(ContentRefused):
        new_contact(copy, "helper", copy.read(CONTACTS).version, ContactChange(name=three("Helper")))


def test_every_sentence_is_there_in_three_languages_with_the_same_parts() -> None:
    sentences = yaml.safe_load((PROJECT / "gateway" / "content" / "words.yml").read_text("utf-8"))
    for key in keys():
        parts = {frozenset(re.findall(r"\{(\w+)\}", sentences[key][language])) for language in ("fi", "sv", "en")}
        assert len(parts) == 1, key
    with pytest.raises(KeyError):
        say("no_such_key", "fi")
    assert say("train_part", "fi", part="DangerDetector") == "Opetetaan: vaaran tunnistaminen."
    assert say("train_part", "sv", part="MadeByOthers") == "Tränas nu: MadeByOthers."


def _said(node: ast.expr) -> str | None:
    """An f-string as it might be said: each hole is filled with the same word."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "x7" for part in node.values)
    return None


def test_every_refusal_of_the_answers_is_known_in_finnish_and_swedish() -> None:
    missing = []
    for path in sorted((PROJECT / "answers").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            name = getattr(getattr(node, "func", None), "attr", getattr(getattr(node, "func", None), "id", ""))
            if isinstance(node, ast.Call) and name in ("refuse", "Problem", "NotRenderable"):
                sentences = [said for argument in node.args if (said := _said(argument)) and said.endswith(".")]
                missing += [
                    each for each in sentences for language in ("fi", "sv") if translated(each, language) == each
                ]

    assert missing == []
