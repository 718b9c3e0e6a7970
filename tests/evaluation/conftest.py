"""Warnings are errors for our own parts; those of Rasa's libraries are let through while they load."""

import tests.bot.quiet  # noqa: F401  # isort: skip  # before all that imports Rasa
from rasa.core.agent import Agent  # noqa: F401
