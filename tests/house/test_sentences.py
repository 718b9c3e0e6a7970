"""Checks of the house: a sentence that the editors' workshop would say is one that it has, in three languages."""

import ast
from pathlib import Path

import pytest

from gateway.content.words import _sentences
from gateway.settings import PROJECT

SAYS = {"ContentRefused", "_note", "note", "say"}
MODULES = sorted((PROJECT / "gateway" / "content").rglob("*.py"))


def said(module: Path) -> set[str]:
    """The keys that stand in calls which look a sentence up; those that are computed are not seen."""
    found = set()
    for call in ast.walk(ast.parse(module.read_text("utf-8"))):
        if not isinstance(call, ast.Call):
            continue
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if name in SAYS:
            texts = [each for each in call.args[:2] if isinstance(each, ast.Constant) and isinstance(each.value, str)]
            found |= {str(text.value) for text in texts[:1]}
    return found - {"fi", "sv", "en"}  # a key may be computed, and the language stand there as it is


@pytest.mark.parametrize("module", [each for each in MODULES if said(each)], ids=lambda each: each.stem)
def test_a_key_that_is_said_is_a_sentence_in_three_languages(module: Path) -> None:
    for key in said(module):
        assert set(_sentences().get(key, {})) == {"fi", "sv", "en"}, key


def test_keys_are_found_at_all() -> None:
    assert {"nothing_to_publish", "check_refused"} <= set().union(*map(said, MODULES))
