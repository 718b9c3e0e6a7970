"""Checks of the house: a sentence that the editors' workshop would say is one that it has."""

import ast
from pathlib import Path

import pytest

from gateway.content.wording import COUNTED, SENTENCES
from gateway.core.config.settings import PROJECT

SAYS = {"ContentRefused", "ChangedMeanwhile", "NoRoom", "_note", "note", "say", "english"}
MODULES = sorted((PROJECT / "gateway" / "content").rglob("*.py"))


def said(module: Path) -> set[str]:
    """The codes that stand in calls which look a sentence up; those that are computed are not seen."""
    found = set()
    for call in ast.walk(ast.parse(module.read_text("utf-8"))):
        if not isinstance(call, ast.Call):
            continue
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if name in SAYS:
            texts = [each for each in call.args[:2] if isinstance(each, ast.Constant) and isinstance(each.value, str)]
            found |= {str(text.value) for text in texts[:1]}
    return found - {"fi", "sv", "en"}  # a code may be computed, and the language stand there as it is


@pytest.mark.parametrize("module", [each for each in MODULES if said(each)], ids=lambda each: each.stem)
def test_a_code_that_is_said_has_a_sentence(module: Path) -> None:
    assert said(module) - (SENTENCES.keys() | COUNTED.keys()) == set()


def test_codes_are_found_at_all() -> None:
    assert {"nothing_to_publish", "check_refused", "disk_full"} <= set().union(*map(said, MODULES))
