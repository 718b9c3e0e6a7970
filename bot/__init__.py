"""Dialogue: our parts of Rasa, which its configuration names by module."""

import sys

# Only with Rasa: the encoder's graph is built in an environment without it.
if "rasa.shared.data" in sys.modules:
    from bot.story_search import skip_hidden_folders

    skip_hidden_folders()
