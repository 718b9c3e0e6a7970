"""Dialogue: one message goes through Rasa; what was understood and what is said comes back."""

import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import structlog
from rasa.core.agent import Agent
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.shared.core.constants import USER_INTENT_BACK, USER_INTENT_RESTART, USER_INTENT_SESSION_START
from rasa.shared.core.events import Restarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from answers.labels import QUESTIONS
from bot.conversation.choice import choice_parse
from bot.conversation.intents import QUESTION, question_of
from bot.conversation.report import reported
from bot.conversation.state import STATE
from bot.history import SAID_ABOUT, opening
from bot.names import BANK_FIRST, BEFORE, CRISIS, EMERGENCY, FOLLOW_UP, SCAM_CHECK, SECOND_TOPIC, UNSURE
from bot.replies.reply import PIECE
from bot.requests import DialogueRequest, Refused
from bot.turn import dangers_of, language_of, possible_danger_of, ranking_of

log = structlog.get_logger(__name__)

RANKING_LENGTH: Final = 5

# Rasa takes a leading slash for a command; this one looks the same and is none. One character for one: places stay.
_COMMAND: Final = "/"
_HARMLESS: Final = "\u2215"

_COMMAND_INTENTS: Final = frozenset({USER_INTENT_RESTART, USER_INTENT_BACK, USER_INTENT_SESSION_START, UNSURE})
# Told in fields of their own, or nobody's business outside the bot.
_HIDDEN_ENTITIES: Final = frozenset({"language", "danger", "danger_pattern", SECOND_TOPIC, SCAM_CHECK})


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
        said = message.get(SAID_ABOUT) or {}
        buttons = message.get("buttons") or []
        self.replies.append(
            {
                "key": said.get("key") or message.get("utter_action") or "",
                "text": message.get("text") or "",
                "buttons": [{"id": f"topic:{button['payload'][1:]}", "title": button["title"]} for button in buttons],
                "escalation": said.get("escalation") or [],
                "said": said.get("said") or [],
            }
        )


