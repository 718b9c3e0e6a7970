"""Content, playground: what the service itself says around a bot's answer, in the draft's words and in those in use."""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from answers.contacts import Contact
from gateway.content.editing.overview import Files
from gateway.content.editing.preview import contacts_of, filled
from gateway.core.database import now
from gateway.core.lines import Lines
from gateway.hours import wording
from gateway.hours.schedule import Schedule, closes_at, is_open


class ServiceWords:
    """The lines and the opening hours at this moment; `schedule` is nothing where none may be said."""

    def __init__(self, lines: Lines, schedule: Schedule | None, draft: Path, privacy_url: str) -> None:
        self._lines, self._schedule = lines, schedule
        self._draft: Mapping[str, Any] = Files().read(draft / "lines.yml", "")
        self._contacts: Mapping[str, Contact] = contacts_of(draft)
        self._privacy_url = privacy_url

    def line(self, key: str, language: str, *, draft: bool) -> str:
        """A line; the one in use where the draft has none."""
        texts = self._draft.get(key) if draft else None
        own = texts.get(language) if isinstance(texts, dict) else None
        return filled(str(own), language, self._contacts, self._privacy_url) if own else self._lines.say(key, language)

    def reply(self, text: str, language: str, *, duty: bool) -> str:
        """A bot's words with what only the moment of sending knows: whether an officer is there, and when one is."""
        if "{" not in text:
            return text
        at = now() if duty else self._out_of_hours()
        return wording.fill(text, wording.values(self._schedule, at, language, self._lines, on_duty=duty))

    def _out_of_hours(self) -> dt.datetime:
        """Now, or where the service is open the moment when it closes."""
        at = now()
        closing = closes_at(self._schedule, at) if self._schedule and is_open(self._schedule, at) else None
        return closing or at
