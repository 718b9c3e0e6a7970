"""The topic files become intents and rules, or the training is refused with the file's name."""

from pathlib import Path

import pytest
import yaml
from rasa.shared.core.events import ActionExecuted, UserUttered
from rasa.shared.core.training_data.structures import RuleStep
from rasa.shared.importers.importer import TrainingDataImporter
from rasa.validator import Validator

from bot.conversation.intents import INTENTS
from bot.importer import TopicImporter, TopicsRefused
from tests.worlds.content_folder import ContentFolder

PROJECT = Path(__file__).resolve().parents[2]

EXAMPLES = """\
version: "3.1"
nlu:
- intent: TOPIC
  metadata:
    language: fi
  examples: |
    - TOPIC suomeksi
- intent: TOPIC
  metadata:
    language: sv
  examples: |
    - TOPIC på svenska
- intent: TOPIC
  metadata:
    language: en
  examples: |
    - TOPIC in English
"""

RULE = """\
version: "3.1"
rules:
- rule: counted
  steps:
  - intent: counted
  - action: action_describe_service
"""


class Folder(ContentFolder):
    """A content folder with examples, beside the project's own domain and configuration."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        for topic in ("hacked", "stolen"):
            self.examples(topic)

    def examples(self, topic: str, group: str = "online", text: str = EXAMPLES) -> Path:
        path = self.directory / "nlu" / group / f"{topic}.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("TOPIC", topic), encoding="utf-8")
        return path

    def rules(self, text: str = RULE) -> None:
        path = self.directory / "stories" / "counted.yml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def importer(self) -> TopicImporter:
        return TopicImporter(str(PROJECT / "config.yml"), str(PROJECT / "domain.yml"), [str(self.directory)])

    def refusal(self) -> str:
        with pytest.raises(TopicsRefused) as refusal:
            self.importer().get_domain()
        return str(refusal.value)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def rules_of(importer: TopicImporter) -> dict[str, str]:
    """Each rule's first intent and the action that follows it."""
    rules = {}
    for step in importer.get_stories().story_steps:
        assert isinstance(step, RuleStep)
        intents = [event.intent_name for event in step.events if isinstance(event, UserUttered)]
        actions = [event.action_name for event in step.events if isinstance(event, ActionExecuted)]
        assert len(intents) == 1
        rules[intents[0]] = next(action for action in actions if action not in ("...", "action_listen"))
    return rules


def test_each_topic_is_an_intent_with_a_rule_and_being_unsure_is_one_too(folder: Folder) -> None:
    importer = folder.importer()
    assert {"hacked", "stolen", "nlu_fallback"} <= set(importer.get_domain().intents)
    rules = rules_of(importer)
    assert rules.keys() - set(INTENTS) == {"hacked", "stolen", "nlu_fallback"}
    assert (rules["hacked"], rules["nlu_fallback"]) == ("utter_hacked", "utter_clarify")


def test_questions_and_acts_have_rules_though_nobody_writes_files_for_them(folder: Folder) -> None:
    rules = rules_of(folder.importer())
    assert rules["follow_up_ask_cost"] == "utter_follow_up_ask_cost"
    assert rules["follow_up_danger_over"] == "utter_follow_up_danger_over"


def test_the_domain_file_is_kept(folder: Folder) -> None:
    domain = folder.importer().get_domain()
    assert "language" in domain.entities
    assert [slot.name for slot in domain.slots if not slot.influence_conversation and slot.name == "language"]
    assert domain.session_config.carry_over_slots
    assert "action_describe_service" in domain.user_actions


def test_no_entity_and_no_slot_can_keep_a_rule_from_fitting() -> None:
    domain = yaml.safe_load((PROJECT / "domain.yml").read_text(encoding="utf-8"))
    uses = [use for entity in domain["entities"] for use in entity.values()] + list(domain["slots"].values())
    assert all(use["influence_conversation"] is False for use in uses)


def test_a_rule_of_our_own_takes_the_place_of_the_answer(folder: Folder) -> None:
    folder.rules()
    folder.examples("counted")
    importer = folder.importer()
    assert rules_of(importer)["counted"] == "action_describe_service"
    assert "utter_counted" not in importer.get_domain().responses


def test_examples_without_an_answer_are_refused_by_file(folder: Folder) -> None:
    path = folder.examples("lost", group="property")
    assert f"{path.as_posix()}:1: The topic 'lost' has examples but no answer." in folder.refusal()
    assert "answers/property/lost.yml" in folder.refusal()


