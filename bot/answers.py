"""Dialogue: the words of a reply, from the published answers, in the citizen's language and the channel's wording."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import structlog
from rasa.core.nlg import NaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from answers.content import Content
from answers.library import Library, content_directory, privacy_url
from answers.problems import Problem
from bot.conversation.interpretation import INTERPRETATION, Interpretation
from bot.conversation.state import last_reply, state_of
from bot.faq.component import FAQ, asked_of
from bot.history import SAID_ABOUT
from bot.names import CLARIFY, UNSURE, topic_of
from bot.replies.choose import reply_to
from bot.replies.reply import Scene, button_title
from bot.turn import (
    dangers_of,
    guesses_of,
    language_of,
    misses_of,
    other_language_of,
    possible_danger_of,
)

log = structlog.get_logger(__name__)

# `rasa shell` asks under this name. Its menu of buttons would take the keyboard, and with it the next line of a pipe:
# there the choices stand under the text, to be typed.
_SHELL: Final = "queue"


class AnswerGenerator(NaturalLanguageGenerator):  # type: ignore[misc]
    """Says what fits a message in its conversation, from data/answers and data/lines.yml, and follows their changes.

    A message has Rasa's `text` and `buttons` (payload `/<intent>`), and `neuvo` for our channel and the next message:
    `key`, `escalation`, and what was said, asked and offered. Raises `ContentRefused` at the start when nothing
    could be said, KeyError for a topic without an answer.
    """

    def __init__(
        self,
        endpoint_config: EndpointConfig | None = None,
        domain: Domain | None = None,
        library: Library | None = None,
    ) -> None:
        self._library = library or Library(content_directory(), privacy_url(), log_problems)

    async def generate(
        self, utter_action: str, tracker: DialogueStateTracker, output_channel: str, **kwargs: Any
    ) -> dict[str, Any]:
        """The message for an action that says something (see `NaturalLanguageGenerator`)."""
        content = self._library.content
        scene = scene_of(content, utter_action, tracker, output_channel, kwargs)
        dangers, possible = frozenset(dangers_of(tracker)), possible_danger_of(tracker)
        reply = reply_to(scene, dangers, other_language_of(tracker), possible)
        language = scene.language
        buttons = [{"title": button_title(content, name, language), "payload": f"/{name}"} for name in reply.buttons]
        about = {SAID_ABOUT: reply.remembered()}
        if output_channel == _SHELL:
            choices = "".join(f"\n{button['payload']}  {button['title']}" for button in buttons)
            return {"text": reply.text + choices, **about}
        return {"text": reply.text, "buttons": buttons, **about}


def scene_of(
    content: Content, action: str, tracker: DialogueStateTracker, channel: str, given: Mapping[str, Any]
) -> Scene:
    """What the reply to the tracker's latest message depends on."""
    latest = tracker.latest_message
    parsed = latest.parse_data.get(INTERPRETATION) if latest is not None else None
    guesses = guesses_of(latest) if latest is not None else []
    return Scene(
        content=content,
        language=language_of(tracker),
        channel=channel,
        state=state_of(tracker),
        last=last_reply(tracker, before_latest=True),
        intent=UNSURE if action == CLARIFY else topic_of(action),
        text=(latest.text or "") if latest is not None else "",
        interpretation=Interpretation.from_json(parsed) if parsed else None,
        ranking=tuple(topic for topic in guesses if topic in content.answers),
        misses=misses_of(tracker),
        given=given,
        asked=asked_of(latest.parse_data.get(FAQ)) if latest is not None else None,
    )


def log_problems(problems: Sequence[Problem]) -> None:
    """Tell the operator which files an editor must mend; the last good version is used until then."""
    log.warning("answers.refused", problems=[str(problem) for problem in problems])
