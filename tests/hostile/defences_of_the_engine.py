"""Defences of Rasa's processes: their doors, and the models that are loaded. Their tests run in its own environment."""

from tests.hostile.defence import Defence

DEFENCES_OF_THE_ENGINE = (
    Defence(
        "the dialogue's door wants its token",
        "bot/channel.py",
        "            if not self._is_authorized(request):\n",
        "            if False:\n",
        "tests/bot/test_channel_refusals.py::test_without_the_right_token_nothing_is_served",
        "rasa",
    ),
    Defence(
        "the action server wants its token",
        "actions/serve.py",
        "hmac.compare_digest(given.encode(), token.encode())",
        "True",
        "tests/actions/test_door.py::test_without_the_token_nothing_is_said",
        "rasa",
    ),
    Defence(
        "a citizen's words are no command",
        "bot/dialogue.py",
        "            text = _HARMLESS + text[1:]\n",
        "            pass\n",
        "tests/bot/test_channel.py::test_words_never_become_a_command",
        "rasa",
    ),
    Defence(
        "a tapped choice is no command",
        "bot/dialogue.py",
        "if choice not in self._agent.domain.intents or choice in _COMMAND_INTENTS:",
        "if choice not in self._agent.domain.intents:",
        "tests/bot/test_channel_refusals.py::test_a_choice_that_is_no_topic_is_refused",
        "rasa",
    ),
    Defence(
        "a model that carries no seal of ours is not loaded",
        "bot/models.py",
        "    if not (genuine and right):\n",
        "    if False:\n",
        "tests/bot/test_models.py::test_a_changed_model_changed_papers_another_key_and_no_papers_are_refused",
        "rasa",
    ),
    Defence(
        "every loading of a model is guarded",
        "bot/models.py",
        "        verify_model(Path(model_path), key)\n        load(",
        "        load(",
        "tests/bot/test_models.py::test_rasa_loads_a_sealed_model_and_no_other",
        "rasa",
    ),
    Defence(
        "a crash of the dialogue says no citizen's words",
        "bot/channel.py",
        'log.error("dialogue.failed", reason=str(failure), where=failure.where)',
        'log.error("dialogue.failed", reason=str(failure), asked=str(question.text))',
        "tests/bot/test_channel_refusals.py::test_a_crash_is_an_error_without_the_citizens_words",
        "rasa",
    ),
)
