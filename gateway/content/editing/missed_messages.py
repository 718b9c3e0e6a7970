"""Content, subscribers of the pipeline: which messages of a turn or an officer's reply enter the feedback inbox."""

import json
import uuid
from collections.abc import Iterable
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.analytics.counts import VERDICTS
from gateway.analytics.models import Verdict
from gateway.content.editing.feedback_inbox import NOTHING_UNDERSTOOD, copies_gone, copy_of
from gateway.content.models import MissReason
from gateway.conversations.events import MessagesErased, OfficerReplied, TurnFinished
from gateway.conversations.kinds import Author, MessageKind, TurnOutcome
from gateway.conversations.models import Conversation, Message, OutboxItem, Turn
from gateway.conversations.pii_masking import mask
from gateway.core import crypto
from gateway.core.events import Write
from gateway.core.keyring import Keyring
from gateway.core.locale import Language

_UNSURE: Final = "nlu_fallback"
_UNCLEAR: Final = tuple(sorted(NOTHING_UNDERSTOOD - {_UNSURE}))
_FOLLOW_UP: Final = "follow_up_"
_SCAM_CHECK: Final = "scam_check"
# The verdicts of a citizen that editors can learn from.
_LEARN_FROM: Final = {Verdict.WRONG_GUESS: MissReason.WRONG_GUESS, Verdict.NOT_HELPED: MissReason.NOT_HELPED}
# Below this an answer was a guess that happened to pass.
_LOW: Final = 0.6


async def on_turn_finished(session: AsyncSession, event: TurnFinished) -> Iterable[Write]:
    """Copy what this turn shows that the bot did not understand or did not help with; never a message with danger."""
    keyring, conversation, turn, choice = event.keyring, event.conversation, event.turn, event.choice
    if not event.by_bot or turn.danger is not None or turn.topic is None:
        return ()
    verdict = VERDICTS.get(turn.topic)
    if verdict is Verdict.HELPED:
        return ()
    said = None if verdict is None else _LEARN_FROM[verdict]
    if said is not None or choice is not None:
        before = await _turn_before(session, turn)
        if before is None or before.danger is not None:
            return ()
        reason = said or MissReason.CHOSEN
        if reason == MissReason.CHOSEN and before.topic != _UNSURE:
            return ()  # an ordinary button: the next step of an answer
        words = await _words_of(session, keyring, conversation, before)
        topic = choice if reason == MissReason.CHOSEN else before.topic
        return copy_of(keyring, reason=reason, language=_language(before, turn), topic=topic, text=words)
    found = _reason(turn)
    if found is None:
        return ()
    guess = next((each for each in [*turn.guesses, turn.topic] if each not in (_UNSURE, *_UNCLEAR)), None)
    return copy_of(keyring, reason=found, language=_language(turn), topic=guess, text=event.text)


async def on_officer_replied(session: AsyncSession, event: OfficerReplied) -> Iterable[Write]:
    """Copy the first thing that an officer answered to what the bot had not understood, codes hidden in both."""
    keyring, conversation = event.keyring, event.conversation
    already = await session.scalar(
        select(func.count())
        .select_from(OutboxItem)
        .where(OutboxItem.conversation_id == conversation.id, OutboxItem.author == Author.OFFICER)
    )
    if already or not event.text:  # a picture alone is no answer that editors could learn from
        return ()
    missed = await session.scalar(
        select(Turn)
        .where(
            Turn.conversation_id == conversation.id,
            Turn.outcome == TurnOutcome.ANSWERED,
            Turn.danger.is_(None),
            Turn.topic.in_((_UNSURE, *_UNCLEAR)),
        )
        .order_by(Turn.created_at.desc())
        .limit(1)
    )
    if missed is None or conversation.urgency is not None:
        return ()
    text = await _words_of(session, keyring, conversation, missed)
    guess = next(iter(missed.guesses), None)
    answer = mask(event.text).text
    return copy_of(
        keyring, reason=MissReason.OFFICER, language=_language(missed), topic=guess, text=text, answer=answer
    )


async def on_messages_erased(session: AsyncSession, event: MessagesErased) -> Iterable[Write]:
    """Delete the copies of a conversation's messages, single ones and those that were answered together.

    They are found by their text: a copy has no reference to its conversation.
    """
    key = event.keyring.unwrap(event.conversation.wrapped_key)
    together: dict[uuid.UUID | int, list[str]] = {}
    for message in sorted(event.messages, key=lambda each: (each.sent_at, each.id)):
        text = _text_of(key, message)
        if text:
            together.setdefault(message.turn_id or message.id, []).append(text)
            together[message.id] = [text]
    if not together:
        return ()
    return [await copies_gone(session, event.keyring, ["\n".join(texts) for texts in together.values()])]


def _reason(turn: Turn) -> MissReason | None:
    topic = turn.topic or ""
    if topic == _SCAM_CHECK:
        return MissReason.SCAM_UNTOLD if turn.scam is None else None
    if topic in _UNCLEAR or (topic == _UNSURE and len(turn.guesses) < 2):
        return MissReason.MISSED
    if topic == _UNSURE or (not topic.startswith(_FOLLOW_UP) and (turn.confidence or 0.0) < _LOW):
        return MissReason.UNSURE
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
    """What the citizen wrote in a turn; a tapped button has no text."""
    key = keyring.unwrap(conversation.wrapped_key)
    rows = await session.scalars(
        select(Message)
        .where(Message.turn_id == turn.id, Message.kind == MessageKind.TEXT)
        .order_by(Message.sent_at, Message.id)
    )
    return "\n".join(_text_of(key, row) for row in rows if row.content_sealed)


def _text_of(key: bytes, message: Message) -> str:
    if message.content_sealed is None:
        return ""
    content = json.loads(crypto.unseal(key, message.content_sealed, "message.content"))
    return str(content.get("text") or "")


def _language(*turns: Turn) -> Language:
    return next((turn.language for turn in turns if turn.language), Language.FI)
