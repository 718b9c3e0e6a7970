"""Handover, feedback: whether a talk with an officer helped; asked once, with buttons, and counted without names.

The answer is kept with the request that it is about, so that it counts for a team and a topic, never for an officer.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.analytics.counts import tallies
from gateway.analytics.models import Measure, Verdict
from gateway.conversations.events import TurnFinished
from gateway.conversations.kinds import HandoverReason, UnaskedKind
from gateway.conversations.messages import Choice, Reply
from gateway.conversations.models import Conversation, OutboxItem, Turn
from gateway.core.events import Write
from gateway.core.lines import Lines
from gateway.core.locale import Language
from gateway.handover.models import QueueEntry
from gateway.handover.queue import find_open_entry
from gateway.handover.replies import queue_line
from gateway.outbox.templates import OutboxContext

_PREFIX = "handover:feedback:"
_BUTTONS = {Verdict.HELPED: "handover_feedback_yes", Verdict.NOT_HELPED: "handover_feedback_no"}
_THANKS = {Verdict.HELPED: "handover_feedback_helped", Verdict.NOT_HELPED: "handover_feedback_not_helped"}
_BY_DANGER = frozenset({HandoverReason.DANGER, HandoverReason.SUSPECTED, HandoverReason.POSSIBLE_DANGER})


@dataclass(frozen=True)
class Feedback:
    """A pressed button: what the citizen says, and of which request."""

    entry_id: uuid.UUID
    verdict: Verdict


def feedback_of(choice: str | None) -> Feedback | None:
    """What a pressed button says of a talk with an officer, or None where it is another button."""
    said, _, entry = (choice or "").removeprefix(_PREFIX).partition(":")
    if choice is None or not choice.startswith(_PREFIX) or said not in _BUTTONS:
        return None
    try:
        return Feedback(uuid.UUID(hex=entry), Verdict(said))
    except ValueError:
        return None


async def say_last_words(
    session: AsyncSession, service: OutboxContext, conversation: Conversation, line: str, *, asks: bool = True
) -> None:
    """Queue the line that ends a talk with an officer and, where `asks`, behind it the question whether it helped.

    That is asked only where the setting says so and an officer has answered, once in a conversation, and nowhere near a
    danger; the gate of the outbox decides besides. The entry of the queue is still open.
    """
    told = await queue_line(session, service, conversation, line, UnaskedKind.GIVEN_BACK)
    entry = await find_open_entry(session, conversation)
    if not (told and asks and service.settings.officer_feedback) or entry is None or entry.first_reply_at is None:
        return
    if await _comes_near_danger(session, conversation, entry) or await _was_asked(session, conversation):
        return
    language = conversation.language or Language.FI
    choices = tuple(
        Choice(id=f"{_PREFIX}{verdict}:{entry.id.hex}", title=service.lines.say(line, language))
        for verdict, line in _BUTTONS.items()
    )
    await queue_line(session, service, conversation, "handover_feedback", UnaskedKind.OFFICER_FEEDBACK, choices=choices)


async def _comes_near_danger(session: AsyncSession, conversation: Conversation, entry: QueueEntry) -> bool:
    if entry.urgency is not None or entry.reason in _BY_DANGER or conversation.danger_asked_at is not None:
        return True
    any_turn = select(Turn.id).where(Turn.conversation_id == conversation.id, Turn.danger.is_not(None))
    return bool(await session.scalar(select(exists(any_turn))))


async def _was_asked(session: AsyncSession, conversation: Conversation) -> bool:
    asked = select(OutboxItem.id).where(
        OutboxItem.conversation_id == conversation.id, OutboxItem.unasked_kind == UnaskedKind.OFFICER_FEEDBACK
    )
    return bool(await session.scalar(select(exists(asked))))


def thanks(lines: Lines, feedback: Feedback, language: str | None) -> Reply:
    """The answer to the press."""
    return Reply(text=lines.say(_THANKS[feedback.verdict], language))


async def on_turn_finished(session: AsyncSession, event: TurnFinished) -> Iterable[Write]:
    """Count what a button says, once for each request, where that was this citizen's."""
    feedback = feedback_of(event.pressed)
    if feedback is None:
        return ()
    entry = await session.scalar(
        select(QueueEntry)
        .join(Conversation, Conversation.id == QueueEntry.conversation_id)
        .where(QueueEntry.id == feedback.entry_id, Conversation.contact_id == event.conversation.contact_id)
        .with_for_update(of=QueueEntry)
    )
    if entry is None or entry.verdict is not None:
        return ()
    entry.verdict = feedback.verdict
    return tallies([(Measure.OFFICER_HELPFULNESS, feedback.verdict)])