class Dialogue:
    """A loaded agent, one request at a time per conversation."""

    def __init__(self, agent: Agent, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> None:
        self._agent = agent
        self._on_new_message = on_new_message

    async def ask(self, request: DialogueRequest) -> dict[str, Any]:
        """What was understood and the replies. Raises `Refused` (422) for an unknown choice, `DialogueFailed`."""
        replies = Replies(request.channel)
        await self._begin(request)
        message, shift = await self._message(request, replies)
        try:
            await self._on_new_message(message)
        except Exception as error:  # noqa: BLE001  # whatever it was, the citizen must not get silence
            cause = _first_cause(error)
            raise DialogueFailed(f"The dialogue raised {type(cause).__name__}.", _frames(cause)) from None
        if not replies.replies and request.scam_check:
            await self._answer_unchecked(message, request, replies)
        if not replies.replies:
            # Rasa logs what an action raised and goes on in silence.
            raise DialogueFailed("The dialogue gave no reply.", [])
        understood, second = await self._understood(message, shift)
        if understood["topic"] == UNSURE and any(
            _is_particular(key) for each in replies.replies for key in each["said"]
        ):
            understood["topic"] = QUESTION  # answered by a question of its subject alone: nobody has to look at it
        # In the middle of a matter its words are like another's; two matters at once are told where one is opened.
        is_opening = not understood["topic"].startswith(FOLLOW_UP)
        if second is not None and is_opening and understood["danger"] is None:
            await self._answer_too(second, request, replies)
        return {"understood": understood, "replies": replies.replies}

    async def forget(self, request: DialogueRequest) -> None:
        """Forget the talk, its language too."""
        async with self._agent.lock_store.lock(request.conversation_id):
            await self._agent.tracker_store.save(self._tracker(request, [Restarted()]))

    async def _begin(self, request: DialogueRequest) -> None:
        store = self._agent.tracker_store
        if request.language and await store.retrieve(request.conversation_id) is None:
            await store.save(self._tracker(request, opening({"language": request.language})))

    def _tracker(self, request: DialogueRequest, events: list[Any]) -> DialogueStateTracker:
        return DialogueStateTracker.from_events(request.conversation_id, events, self._agent.domain.slots)

    async def _message(self, request: DialogueRequest, replies: Replies) -> tuple[UserMessage, int]:
        text = request.text.strip()
        shift = len(request.text) - len(request.text.lstrip())
        parsed = None
        if request.choice:
            text, parsed = f"{_COMMAND}{request.choice}", await self._chosen(request)
        else:
            text = harmless(text)
        message = UserMessage(
            text,
            replies,
            request.conversation_id,
            parse_data=parsed,
            input_channel=request.channel,
            metadata=_metadata(request),
        )
        return message, shift

    async def _chosen(self, request: DialogueRequest) -> dict[str, Any]:
        """A tapped button needs no understanding: the topic or question is certain."""
        choice = request.choice
        if choice not in self._agent.domain.intents or choice in _COMMAND_INTENTS:
            raise Refused(422, "choice is not a topic that this model knows.")
        tracker = await self._agent.tracker_store.retrieve(request.conversation_id)
        certain = self._certain(choice, request.language)
        chosen = choice_parse(choice, tracker, request.state)
        return {**chosen, "entities": [*certain["entities"], *chosen["entities"]]}

    def _certain(self, choice: str, chosen_in: str) -> dict[str, Any]:
        intent = {"name": choice, "confidence": 1.0}
        language = {"entity": "language", "value": chosen_in, "start": 0, "end": len(choice) + 1}
        entities = [{**language, "confidence_entity": 1.0, "extractor": "NeuvoInput"}] if chosen_in else []
        return {"text": f"{_COMMAND}{choice}", "intent": intent, "intent_ranking": [intent], "entities": entities}

    async def _answer_unchecked(self, message: UserMessage, request: DialogueRequest, replies: Replies) -> None:
        """The advice on what the message seems to be about: the action server, which words the check, may be away."""
        tracker = await self._agent.tracker_store.retrieve(message.sender_id)
        uttered = None if tracker is None else _message_in(tracker, message.message_id)
        ranking = [] if uttered is None else ranking_of(uttered)
        await self._answer_too(
            next((each["topic"] for each in ranking if each["topic"] != SCAM_CHECK), BANK_FIRST), request, replies
        )

    async def _answer_too(self, topic: str, request: DialogueRequest, replies: Replies) -> None:
        """The other matter of the message, after the more serious one, unless a button of that leads there already."""
        if any(button["id"] == f"topic:{topic}" for reply in replies.replies for button in reply["buttons"]):
            return
        parsed = self._certain(topic, "")
        text = f"{_COMMAND}{topic}"
        message = UserMessage(text, replies, request.conversation_id, parse_data=parsed, input_channel=request.channel)
        try:
            await self._on_new_message(message)
        except Exception as error:  # noqa: BLE001  # the more serious matter has its answer; that must arrive
            cause = _first_cause(error)
            log.error("dialogue.second_topic_failed", error=type(cause).__name__, where=_frames(cause))

    async def _understood(self, message: UserMessage, shift: int) -> tuple[dict[str, Any], str | None]:
        tracker = await self._agent.tracker_store.retrieve(message.sender_id)
        uttered = None if tracker is None else _message_in(tracker, message.message_id)
        if tracker is None or uttered is None:
            raise DialogueFailed("The talk was lost before the reply.", [])
        dangers = dangers_of(tracker)
        second = next((each["value"] for each in uttered.entities if each["entity"] == SECOND_TOPIC), None)
        intent = uttered.intent_name or UNSURE
        understood = {
            "topic": QUESTION if question_of(intent) else intent,
            "confidence": uttered.intent.get("confidence", 0.0),
            "language": language_of(tracker),
            "danger": next((danger for danger in (EMERGENCY, CRISIS) if danger in dangers), None),
            "possible_danger": possible_danger_of(tracker),
            "ranking": ranking_of(uttered)[:RANKING_LENGTH],
            "entities": [
                {
                    "entity": entity["entity"],
                    "value": entity["value"],
                    "start": entity["start"] + shift,
                    "end": entity["end"] + shift,
                }
                for entity in uttered.entities
                if entity["entity"] not in _HIDDEN_ENTITIES and not entity["entity"].startswith(STATE)
            ],
            **reported(tracker, uttered, shift),
        }
        return understood, second


def _is_particular(key: str) -> bool:
    """Whether what was said answers a question that one subject alone has."""
    kind, _, rest = key.partition(":")
    return kind == PIECE and rest.split(":")[1] not in QUESTIONS


def harmless(text: str) -> str:
    """A citizen's words as words: Rasa would take a leading slash for a command."""
    return _HARMLESS + text[1:] if text.startswith(_COMMAND) else text


def _metadata(request: DialogueRequest) -> dict[str, Any] | None:
    """What the gateway knows of the message beside its words."""
    known = {"state": request.state, SCAM_CHECK: request.scam_check, BEFORE: request.before}
    return {name: value for name, value in known.items() if value} or None


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
