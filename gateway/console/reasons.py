"""Console: the reason for an action that must have one, from a list or in the officer's own words."""

from typing import Annotated

from fastapi import Depends, Form

from gateway.console.officer import MAX_LINE_LENGTH


class ChosenReason:
    """The chosen `code`, which the audit log stores, and the written text; both may be empty."""

    def __init__(
        self,
        ground: Annotated[str, Form(max_length=32, pattern="^[a-z_]*$")] = "",
        more: Annotated[str, Form(max_length=MAX_LINE_LENGTH)] = "",
    ) -> None:
        self.code, self._text = ground, more.strip()

    @property
    def text(self) -> str:
        """The written text, else the code, which is shown in each reader's language."""
        if self.code == "other":
            return self._text
        return f"{self.code}" if not self._text else self._text


GivenReason = Annotated[ChosenReason, Depends()]