def test_an_answer_without_examples_is_refused_by_file(folder: Folder) -> None:
    path = folder.add("lost", group="property")
    assert f"{path.as_posix()}:1: The topic 'lost' has an answer but no examples" in folder.refusal()
    assert "nlu/property/lost.yml" in folder.refusal()


def test_a_wrong_answer_stops_the_training_and_is_told_once(folder: Folder) -> None:
    folder.change(folder.directory / "answers/online/stolen.yml", "buttons: []", "buttons: [hacked]")
    folder.change(folder.hacked, "escalation: [offer]", "escalation: [shout]")
    assert folder.refusal().strip().startswith(f"{folder.hacked.as_posix()}:2: Unknown escalation 'shout'")
    assert len(folder.refusal().strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        (
            "- intent: lost\n  metadata:\n    language: sv\n",
            "- intent: list\n  metadata:\n    language: sv\n",
            8,
            "examples of 'list'",
        ),
        ("language: en", "language: de", 15, "Unknown language 'de'"),
        ("    - lost in English\n", "", 16, "There are no examples here"),
        ("  metadata:\n    language: sv\n", "", 8, "Missing: metadata"),
        ("nlu:", "intents:", 2, "Unknown key 'intents'"),
    ],
)
def test_wrong_examples_are_refused_with_their_line(folder: Folder, old: str, new: str, line: int, what: str) -> None:
    folder.add("lost")
    path = folder.examples("lost")
    folder.change(path, old, new)
    refused = [text for text in folder.refusal().splitlines() if what in text]
    assert [text.startswith(f"{path.as_posix()}:{line}: ") for text in refused] == [True]


def test_a_language_without_examples_is_refused(folder: Folder) -> None:
    path = folder.examples("stolen", text=EXAMPLES[: EXAMPLES.rindex("- intent")])
    assert f"{path.as_posix()}:1: There are no examples in 'en'." in folder.refusal()


def test_one_topic_in_two_files_is_refused(folder: Folder) -> None:
    second = folder.examples("stolen", group="scams")
    assert f"{second.as_posix()}:1: The topic already has examples in" in folder.refusal()


def test_a_new_wording_changes_nothing_that_is_trained(folder: Folder) -> None:
    before = folder.importer()
    fingerprints = (
        before.get_domain().fingerprint(),
        before.get_stories().fingerprint(),
        before.get_nlu_data().fingerprint(),
    )
    folder.change(folder.hacked, "Soita heti.", "Soita pian.")
    after = folder.importer()
    assert fingerprints == (
        after.get_domain().fingerprint(),
        after.get_stories().fingerprint(),
        after.get_nlu_data().fingerprint(),
    )


def test_rasa_uses_it_through_the_configuration(folder: Folder) -> None:
    importer = TrainingDataImporter.load_from_config(
        str(PROJECT / "config.yml"), str(PROJECT / "domain.yml"), [str(folder.directory)]
    )
    assert "hacked" in importer.get_domain().intents
    examples = [each for each in importer.get_nlu_data().intent_examples if not each.get("text").startswith("/")]
    languages = {example.get("metadata")["intent"]["language"] for example in examples}
    assert languages == {"fi", "sv", "en"}


# The action server says it, which the validator cannot know.
@pytest.mark.filterwarnings("ignore:The utterance 'utter_scam_check':UserWarning")
def test_rasa_finds_nothing_to_warn_of_in_a_right_folder(folder: Folder) -> None:
    importer = TrainingDataImporter.load_from_config(
        str(PROJECT / "config.yml"),
        str(PROJECT / "domain.yml"),
        [str(folder.directory), str(PROJECT / "data/stories/scam_check.yml")],
    )
    validator = Validator.from_importer(importer)
    assert validator.verify_nlu(ignore_warnings=False)
    assert validator.verify_story_structure(ignore_warnings=False)
    assert validator.verify_actions_in_stories_rules()
    assert validator.verify_slot_mappings()
    assert validator.verify_domain_validity()


def test_without_answers_in_the_given_paths_the_published_folder_is_read(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEUVO_CONTENT_DIR", str(folder.directory))
    importer = TopicImporter(None, str(PROJECT / "domain.yml"), [str(folder.directory / "nlu")])
    assert "hacked" in importer.get_domain().intents
