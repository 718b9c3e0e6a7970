"""Our own texts to citizens: the fixed lines of `data/lines.yml` and the published answers, by language."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import structlog

from answers.library import Library
from answers.pieces import State
from answers.problems import NotRenderable, Problem
from answers.render import render
from gateway.core.locale import LANGUAGES

log = structlog.get_logger()

# Every line that this process sends; a missing one prevents the start.
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
    "handover_closed",
    "handover_feedback",
    "handover_feedback_yes",
    "handover_feedback_no",
    "handover_feedback_helped",
    "handover_feedback_not_helped",
    "danger_nobody_reads",
    "handover_back_in_queue",
    "handover_still_waiting",
    "handover_nobody_on_duty",
    "handover_nobody_came",
    "handover_left",
    "handover_leave_button",
    "machine_translated",
    "hours_open",
    "hours_always_open",
    "hours_closed",
    "hours_closed_for_long",
    "hours_unconfirmed",
    "hours_on_duty",
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
    """The published lines; read again when a file changes, keeping the last valid version.

    Raises `KeyError` at start when a line is missing or refused.
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
        """The title of a topic as a button shows it, or None when the topic has no answer."""
        content, wanted = self._library.content, language or LANGUAGES[0]
        if topic in content.answers:
            return content.title(topic, wanted)
        # The check of a suspicious message is a topic without an answer of its own.
        return content.line(f"{topic}_title", wanted) if f"{topic}_title" in content.lines else None

    def topics(self) -> tuple[str, ...]:
        """The topics that have a published answer, by name."""
        return tuple(sorted(self._library.content.answers))

    def answer(self, topic: str, language: str) -> str | None:
        """The published answer to a topic, or None when it has none, or depends on a value of the conversation."""
        content = self._library.content
        if topic not in content.answers:
            return None
        try:
            return content.text(topic, language, values={}).strip()
        except NotRenderable:
            return None

    def group_of(self, topic: str | None) -> str | None:
        """The group of a topic, the folder of its answer; None for what has no answer."""
        published = self._library.content.answers.get(topic) if topic else None
        return Path(published.answer.file).parent.name if published else None

    def question_title(self, question: str, language: str) -> str | None:
        """What a button to a question says, or None for one that nobody has worded."""
        published = self._library.content.questions.get(question)
        return published.title(language) if published else None

    def pieces(self, topic: str | None, language: str, state: State) -> Iterator[tuple[str, str, str]]:
        """Each question with its title and short answer: the topic's own, else what holds whatever the topic."""
        content = self._library.content
        for question, published in content.questions.items():
            with suppress(NotRenderable):
                own = content.piece(topic, question, language, state) if topic else None
                if text := own or content.general_piece(question, language, state):
                    yield question, published.title(language), text.strip()

    def render(self, text: str, language: str) -> str:
        """A text with the contacts filled in; raises `NotRenderable` for a contact that may not be published."""
        return render(text, language, self._library.content.contacts, {}).strip()


def _report(problems: tuple[Problem, ...]) -> None:
    for problem in problems:
        log.warning("content_refused", problem=str(problem))
