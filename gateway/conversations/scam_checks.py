"""Station 2, the check of suspicious messages: a text is judged as it came, and then masked; only the parts are kept.

Links lose path, query and user part, whatever the message is about: what may name a person there is not stored.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import structlog

from answers.problems import Problem
from answers.senders import SENDERS_FILE, Sender, read_senders
from gateway.conversations.messages import IncomingMessage
from gateway.conversations.pii_masking import CodeKind, mask
from scam_check.check import check_message
from scam_check.known_list import KnownList
from scam_check.links import without_paths
from scam_check.parts import PartsRefused, ScamParts, parts_from_json
from scam_check.senders import SenderIndex

log = structlog.get_logger()

SCAM_CHECK: Final = "scam_check"
"""Where a message's sealed content keeps the parts."""
_LOOK_EVERY: Final = 1.0


@dataclass(frozen=True)
class ReadText:
    """A text that may be stored, which codes are hidden in it, and what the check says of it where it concerns it.

    `asks`: it asks whether something is genuine, perhaps the message that it quotes.
    """

    text: str | None
    masked: tuple[CodeKind, ...]
    parts: ScamParts | None = None
    asks: bool = False

    def content(self, media_id: str | None) -> dict[str, Any]:
        """What is sealed of a message."""
        found: dict[str, Any] = {"text": self.text, "media_id": media_id}
        return found if self.parts is None else {**found, SCAM_CHECK: self.parts.as_json()}


class ScamChecks:
    """The check with the published senders and the list of known scams, both followed while their files change."""

    def __init__(self, content: Path | None, known: Path | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = None if content is None else content / SENDERS_FILE
        self._clock = clock
        self._known = KnownList(known, lambda problem: log.warning("scam_list_not_read", problem=problem))
        self._index = SenderIndex({})
        self._signature: tuple[int, int] | None = None
        self._looked_at = float("-inf")

    def warm_up(self) -> None:
        """Compile the patterns and read the numbers' plans now, which takes a second or two, and not for a citizen."""
        check_message("warm up +358401234567 http://example.fi", self.index)

    @property
    def index(self) -> SenderIndex:
        """The senders as published; the last good ones while the file has mistakes."""
        if self._path is not None and self._clock() - self._looked_at >= _LOOK_EVERY:
            self._looked_at = self._clock()
            signature = _signature(self._path)
            if signature != self._signature:
                self._signature = signature
                self._read(self._path)
        return self._index

    @property
    def senders(self) -> dict[str, Sender]:
        """The senders by key."""
        return dict(self.index.senders)

    def read(self, message: IncomingMessage) -> ReadText:
        """Judge a message's text and mask it."""
        text = message.text or ""
        if not text:
            return ReadText(None, ())
        checked = check_message(text, self.index, self._known.known, forwarded=message.forwarded)
        masked = mask(without_paths(text))
        parts = checked.parts if checked.concerns or checked.parts.told else None
        return ReadText(masked.text or None, masked.kinds, parts, checked.asks)

    def _read(self, path: Path) -> None:
        if not path.exists():
            self._index = SenderIndex({})
            return
        senders, source = read_senders(path)
        _report(source.problems)
        # A sender with a mistake is missing; the others, and the one as it was, stay.
        kept = {key: sender for key, sender in self._index.senders.items() if key not in senders and source.problems}
        self._index = SenderIndex({**kept, **senders})


NO_SENDERS: Final = ScamChecks(None, None)
"""The check without anybody's names: what is in a form or in words alone is found."""


def parts_of(content: dict[str, Any]) -> ScamParts | None:
    """The parts that a message's content keeps, or None."""
    given = content.get(SCAM_CHECK)
    if given is None:
        return None
    try:
        return parts_from_json(given)
    except PartsRefused:
        return None  # of a version whose lists were others


def _signature(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size


def _report(problems: list[Problem]) -> None:
    for problem in problems:
        log.warning("content_refused", problem=str(problem))
