"""Conversation: a tapped button needs no interpreting; what it does to the conversation's state is the same."""

from __future__ import annotations

from typing import Any, Final

from rasa.shared.core.trackers import DialogueStateTracker

from bot.conversation.context import SUBJECT
from bot.conversation.intents import ACT_OF, MORE, question_of
from bot.conversation.interpretation import INTERPRETATION, Interpretation
from bot.conversation.state import State, entities_of, state_of
from bot.names import OFFICER, TALK_LABELS

_CERTAIN: Final = 1.0


def choice_parse(choice: str, tracker: DialogueStateTracker | None, given: dict[str, Any]) -> dict[str, Any]:
    """What Rasa is told of a tapped choice: its intent, the interpretation, and the state after it."""
    state = state_of(tracker, given) if tracker is not None else State()
    question, act = question_of(choice), "want_officer" if choice == OFFICER else ACT_OF.get(choice)
    is_subject = question is None and act is None and choice != MORE and choice not in TALK_LABELS
    topic = choice if is_subject else state.topic
    found = Interpretation(
        topic=topic,
        is_new=is_subject,
        move=question or act or SUBJECT,
        questions=(question,) if question else (),
        act=act,
        certainty=_CERTAIN,
        is_first=state.turns == 0,
    )
    after = state.after(topic, found.move, question, (), None)
    intent = {"name": choice, "confidence": _CERTAIN}
    return {
        "text": f"/{choice}",
        "intent": intent,
        "intent_ranking": [intent],
        "entities": entities_of(after, tracker, len(choice) + 1),
        INTERPRETATION: found.as_json(),
    }
