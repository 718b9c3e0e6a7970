"""Console: the reason for an action that must have one, from the closed list of what it is for.

Only "another reason" is given in the officer's own words, which the others may have besides.
"""

from typing import Annotated

from fastapi import Depends, Form

from gateway.console.officer import MAX_LINE_LENGTH
from gateway.console.wording import GROUNDS

OTHER = "other"


class ChosenReason:
    """The chosen `code`, which the audit log stores, and the written text; `text` is empty where either is missing."""

    purpose = ""

    def __init__(
        self,
        ground: Annotated[str, Form(max_length=32)] = "",
        more: Annotated[str, Form(max_length=MAX_LINE_LENGTH)] = "",
    ) -> None:
        self.code = ground if ground in GROUNDS[self.purpose] else ""
        self._written = more.strip()

    @property
    def text(self) -> str:
        """The written text, else the code, which is shown in each reader's language; empty without a known code."""
        if self.code in ("", OTHER):
            return self._written if self.code else ""
        return self._written or self.code


class ReasonToClose(ChosenReason):
    """Why a conversation is closed."""

    purpose = "close"


class ReasonToRelease(ChosenReason):
    """Why a conversation goes back into the queue or to a colleague; it may be left out."""

    purpose = "release"

    @property
    def text(self) -> str:
        """The written text, also without a code."""
        return super().text or self._written


class ReasonToShow(ChosenReason):
    """Why a number, a file or a transcript is disclosed."""

    purpose = "show"


class ReasonToBlock(ChosenReason):
    """Why a citizen is blocked."""

    purpose = "block"


class ReasonToHold(ChosenReason):
    """Why a conversation must be kept."""

    purpose = "hold"


class ReasonToLift(ChosenReason):
    """Why it need not be kept any more."""

    purpose = "lift"


ToClose = Annotated[ReasonToClose, Depends()]
ToRelease = Annotated[ReasonToRelease, Depends()]
ToShow = Annotated[ReasonToShow, Depends()]
ToBlock = Annotated[ReasonToBlock, Depends()]
ToHold = Annotated[ReasonToHold, Depends()]
ToLift = Annotated[ReasonToLift, Depends()]
