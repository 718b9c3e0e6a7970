"""Dialogue, beside the answers: the number of topics and the age of the oldest answer."""

from typing import Any

import structlog
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from answers.content import Content
from answers.library import Library, content_directory, privacy_url
from answers.problems import Problem

log = structlog.get_logger(__name__)

# The group of answers about the conversation itself (greetings, unclear messages): no advice, so not counted.
_DIALOGUE_GROUP = "dialogue"


class DescribeService(Action):  # type: ignore[misc]
    """Answers `bot_status` with counts that change whenever an editor publishes."""

    def __init__(self, library: Library | None = None) -> None:
        self._library = library or Library(content_directory(), privacy_url(), _log_problems)

    def name(self) -> str:
        """The action's name in domain.yml."""
        return "action_describe_service"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Say the answer `bot_status` with the present counts; sets no slot."""
        dispatcher.utter_message(response="utter_bot_status", **status_values(self._library.content))
        return []


def status_values(content: Content) -> dict[str, str]:
    """The values of the answer `bot_status`, formatted."""
    advice = [published.answer for published in content.answers.values() if published.answer.group != _DIALOGUE_GROUP]
    oldest = min(answer.reviewed_on for answer in advice)
    return {"topics_known": str(len(advice)), "oldest_review": f"{oldest.day}.{oldest.month}.{oldest.year}"}


def _log_problems(problems: tuple[Problem, ...]) -> None:
    log.warning("answers.refused", problems=[str(problem) for problem in problems])
