"""Beside the road, the console: why something is done that must have a reason, from a list or in words of one's own."""

from typing import Annotated

from fastapi import Depends, Form

from gateway.console.officer import LONGEST_LINE


class Ground:
    """What was chosen (`code`, which the audit log may keep) and what was written; empty when neither was."""

    def __init__(
        self,
        ground: Annotated[str, Form(max_length=32, pattern="^[a-z_]*$")] = "",
        more: Annotated[str, Form(max_length=LONGEST_LINE)] = "",
    ) -> None:
        self.code, self._words = ground, more.strip()

    @property
    def text(self) -> str:
        """The words when there are some, else the code, which every reader sees in their language."""
        if self.code == "other":
            return self._words
        return f"{self.code}" if not self._words else self._words


Given = Annotated[Ground, Depends()]
