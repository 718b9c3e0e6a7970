"""Examples are copied cheaply and are still Rasa's messages."""

from copy import deepcopy

from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.importer import Example


def example(text: str = "moi") -> Example:
    built: Example = Example.build(text, "greeting_thanks", intent_metadata={"language": "fi"})
    return built


def test_an_example_has_the_fingerprint_of_the_same_message() -> None:
    message = Message.build("moi", "greeting_thanks", intent_metadata={"language": "fi"})

    assert example().fingerprint() == message.fingerprint()
    assert example() == message


def test_a_copy_is_changed_alone() -> None:
    first = example()
    copied = deepcopy(first)
    copied.set("intent", "about_bot", add_to_output=True)

    assert (first.get("intent"), copied.get("intent")) == ("greeting_thanks", "about_bot")
    assert "intent" not in first.output_properties
    assert copied.fingerprint() != first.fingerprint()
    assert deepcopy(first).fingerprint() == first.fingerprint()


def test_setting_another_value_is_seen_in_the_fingerprint() -> None:
    first = example()
    before = first.fingerprint()
    first.set("intent", "greeting_thanks")
    assert first.fingerprint() == before
    first.set("intent", "about_bot")

    assert first.fingerprint() != before


def test_the_same_example_twice_is_one() -> None:
    assert len(TrainingData([example(), example(), example("hei")]).training_examples) == 2
