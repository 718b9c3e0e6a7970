"""Checks of debounce: what may wait for more words."""

import pytest

from gateway.turns.pace import is_opener


@pytest.mark.parametrize("text_", ["hei", "Moi!", "hej hej", "hi there", "mulla ois yks kysymys", "jag har en fråga"])
def test_a_bare_greeting_may_wait(text_: str) -> None:
    assert is_opener(text_)


@pytest.mark.parametrize(
    "text_",
    ["apua", "hei apua", "112", "hjälp", "help", "moi onko tää botti", "hei?", "", "…", "hei hei hei hei hei hei hei"],
)
def test_anything_else_does_not_wait(text_: str) -> None:
    assert not is_opener(text_)
