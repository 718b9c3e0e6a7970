"""The words of the simulator's page in Finnish, Swedish and English, out of `wording.yml`."""

from functools import cache

import yaml

from gateway.channels.simulator.page.places import WORDING

LANGUAGES = ("fi", "sv", "en")


@cache
def words_in(language: str) -> dict[str, str]:
    """Every phrase of the page in one language. Raises `KeyError` when a phrase lacks it."""
    phrases: dict[str, dict[str, str]] = yaml.safe_load(WORDING.read_text(encoding="utf-8"))
    return {key: phrase[language] for key, phrase in phrases.items()}
