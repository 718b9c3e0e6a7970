"""Dialogue: our parts of Rasa, which its configuration names by module."""

import sys

# Only where Rasa runs: the encoder's graph is built in an environment without it.
if "rasa.shared.data" in sys.modules:
    from bot.story_search import leave_out_hidden_folders

    leave_out_hidden_folders()
