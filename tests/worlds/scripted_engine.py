"""A dialogue engine that answers as it is told (Rasa itself: tests/whole)."""

import asyncio
import hashlib
import math
import re
from collections.abc import Collection, Mapping, Sequence

from gateway.dialogue.compose import OFFICER_TOPIC
from gateway.dialogue.engine import (
    DialogueAnswer,
    DialogueButton,
    DialogueReply,
    DialogueRequest,
    DialogueUnavailable,
    Understood,
)


def answer(
    text: str = "Hei!",
    *,
    topic: str = "account_hacked",
    language: str = "fi",
    danger: str | None = None,
    possible_danger: str | None = None,
    buttons: tuple[tuple[str, str], ...] = (),
    escalation: tuple[str, ...] = (),
    question: str | None = None,
    act: str | None = None,
    state: Mapping[str, str | tuple[str, ...]] | None = None,
    told: Collection[str] = (),
    told_at: int = 0,
) -> DialogueAnswer:
    """An answer of one reply. The topic of an officer is a clear request, unless `state` says otherwise.

    `told` are the slots of `state` that this very message has told, from that place of its text on.
    """
    known = {"danger": "none", **({"officer": "asked"} if topic == OFFICER_TOPIC else {}), **(state or {})}
    slots = {name: {"value": value, "start": told_at if name in told else None} for name, value in known.items()}
    understood = Understood.model_validate(
        {
            "topic": topic,
            "confidence": 0.9,
            "language": language,
            "danger": danger,
            "possible_danger": possible_danger,
            "question": question,
            "act": act,
            "state": slots,
        }
    )
    made = tuple(DialogueButton(id=key, title=title) for key, title in buttons)
    return DialogueAnswer(
        understood=understood,
        replies=(DialogueReply(key=topic, text=text, buttons=made, escalation=escalation),),
    )


def word_vector(text: str) -> list[float]:
    """A vector of unit length in which texts with common words are alike (the encoder itself: tests/bot)."""
    vector = [0.0] * 64
    for word in re.findall(r"\w{4,}", text.lower()) or [text]:
        vector[hashlib.blake2b(word[:5].encode(), digest_size=1).digest()[0] % 64] += 1.0
    length = math.hypot(*vector)
    return [each / length for each in vector]


class ScriptedEngine:
    """Answers with `next_answer`, or is unavailable while that is None; keeps what it was asked."""

    def __init__(self) -> None:
        self.next_answer: DialogueAnswer | None = answer()
        self.asked: list[DialogueRequest] = []
        self.forgotten: list[str] = []
        self.embedded: list[str] = []
        self.delay = 0.0
        self.go_on = asyncio.Event()  # cleared: every question waits
        self.go_on.set()
        self.busy = 0
        self.most_busy: dict[str, int] = {}

    async def answer(self, request: DialogueRequest) -> DialogueAnswer:
        self.asked.append(request)
        self.busy += 1
        self.most_busy[request.conversation_id] = max(self.most_busy.get(request.conversation_id, 0), self.busy)
        try:
            await asyncio.sleep(self.delay)
            await self.go_on.wait()
        finally:
            self.busy -= 1
        if self.next_answer is None:
            raise DialogueUnavailable("told to be silent")
        return self.next_answer

    async def forget(self, conversation_id: str) -> None:
        if self.next_answer is None:
            raise DialogueUnavailable("told to be silent")
        self.forgotten.append(conversation_id)

    async def until_there(self, seconds: float) -> None:
        """It is always there."""

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        if self.next_answer is None:
            raise DialogueUnavailable("told to be silent")
        self.embedded += texts
        return [word_vector(text) for text in texts]

    async def is_ready(self) -> bool:
        return self.next_answer is not None

    async def close(self) -> None:
        return None
