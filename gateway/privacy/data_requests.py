"""Privacy: a citizen's requests in the chat to erase or see their data are confirmed once, then carried out.

Confirmation is a pressed button within `CONFIRMATION_LIFETIME`, or one short word in the next turn. Danger has
priority: a turn with danger is answered as usual and confirms nothing.
"""

import datetime as dt
import re
import uuid

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.kinds import Author, TurnOutcome
from gateway.conversations.messages import Choice, Reply
from gateway.conversations.models import Conversation, Turn
from gateway.conversations.states import UNANSWERABLE
from gateway.core.database import now
from gateway.core.locale import Language
from gateway.dialogue import compose
from gateway.outbox.queue import ReplyTo, enqueue
from gateway.outbox.templates import OutboxContext
from gateway.privacy.erasure import erase
from gateway.privacy.models import PendingDataRequest
from gateway.privacy.request_detection import DataRequest, detect_request
from gateway.privacy.subject_access import collect_own_data

CONFIRMATION_LIFETIME = dt.timedelta(minutes=15)  # named in data/lines.yml too
PREFIX = "privacy:"

# Whole messages. "Poista" confirms only in the turn after the request.
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


async def handle_data_request(
    session: AsyncSession,
    service: OutboxContext,
    conversation: Conversation,
    turn: Turn,
    *,
    text: str,
    choice: str | None,
    sent_at: dt.datetime,
) -> bool:
    """Ask for confirmation of such a request, carry it out or drop it; false when the turn is about something else.

    `choice` is the id of the pressed button as it came, `sent_at` the timestamp of the turn's last message.
    """
    if turn.danger is not None or turn.outcome in UNANSWERABLE:
        return False
    request, confirmed = _decision(text, choice)
    if confirmed is not None:
        return await _handle_decision(session, service, conversation, turn, request, confirmed, sent_at)
    is_other_button = choice is not None and not choice.startswith(compose.TOPIC_PREFIX)
    detected = None if is_other_button else detect_request(text, turn.topic)
    if detected is None:
        return False
    conversation.language = conversation.language or detected[1]
    await _ask_for_confirmation(session, service, conversation, turn, detected[0])
    return True


async def _handle_decision(
    session: AsyncSession,
    service: OutboxContext,
    conversation: Conversation,
    turn: Turn,
    request: DataRequest | None,
    confirmed: bool,
    sent_at: dt.datetime,
) -> bool:
    pending = await _pending_request(session, conversation.id, turn.id, request)
    if pending is not None:
        await session.execute(delete(PendingDataRequest).where(PendingDataRequest.conversation_id == conversation.id))
        await _carry_out(session, service, conversation, turn, pending, confirmed, sent_at)
    elif request is None:
        return False  # a "yes" to something else
    elif not confirmed:
        await queue_line(session, service, conversation, turn, "privacy_kept", outcome=TurnOutcome.PRIVACY_KEPT)
    else:
        # The button has expired: ask again.
        await _ask_for_confirmation(session, service, conversation, turn, request)
    return True


def _decision(text: str, choice: str | None) -> tuple[DataRequest | None, bool | None]:
    """Whether the message confirms (None: neither yes nor no), and which request, where a button names it."""
    if choice is not None:
        request, _, decision = choice.removeprefix(PREFIX).partition(":")
        ours = choice.startswith(PREFIX) and request in DataRequest and decision in ("yes", "no")
        return (DataRequest(request), decision == "yes") if ours else (None, None)
    words = " ".join(re.findall(r"\w+", text.lower()))
    return None, (words in _YES) if words in _YES | _NO else None


async def _pending_request(
    session: AsyncSession, conversation_id: uuid.UUID, turn_id: uuid.UUID, request: DataRequest | None
) -> DataRequest | None:
    pending = await session.get(PendingDataRequest, conversation_id, populate_existing=True)
    if pending is None or pending.expires_at < now() or request not in (None, pending.request):
        return None
    if request is None:  # in words: only in the turn after the request
        latest = await session.scalar(
            select(Turn.id)
            .where(Turn.conversation_id == conversation_id, Turn.id != turn_id)
            .order_by(Turn.created_at.desc())
            .limit(1)
        )
        if latest != pending.turn_id:
            return None
    return pending.request


async def _ask_for_confirmation(
    session: AsyncSession, service: OutboxContext, conversation: Conversation, turn: Turn, request: DataRequest
) -> None:
    await session.execute(delete(PendingDataRequest).where(PendingDataRequest.conversation_id == conversation.id))
    session.add(
        PendingDataRequest(
            conversation_id=conversation.id, request=request, turn_id=turn.id, expires_at=now() + CONFIRMATION_LIFETIME
        )
    )
    language = conversation.language or Language.FI
    choices = (
        Choice(id=f"{PREFIX}{request}:yes", title=service.lines.say(f"privacy_{request}_yes_button", language)),
        Choice(id=f"{PREFIX}{request}:no", title=service.lines.say("privacy_no_button", language)),
    )
    key, outcome = f"privacy_{request}_question", TurnOutcome.PRIVACY_ASKED
    await queue_line(session, service, conversation, turn, key, outcome=outcome, choices=choices)


async def _carry_out(
    session: AsyncSession,
    service: OutboxContext,
    conversation: Conversation,
    turn: Turn,
    request: DataRequest,
    confirmed: bool,
    sent_at: dt.datetime,
) -> None:
    if not confirmed:
        await queue_line(session, service, conversation, turn, "privacy_kept", outcome=TurnOutcome.PRIVACY_KEPT)
    elif request == DataRequest.ERASE:
        await erase(session, service, conversation, sent_at)
    else:
        turn.outcome = TurnOutcome.PRIVACY_TOLD
        for part in await collect_own_data(session, service, conversation):
            await _queue_reply(session, service, conversation, turn, Reply(text=part))


async def queue_line(
    session: AsyncSession,
    service: OutboxContext,
    conversation: Conversation,
    turn: Turn,
    key: str,
    *,
    outcome: TurnOutcome,
    choices: tuple[Choice, ...] = (),
) -> None:
    """Queue a fixed text as the answer of this turn, with the introduction in the first reply of a conversation."""
    turn.outcome = outcome
    reply = Reply(text=service.lines.say(key, conversation.language), choices=choices)
    first = conversation.introduced_at is None
    framed = compose.framed(service.lines, reply, conversation.language, first=first, urgent=False, masked=())
    if first:
        conversation.introduced_at = now()
    await _queue_reply(session, service, conversation, turn, framed)


async def _queue_reply(
    session: AsyncSession, service: OutboxContext, conversation: Conversation, turn: Turn, reply: Reply
) -> None:
    key = service.keyring.unwrap(conversation.wrapped_key)
    channel = service.channels[conversation.channel]
    # A text of the service itself is sent also while an officer has the conversation.
    await enqueue(session, channel, conversation, key, reply, ReplyTo.turn(turn), author=Author.SYSTEM)
    await session.flush()  # the next part continues its sequence
