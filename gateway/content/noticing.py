"""Editors' workshop, beside the road: which messages of a turn, or of an officer's reply, editors should look at."""

import json
import uuid
from collections.abc import Sequence
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway import encryption
from gateway.content.inbox import forget_copies, keep
from gateway.conversations.feedback import VERDICTS
from gateway.conversations.keys import Keyring
from gateway.conversations.masking import mask
from gateway.conversations.models import Conversation, Message, OutboxItem, Turn

_UNSURE: Final = "nlu_fallback"
_UNCLEAR: Final = ("unclear_message", "out_of_scope")
_FOLLOW_UP: Final = "follow_up_"
_LEARN_FROM: Final = ("wrong_guess", "not_helped")
# Below this an answer was a guess that happened to pass.
_LOW: Final = 0.6


async def notice_turn(
    session: AsyncSession, keyring: Keyring, conversation: Conversation, turn: Turn, text: str, choice: str | None
) -> None:
    """Copy what this turn shows that the bot did not understand or did not help with; nothing where there is danger."""
    if turn.danger is not None or turn.topic is None:
        return
    verdict = VERDICTS.get(turn.topic)
    if verdict in _LEARN_FROM or choice is not None:
        before = await _turn_before(session, turn)
        if before is None or before.danger is not None:
            return
        reason = verdict or "chosen"
        if reason == "chosen" and before.topic != _UNSURE:
            return  # an ordinary button: the next step of an answer
        words = await _words_of(session, keyring, conversation, before)
        topic = choice if reason == "chosen" else before.topic
        keep(session, keyring, reason=str(reason), language=_language(before, turn), topic=topic, text=words)
        return
    found = _reason(turn)
    if found is not None:
        guess = next((each for each in [*turn.guesses, turn.topic] if each not in (_UNSURE, *_UNCLEAR)), None)
        keep(session, keyring, reason=found, language=_language(turn), topic=guess, text=text)


async def notice_officer(session: AsyncSession, keyring: Keyring, conversation: Conversation, words: str) -> None:
    """Copy the first thing that an officer answered to what the bot had not understood, codes hidden in both."""
    already = await session.scalar(
        select(func.count())
        .select_from(OutboxItem)
        .where(OutboxItem.conversation_id == conversation.id, OutboxItem.author == "officer")
    )
    if already:
        return
    missed = await session.scalar(
        select(Turn)
        .where(
            Turn.conversation_id == conversation.id,
            Turn.outcome == "answered",
            Turn.danger.is_(None),
            Turn.topic.in_((_UNSURE, *_UNCLEAR)),
        )
        .order_by(Turn.created_at.desc())
        .limit(1)
    )
    if missed is None or conversation.urgency is not None:
        return
    text = await _words_of(session, keyring, conversation, missed)
    guess = next(iter(missed.guesses), None)
    answer = mask(words).text
    keep(session, keyring, reason="officer", language=_language(missed), topic=guess, text=text, answer=answer)


async def forget_copies_of(
    session: AsyncSession, keyring: Keyring, conversation: Conversation, messages: Sequence[Message]
) -> None:
    """Delete the copies of a talk's messages: of single ones, and of those that were answered together.

    They are found by their words, for a copy has no way back.
    """
    key = keyring.unwrap(conversation.wrapped_key)
    together: dict[uuid.UUID | int, list[str]] = {}
    for message in sorted(messages, key=lambda each: (each.sent_at, each.id)):
        text = _text_of(key, message)
        if text:
            together.setdefault(message.turn_id or message.id, []).append(text)
            together[message.id] = [text]
    if together:
        await forget_copies(session, keyring, ["\n".join(texts) for texts in together.values()])


def _reason(turn: Turn) -> str | None:
    topic = turn.topic or ""
    if topic in _UNCLEAR or (topic == _UNSURE and len(turn.guesses) < 2):
        return "missed"
    if topic == _UNSURE or (not topic.startswith(_FOLLOW_UP) and (turn.confidence or 0.0) < _LOW):
        return "unsure"
    return None


async def _turn_before(session: AsyncSession, turn: Turn) -> Turn | None:
    """The last turn whose words were about a matter and not about an answer."""
    found: Turn | None = await session.scalar(
        select(Turn)
        .where(
            Turn.conversation_id == turn.conversation_id,
            Turn.id != turn.id,
            Turn.topic.is_not(None),
            ~Turn.topic.startswith(_FOLLOW_UP, autoescape=True),
        )
        .order_by(Turn.created_at.desc())
        .limit(1)
    )
    return found


async def _words_of(session: AsyncSession, keyring: Keyring, conversation: Conversation, turn: Turn) -> str:
    """What the citizen wrote in a turn; a tapped button is no words."""
    key = keyring.unwrap(conversation.wrapped_key)
    rows = await session.scalars(
        select(Message).where(Message.turn_id == turn.id, Message.kind == "text").order_by(Message.sent_at, Message.id)
    )
    return "\n".join(_text_of(key, row) for row in rows if row.content_sealed)


def _text_of(key: bytes, message: Message) -> str:
    if message.content_sealed is None:
        return ""
    content = json.loads(encryption.unseal(key, message.content_sealed, "message.content"))
    return str(content.get("text") or "")


def _language(*turns: Turn) -> str:
    return next((turn.language for turn in turns if turn.language), "fi")
