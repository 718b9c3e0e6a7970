"""Station 4, our own words: the fixed lines of `data/lines.yml` and the titles of topics, in the citizen's language."""

from pathlib import Path

import structlog

from answers.library import Library
from answers.problems import NotRenderable, Problem
from answers.render import render

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
    "danger_first",
    "crisis_first",
    "handover_joined",
    "handover_given_back",
    "handover_back_in_queue",
    "handover_still_waiting",
    "handover_nobody_on_duty",
    "handover_nobody_came",
    "handover_left",
    "handover_leave_button",
    "hours_open",
    "hours_always_open",
    "hours_closed",
    "hours_closed_for_long",
    "hours_unconfirmed",
    "bulletins_lead",
    "bulletins_also",
    "bulletins_more",
    "bulletins_otherwise",
    "bulletin_corrected",
    "bulletin_withdrawn",
    "bulletin_until",
    "bulletin_follow_button",
    "bulletin_followed",
    "bulletin_over",
    "privacy_erase_question",
    "privacy_erase_yes_button",
    "privacy_no_button",
    "privacy_erased",
    "privacy_erased_except_held",
    "privacy_kept",
    "privacy_tell_question",
    "privacy_tell_yes_button",
    "privacy_tell_begin",
    "privacy_tell_cut",
    "privacy_tell_end",
    "privacy_you",
    "privacy_bot",
    "privacy_officer",
    "privacy_no_words",
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

    def topics(self) -> tuple[str, ...]:
        """The topics that have a published answer, by name."""
        return tuple(sorted(self._library.content.answers))

    def answer(self, topic: str, language: str) -> str | None:
        """The published answer to a topic; nothing when it has none, or when a value in it is for one talk only."""
        content = self._library.content
        if topic not in content.answers:
            return None
        try:
            return content.text(topic, language, values={}).strip()
        except NotRenderable:
            return None

    def render(self, text: str, language: str) -> str:
        """Words of ours with the contacts filled in; raises `NotRenderable` for one that may not be said."""
        return render(text, language, self._library.content.contacts, {}).strip()


def _report(problems: tuple[Problem, ...]) -> None:
    for problem in problems:
        log.warning("content_refused", problem=str(problem))
