"""Station 4, our own words: the fixed lines of `data/lines.yml` and the titles of topics, in the citizen's language."""

from pathlib import Path

import structlog

from answers.library import Library
from answers.problems import Problem

log = structlog.get_logger()
LANGUAGES = ("fi", "sv", "en")

# Every line that this process says: all must be there before the first message comes.
NEEDED = (
    "introduction",
    "engine_failure",
    "slowed_down",
    "masked_notice",
    "list_button",
    "picture_received",
    "voice_received",
    "file_received",
    "sticker_received",
    "location_received",
    "contact_card_received",
    "unsupported_received",
)


class Lines:
    """The published lines; they follow a change of the files and keep the last good version.

    Raises `KeyError` at start when a line is missing or refused: better than silence in the middle of trouble.
    """

    def __init__(self, content_dir: Path, privacy_url: str) -> None:
        self._library = Library(content_dir, privacy_url, _report)
        missing = [key for key in NEEDED if key not in self._library.content.lines]
        if missing:
            raise KeyError(f"{content_dir / 'lines.yml'} lacks, or has refused: {', '.join(missing)}.")

    def say(self, key: str, language: str | None) -> str:
        """A line; in all three languages, one under the other, while the citizen's is not known."""
        content = self._library.content
        wanted = LANGUAGES if language is None else (language,)
        return "\n\n".join(content.line(key, each).strip() for each in wanted)

    def title(self, topic: str, language: str | None) -> str | None:
        """The title of a topic as a button shows it; nothing when the topic has no answer."""
        content = self._library.content
        return content.title(topic, language or LANGUAGES[0]) if topic in content.answers else None


def _report(problems: tuple[Problem, ...]) -> None:
    for problem in problems:
        log.warning("content_refused", problem=str(problem))
