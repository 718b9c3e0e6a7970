"""Topics are made, merged and retired, and nothing that named them breaks; contacts know where they are used."""

import ast
import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from answers.contacts import Status
from answers.content import answer_paths
from answers.problems import worded
from gateway.content.editing.examination import change_tests
from gateway.content.editing.freshness import left_behind
from gateway.content.errors import ContentRefused
from gateway.content.publishing.checks import check, finding_from_json
from gateway.content.repository.contacts import CONTACTS, ContactChange, FactChange, change_contact, new_contact, uses
from gateway.content.repository.examples import (
    alike,
    all_examples,
    change_examples,
    edit_example,
    move_examples,
    read_examples,
)
from gateway.content.repository.references import PROTECTED, merge_topics, references, retire
from gateway.content.repository.topics import (
    AnswerChange,
    change_answer,
    new_topic,
    read_topic,
    topics,
    topics_of_danger,
)
from gateway.content.repository.working_copy import Change, WorkingCopy
from gateway.content.repository.yaml_files import YamlFile
from gateway.content.wording import english, said, say, stored
from gateway.core.config.settings import PROJECT
from tests.worlds.small_content import MAIJA, OLLI

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
    modules = [
        "names",
        "conversation/intents",
        "replies/subjects",
        "replies/choose",
        "danger/component",
        "danger/labels",
    ]
    known = {path.stem for path in answer_paths(PROJECT / "data")}
    named = {
        node.value
        for module in modules
        for node in ast.walk(ast.parse((PROJECT / "bot" / f"{module}.py").read_text("utf-8")))
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
    assert any("ei saa näyttää tätä" in each.sentence("fi") for each in findings)
    assert all(finding_from_json(each.as_json()) == each for each in findings)


def test_a_changed_contact_touches_every_text_that_names_it(copy: WorkingCopy) -> None:
    found = uses(copy, "emergency_112")
    named = {path.stem for path in copy.folder.glob("answers/*/*.yml") if "{emergency_112" in path.read_text("utf-8")}

    assert {Path(each.path).stem for each in found if each.path.startswith("answers/")} == named
    assert ("danger_first",) in {each.place for each in found if each.path == "lines.yml"}
    assert any("questions" in each.place for each in found), "a short answer that names it is touched, too"


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


def test_a_sentence_is_said_in_each_language_and_one_that_nobody_wrote_is_an_error() -> None:
    with pytest.raises(KeyError):
        say("no_such_key", "fi")
    with pytest.raises(KeyError):
        english("topic_exists")  # of which topic?
    assert say("train_part", "fi", part="DangerDetector") == "Koulutetaan: vaaran tunnistaminen."
    assert say("train_part", "sv", part="MadeByOthers") == "Tränas nu: MadeByOthers."
    assert say("compared", "en", better=1, worse=3) == "1 message got better, 3 got worse."
    assert say("compared", "en", better=2, worse=0) == "2 messages got better, 0 got worse."


def test_a_refusal_of_the_answers_is_kept_as_its_message_and_said_in_any_language() -> None:
    fault = worded("it has %(count)s characters; %(limit)s are allowed", count=61, limit=60)
    kept = json.loads(json.dumps(stored(worded("The body in '%(language)s': %(fault)s", language="sv", fault=fault))))

    assert said(kept, "en") == "The body in 'sv': it has 61 characters; 60 are allowed"
    assert said(kept, "fi") == "Teksti kielellä 'sv': siinä on 61 merkkiä; sallittu on 60"
    assert said(stored("Shorten it."), "sv") == "Förkorta."


def is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def named_in(node: ast.expr, names: set[str]) -> bool:
    return isinstance(node, ast.Name) and node.id in names


SENTENCES_OF = {"refuse": 1, "Problem": 2, "NotRenderable": 0}  # where the two sentences of a call begin


def test_what_varies_in_a_refusal_of_the_answers_is_a_value_and_no_f_string() -> None:
    guilty, seen = [], 0
    for path in sorted((PROJECT / "answers").glob("*.py")):
        nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
        # A sentence that was put under a name first is not among those that translators get.
        bare = {
            each.targets[0].id
            for each in nodes
            if isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Name) and is_text(each.value)
        }
        for node in nodes:
            name = getattr(getattr(node, "func", None), "attr", getattr(getattr(node, "func", None), "id", ""))
            if isinstance(node, ast.Call) and name in SENTENCES_OF:
                seen += 1
                sentences = node.args[SENTENCES_OF[name] :]
                untold = [each for each in sentences if isinstance(each, ast.JoinedStr) or named_in(each, bare)]
                guilty += [f"{path.name}:{each.lineno}" for each in untold]

    assert seen > 40
    assert guilty == []


@pytest.mark.parametrize(
    "text", ["[kissa](elain) karkasi", "/restart", '[kissa]{"entity": "elain"}', "{{otsikko}} apua"]
)
def test_what_the_program_would_read_as_a_command_is_no_example(copy: WorkingCopy, text: str) -> None:
    seen = read_examples(copy, "parcel_sms")
    with pytest.raises(ContentRefused) as refusal:
        change_examples(copy, "parcel_sms", "fi", seen.version, add=[text])
    assert refusal.value.key == "example_markup"
    first = seen.texts["fi"][0]
    with pytest.raises(ContentRefused):
        edit_example(copy, "parcel_sms", "fi", seen.version, first, text)


def test_an_example_is_changed_in_its_place(copy: WorkingCopy) -> None:
    seen = read_examples(copy, "parcel_sms")
    old = seen.texts["fi"][1]
    copy.save([edit_example(copy, "parcel_sms", "fi", seen.version, old, "aivan toinen")], OLLI, "edit")
    texts = read_examples(copy, "parcel_sms").texts["fi"]
    assert texts[1] == "aivan toinen"
    assert old not in texts


def test_a_test_message_that_is_an_example_is_refused_wherever_it_comes_from(copy: WorkingCopy) -> None:
    known = read_examples(copy, "parcel_sms").texts["fi"][0]
    with pytest.raises(ContentRefused) as refusal:
        change_tests(copy, "parcel_sms", "fi", add=[known])
    assert refusal.value.key == "test_is_example"


def test_three_saves_of_three_languages_leave_none_behind(copy: WorkingCopy) -> None:
    for language in ("fi", "sv", "en"):
        seen = read_topic(copy, "parcel_sms")
        texts = AnswerChange(answer={language: f"Uusi {language}"})
        copy.save([change_answer(copy, "parcel_sms", seen.version, texts)], OLLI, language)
        behind = left_behind(copy).get("parcel_sms", frozenset())
        assert language not in behind
    assert behind == frozenset()
    seen = read_topic(copy, "parcel_sms")
    copy.save([change_answer(copy, "parcel_sms", seen.version, AnswerChange(answer={"fi": "Taas"}))], OLLI, "fi")
    assert left_behind(copy)["parcel_sms"] == {"sv", "en"}


def test_a_topic_that_did_not_change_is_not_parsed_again_and_one_that_did_is(
    copy: WorkingCopy, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = {name: read_topic(copy, name) for name in topics(copy)}
    parsed = []

    def counted(path: str, text: str) -> YamlFile:
        parsed.append(path)
        return YamlFile(path, text)

    change = change_answer(copy, "parcel_sms", seen["parcel_sms"].version, AnswerChange(escalation=["crisis"]))
    saved(copy, [change])
    monkeypatch.setattr("gateway.content.repository.topics.YamlFile", counted)

    assert "parcel_sms" in topics_of_danger(copy)
    assert parsed == [seen["parcel_sms"].path]
