"""Privacy, in the talk: "erase my data" and "what do you know about me" are asked back once, and then done.

A yes is a tapped button within the time, or one short word right after the question. Danger goes before: a turn with
danger is answered as ever and settles nothing here.
"""

import datetime as dt
import re
import uuid
from typing import cast

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.channels.base import Choice, Reply
from gateway.conversations import replies
from gateway.conversations.models import Conversation, Turn
from gateway.conversations.outbox import put
from gateway.database import now
from gateway.handover.noticing import UNSAYABLE
from gateway.privacy.erasing import erase
from gateway.privacy.models import PrivacyQuestion
from gateway.privacy.own_data import own_data
from gateway.privacy.wishes import Wish, wish_of
from gateway.service import Service

ASK_LIFE = dt.timedelta(minutes=15)  # the lines in data/lines.yml say so
PREFIX = "privacy:"
# What such a turn was: it is left out of what a citizen is told about themselves, or that would double each time.
ASKED, TOLD, KEPT = "privacy_asked", "privacy_told", "privacy_kept"

# Whole answers. "Poista" after the question means yes; on its own it means nothing.
_YES = frozenset(
    {
        "kyllä", "kylla", "joo", "juu", "jep", "jee", "poista", "poista kaikki", "kyllä poista", "joo poista", "lähetä",
        "laheta", "kyllä lähetä", "joo lähetä", "ok", "okei",
        "ja", "jo", "jå", "jepp", "radera", "ja radera", "skicka", "ja skicka", "gärna", "okej",
        "yes", "yep", "yeah", "sure", "yes please", "erase", "delete", "yes erase", "yes delete", "send", "yes send",
        "yes send it",
    }
)  # fmt: skip
_NO = frozenset(
    {
        "ei", "en", "älä", "ala", "älä poista", "peru", "en halua", "ei kiitos", "ei sittenkään",
        "nej", "nä", "nää", "inte", "nej tack", "nej inte nu", "inte nu", "ångra",
        "no", "nope", "dont", "don t", "no thanks", "cancel", "stop",
    }
)  # fmt: skip


async def settle(
    session: AsyncSession,
    service: Service,
    conversation: Conversation,
    turn: Turn,
    *,
    text: str,
    choice: str | None,
    sent_at: dt.datetime,
) -> bool:
    """Ask back, carry out or drop such a wish; false when this turn is about something else.

    `choice` is the tapped button as it came, `sent_at` the moment of the turn's last message.
    """
    if turn.danger is not None or turn.outcome in UNSAYABLE:
        return False
    wanted, decision = _decision(text, choice)
    if decision is not None:
        return await _settle_answer(session, service, conversation, turn, wanted, decision, sent_at)
    wish = None if choice is not None and not choice.startswith(replies.TOPIC_PREFIX) else wish_of(text, turn.topic)
    if wish is None:
        return False
    conversation.language = conversation.language or wish[1]
    await _ask(session, service, conversation, turn, wish[0])
    return True


async def _settle_answer(
    session: AsyncSession,
    service: Service,
    conversation: Conversation,
    turn: Turn,
    wanted: Wish | None,
    decision: str,
    sent_at: dt.datetime,
) -> bool:
    asked = await _asked(session, conversation.id, turn.id, wanted)
    if asked is not None:
        await session.execute(delete(PrivacyQuestion).where(PrivacyQuestion.conversation_id == conversation.id))
        await _decide(session, service, conversation, turn, asked, decision, sent_at)
    elif wanted is None:
        return False  # a "yes" to something else
    elif decision == "no":
        await say(session, service, conversation, turn, "privacy_kept", outcome=KEPT)
    else:
        await _ask(session, service, conversation, turn, wanted)  # the button has waited too long: once more
    return True


def _decision(text: str, choice: str | None) -> tuple[Wish | None, str | None]:
    """What is decided, and of which wish, where a button names it."""
    if choice is not None:
        wish, _, decision = choice.removeprefix(PREFIX).partition(":")
        ours = choice.startswith(PREFIX) and wish in ("erase", "tell") and decision in ("yes", "no")
        return (cast("Wish", wish), decision) if ours else (None, None)
    words = " ".join(re.findall(r"\w+", text.lower()))
    return None, "yes" if words in _YES else "no" if words in _NO else None


async def _asked(
    session: AsyncSession, conversation_id: uuid.UUID, turn_id: uuid.UUID, wanted: Wish | None
) -> Wish | None:
    question = await session.get(PrivacyQuestion, conversation_id, populate_existing=True)
    if question is None or question.ends_at < now() or wanted not in (None, question.wish):
        return None
    if wanted is None:  # in words: only right after the question
        latest = await session.scalar(
            select(Turn.id)
            .where(Turn.conversation_id == conversation_id, Turn.id != turn_id)
            .order_by(Turn.created_at.desc())
            .limit(1)
        )
        if latest != question.turn_id:
            return None
    return cast("Wish", question.wish)


async def _ask(session: AsyncSession, service: Service, conversation: Conversation, turn: Turn, wish: Wish) -> None:
    await session.execute(delete(PrivacyQuestion).where(PrivacyQuestion.conversation_id == conversation.id))
    session.add(PrivacyQuestion(conversation_id=conversation.id, wish=wish, turn_id=turn.id, ends_at=now() + ASK_LIFE))
    language = conversation.language or "fi"
    choices = (
        Choice(id=f"{PREFIX}{wish}:yes", title=service.lines.say(f"privacy_{wish}_yes_button", language)),
        Choice(id=f"{PREFIX}{wish}:no", title=service.lines.say("privacy_no_button", language)),
    )
    await say(session, service, conversation, turn, f"privacy_{wish}_question", outcome=ASKED, choices=choices)


async def _decide(
    session: AsyncSession,
    service: Service,
    conversation: Conversation,
    turn: Turn,
    wish: Wish,
    decision: str,
    sent_at: dt.datetime,
) -> None:
    if decision == "no":
        await say(session, service, conversation, turn, "privacy_kept", outcome=KEPT)
    elif wish == "erase":
        await erase(session, service, conversation, sent_at)
    else:
        turn.outcome = TOLD
        for part in await own_data(session, service, conversation):
            await _put(session, service, conversation, turn, Reply(text=part))


async def say(
    session: AsyncSession,
    service: Service,
    conversation: Conversation,
    turn: Turn,
    key: str,
    *,
    outcome: str,
    choices: tuple[Choice, ...] = (),
) -> None:
    """One line of ours; the first reply of a conversation also says what this chat is."""
    turn.outcome = outcome
    reply = Reply(text=service.lines.say(key, conversation.language), choices=choices)
    first = conversation.introduced_at is None
    whole = replies.framed(service.lines, reply, conversation.language, first=first, urgent=False, masked=())
    if first:
        conversation.introduced_at = now()
    await _put(session, service, conversation, turn, whole)


async def _put(session: AsyncSession, service: Service, conversation: Conversation, turn: Turn, reply: Reply) -> None:
    key = service.keyring.unwrap(conversation.wrapped_key)
    channel = service.channels[conversation.channel]
    # The service's own words: they go out also while an officer has the conversation.
    await put(session, channel, conversation, key, reply, author="system", turn_id=turn.id)
    await session.flush()  # the next one counts on from it
