"""The files of the simulator's page, and its words in Finnish, Swedish and English (`wording.yml`)."""

from functools import cache
from pathlib import Path

import yaml

_SIMULATOR = Path(__file__).resolve().parents[1]
TEMPLATES = _SIMULATOR / "templates"
STATIC = _SIMULATOR / "static"
WORDING = Path(__file__).with_name("wording.yml")
LANGUAGES = ("fi", "sv", "en")


@cache
def words_in(language: str) -> dict[str, str]:
    """Every phrase of the page in one language. Raises `KeyError` when a phrase lacks it."""
    phrases: dict[str, dict[str, str]] = yaml.safe_load(WORDING.read_text(encoding="utf-8"))
    return {key: phrase[language] for key, phrase in phrases.items()}
