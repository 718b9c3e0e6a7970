"""Dialogue: the words of a reply, from the published answers, in the citizen's language and the channel's wording."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog
from rasa.core.nlg import NaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from answers.content import Content
from answers.library import Library, content_directory, privacy_url
from answers.limits import BODY_WITH_BUTTONS
from answers.problems import Problem
from bot.follow_ups.offered import is_follow_up, offered, offers_officer_first
from bot.follow_ups.said import ASK_AGAIN, OFFICER_OFFERED, button_title, said
from bot.names import CLARIFY, CRISIS, EMERGENCY, SUICIDE, topic_of
from bot.turn import dangers_of, language_of, other_language_of

log = structlog.get_logger(__name__)

_EMERGENCY_NUMBER: Final = "112"

# `rasa shell` asks under this name. Its menu of buttons would take the keyboard, and with it the next line of a pipe:
# there the choices stand under the text, to be typed.
_SHELL: Final = "queue"


@dataclass(frozen=True)
class Reply:
    """What is said, why (`key`: a topic or a line), which topics are offered and who is to be called."""

    key: str
    text: str
    buttons: tuple[str, ...]
    escalation: tuple[str, ...]


class AnswerGenerator(NaturalLanguageGenerator):  # type: ignore[misc]
    """Says `utter_<topic>` from data/answers and `utter_clarify` from data/lines.yml, and follows their changes.

    A message has Rasa's `text` and `buttons` (payload `/<topic>`), and `neuvo`: {key, escalation} for our channel.
    Raises `ContentRefused` at the start when nothing could be said, KeyError for a topic without an answer.
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
        language = language_of(tracker)
        reply = self._reply(content, utter_action, tracker, output_channel, kwargs)
        reply = _with_danger_first(content, reply, dangers_of(tracker), language)
        buttons = [{"title": button_title(content, name, language), "payload": f"/{name}"} for name in reply.buttons]
        about = {"key": reply.key, "escalation": list(reply.escalation)}
        if output_channel == _SHELL:
            choices = "".join(f"\n{button['payload']}  {button['title']}" for button in buttons)
            return {"text": reply.text + choices, "neuvo": about}
        return {"text": reply.text, "buttons": buttons, "neuvo": about}

    def _reply(
        self, content: Content, action: str, tracker: DialogueStateTracker, channel: str, given: dict[str, Any]
    ) -> Reply:
        topic, language = topic_of(action), language_of(tracker)
        foreign = other_language_of(tracker)
        if foreign is not None and not dangers_of(tracker):
            return _foreign(content, foreign, language)
        if is_follow_up(topic):
            key, text = said(content, topic, tracker, language)
            return Reply(key, text, offered(content, tracker), ())
        if action == CLARIFY or offers_officer_first(tracker):
            return _unsure(content, tracker, language)
        answer = content.answers[topic].answer
        values = {name: str(given[name]) for name in answer.values if name in given}
        text = content.text(topic, language_of(tracker), channel, values)
        return Reply(topic, text, content.buttons(topic), answer.escalation)


def log_problems(problems: Sequence[Problem]) -> None:
    """Tell the operator which files an editor must mend; the last good version is used until then."""
    log.warning("answers.refused", problems=[str(problem) for problem in problems])


def _unsure(content: Content, tracker: DialogueStateTracker, language: str) -> Reply:
    choices = offered(content, tracker)
    if offers_officer_first(tracker):
        return Reply(OFFICER_OFFERED, content.line(OFFICER_OFFERED, language), choices, ("offer",))
    key = "clarify" if choices else ASK_AGAIN
    return Reply(key, content.line(key, language), choices, ())


def _foreign(content: Content, foreign: str, language: str) -> Reply:
    """Three languages for whoever writes in a fourth, and the helpers who speak theirs, where there are any."""
    key = "fourth_language"
    own = f"{key}_{foreign}"
    parts = [content.line(name, language) for name in (key, own) if name in content.lines]
    return Reply(key, "\n\n".join(parts), (), ())


def _with_danger_first(content: Content, reply: Reply, dangers: set[str], language: str) -> Reply:
    text = reply.text
    if EMERGENCY in dangers:
        if _EMERGENCY_NUMBER not in text.split("\n", 1)[0]:
            text = f"{content.line('danger_first', language)}\n\n{text}"
    elif CRISIS in dangers and reply.key != SUICIDE:
        text = f"{content.line('crisis_first', language)}\n\n{text}"
    # Too long for WhatsApp's buttons: the help stays, the buttons go.
    buttons = reply.buttons if len(text) <= BODY_WITH_BUTTONS else ()
    return Reply(reply.key, text, buttons, _escalation(reply.escalation, dangers))


def _escalation(planned: Iterable[str], dangers: set[str]) -> tuple[str, ...]:
    found = [danger for danger in (EMERGENCY, CRISIS) if danger in dangers]
    return tuple(dict.fromkeys([*found, *planned]))
