"""Dialogue: one message goes through Rasa; what was understood and what is said comes back."""

import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

from rasa.core.agent import Agent
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.shared.core.constants import USER_INTENT_BACK, USER_INTENT_RESTART, USER_INTENT_SESSION_START
from rasa.shared.core.events import Restarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.history import opening
from bot.names import CRISIS, EMERGENCY, UNSURE
from bot.questions import Question, Refused
from bot.turn import dangers_of, language_of, ranking_of

RANKING_LENGTH: Final = 5

# Rasa takes a leading slash for a command; this one looks the same and is none. One character for one: places stay.
_COMMAND: Final = "/"
_HARMLESS: Final = "\u2215"

_COMMAND_INTENTS: Final = frozenset({USER_INTENT_RESTART, USER_INTENT_BACK, USER_INTENT_SESSION_START, UNSURE})
# Told in fields of their own, or nobody's business outside the bot.
_HIDDEN_ENTITIES: Final = frozenset({"language", "danger", "danger_pattern"})


class DialogueFailed(Exception):
    """Rasa raised or stayed silent. The message and `where` (frames, no values) have nothing a citizen wrote."""

    def __init__(self, reason: str, where: list[str]) -> None:
        self.where = where
        super().__init__(reason)


class Replies(OutputChannel):  # type: ignore[misc]
    """Collects the replies of one turn, as the gateway wants them, on behalf of the citizen's channel."""

    def __init__(self, channel: str) -> None:
        self._channel = channel
        self.replies: list[dict[str, Any]] = []

    def name(self) -> str:
        """The citizen's channel: answers may have a wording of their own for it."""
        return self._channel

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Take one message of the bot."""
        said = message.get("neuvo") or {}
        buttons = message.get("buttons") or []
        self.replies.append(
            {
                "key": said.get("key") or message.get("utter_action") or "",
                "text": message.get("text") or "",
                "buttons": [{"id": f"topic:{button['payload'][1:]}", "title": button["title"]} for button in buttons],
                "escalation": said.get("escalation") or [],
            }
        )


class Dialogue:
    """A loaded agent, asked one question at a time per conversation."""

    def __init__(self, agent: Agent, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> None:
        self._agent = agent
        self._on_new_message = on_new_message

    async def ask(self, question: Question) -> dict[str, Any]:
        """What was understood and the replies. Raises `Refused` (422) for an unknown choice, `DialogueFailed`."""
        replies = Replies(question.channel)
        message, shift = self._message(question, replies)
        await self._begin(question)
        try:
            await self._on_new_message(message)
        except Exception as error:  # noqa: BLE001  # whatever it was, the citizen must not get silence
            cause = _first_cause(error)
            raise DialogueFailed(f"The dialogue raised {type(cause).__name__}.", _frames(cause)) from None
        if not replies.replies:
            # Rasa logs what an action raised and goes on in silence.
            raise DialogueFailed("The dialogue gave no reply.", [])
        return {"understood": await self._understood(message, shift), "replies": replies.replies}

    async def forget(self, question: Question) -> None:
        """Forget the talk, its language too."""
        async with self._agent.lock_store.lock(question.conversation_id):
            await self._agent.tracker_store.save(self._tracker(question, [Restarted()]))

    async def _begin(self, question: Question) -> None:
        store = self._agent.tracker_store
        if question.language and await store.retrieve(question.conversation_id) is None:
            await store.save(self._tracker(question, opening({"language": question.language})))

    def _tracker(self, question: Question, events: list[Any]) -> DialogueStateTracker:
        return DialogueStateTracker.from_events(question.conversation_id, events, self._agent.domain.slots)

    def _message(self, question: Question, replies: Replies) -> tuple[UserMessage, int]:
        text = question.text.strip()
        shift = len(question.text) - len(question.text.lstrip())
        parsed = None
        if question.choice:
            text, parsed = f"{_COMMAND}{question.choice}", self._chosen(question)
        elif text.startswith(_COMMAND):
            text = _HARMLESS + text[1:]
        message = UserMessage(
            text, replies, question.conversation_id, parse_data=parsed, input_channel=question.channel
        )
        return message, shift

    def _chosen(self, question: Question) -> dict[str, Any]:
        """A tapped button needs no understanding: the topic is certain."""
        choice = question.choice
        if choice not in self._agent.domain.intents or choice in _COMMAND_INTENTS:
            raise Refused(422, "choice is not a topic that this model knows.")
        intent = {"name": choice, "confidence": 1.0}
        language = {"entity": "language", "value": question.language, "start": 0, "end": len(choice) + 1}
        entities = [{**language, "confidence_entity": 1.0, "extractor": "NeuvoInput"}] if question.language else []
        return {"text": f"{_COMMAND}{choice}", "intent": intent, "intent_ranking": [intent], "entities": entities}

    async def _understood(self, message: UserMessage, shift: int) -> dict[str, Any]:
        tracker = await self._agent.tracker_store.retrieve(message.sender_id)
        uttered = None if tracker is None else _message_in(tracker, message.message_id)
        if tracker is None or uttered is None:
            raise DialogueFailed("The talk was lost before the reply.", [])
        dangers = dangers_of(tracker)
        return {
            "topic": uttered.intent_name or UNSURE,
            "confidence": uttered.intent.get("confidence", 0.0),
            "language": language_of(tracker),
            "danger": next((danger for danger in (EMERGENCY, CRISIS) if danger in dangers), None),
            "ranking": ranking_of(uttered)[:RANKING_LENGTH],
            "entities": [
                {
                    "entity": entity["entity"],
                    "value": entity["value"],
                    "start": entity["start"] + shift,
                    "end": entity["end"] + shift,
                }
                for entity in uttered.entities
                if entity["entity"] not in _HIDDEN_ENTITIES
            ],
        }


def _message_in(tracker: DialogueStateTracker, message_id: str) -> UserUttered | None:
    messages = (event for event in reversed(tracker.events) if isinstance(event, UserUttered))
    return next((message for message in messages if message.message_id == message_id), None)


def _first_cause(error: BaseException) -> BaseException:
    """What went wrong in the component, beneath the errors that Rasa wraps round it."""
    while error.__cause__ is not None:
        error = error.__cause__
    return error


def _frames(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)[-5:]
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
