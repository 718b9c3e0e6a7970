"""Defences of the dialogue engine and the action server, in Rasa's environment."""

from tests.hostile.defence import Defence
from tests.hostile.edits import argument, call, never, returns, without_call, without_operand

DEFENCES_OF_THE_ENGINE = (
    Defence(
        "the dialogue's door wants its token",
        "bot.channel:NeuvoInput.blueprint.receive",
        (never(),),
        "tests/bot/test_channel_refusals.py::test_without_the_right_token_nothing_is_served",
        "rasa",
    ),
    Defence(
        "the action server wants its token",
        "actions.serve:application.check_token",
        (call("compare_digest", "True"),),
        "tests/actions/test_door.py::test_without_the_token_nothing_is_said",
        "rasa",
    ),
    Defence(
        "a citizen's words are no command",
        "bot.dialogue:harmless",
        (returns("text"),),
        "tests/bot/test_channel.py::test_words_never_become_a_command",
        "rasa",
    ),
    Defence(
        "a tapped choice is no command",
        "bot.dialogue:Dialogue._chosen",
        (without_operand("_COMMAND_INTENTS"),),
        "tests/bot/test_channel_refusals.py::test_a_choice_that_is_no_topic_is_refused",
        "rasa",
    ),
    Defence(
        "a model that carries no seal of ours is not loaded",
        "bot.models:verify_model",
        (never(),),
        "tests/bot/test_models.py::test_a_changed_model_changed_papers_another_key_and_no_papers_are_refused",
        "rasa",
    ),
    Defence(
        "every loading of a model is guarded",
        "bot.models:guard_loading.load_verified",
        (without_call("verify_model"),),
        "tests/bot/test_models.py::test_rasa_loads_a_sealed_model_and_no_other",
        "rasa",
    ),
    Defence(
        "a crash of the dialogue says no citizen's words",
        "bot.channel:_answer",
        (argument("error", "where", "str(parsed.text)"),),
        "tests/bot/test_channel_refusals.py::test_a_crash_is_an_error_without_the_citizens_words",
        "rasa",
    ),
)
