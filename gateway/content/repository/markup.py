"""Content, markup in examples: what Rasa reads as a label, a template or a command, and no citizen means so."""

import re
from collections.abc import Iterable
from typing import Final

from gateway.content.errors import ContentRefused

# Rasa's way of marking a part of an example, `[kissa](elain)` or `[kissa]{"entity": …}`, its templates and commands.
_MARKUP: Final = re.compile(r"\[[^\]]*\]\s*[({]|\{\{|^\s*- |^\s*/")


def has_markup(text: str) -> bool:
    """Whether an example would be learned as something else than its words."""
    return _MARKUP.search(text) is not None


def require_plain(texts: Iterable[str]) -> None:
    """Raises `ContentRefused` with the first text that has markup."""
    if marked := next(filter(has_markup, texts), None):
        raise ContentRefused("example_markup", text=marked)
